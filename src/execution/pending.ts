import type { ResponsePath } from './path.ts';
import type { Run } from './run.ts';

/** Text of a position ('' when JSON omits it), or text that is still awaited. */
export type Written = string | Pending;

/** What completing a value gives: null is for the position to judge. */
export type Completed = Written | null;

/** Completes a value that is no promise. */
export type Complete = (run: Run, value: unknown, path: ResponsePath) => Completed;

/** What a position does with a failure: the text that stands in, or it throws what its parent gets. */
export interface Place {
  readonly failed: (run: Run, error: unknown, path: ResponsePath) => string;
  /** The text of no value, where that is no failure. */
  readonly nullText: string | undefined;
  readonly absent: (run: Run, path: ResponsePath) => string;
}

export interface Waiter {
  readonly arrived: (text: string, slot: number) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Text that is awaited: one object where promises would be three, and no turn of the microtask queue
 * between a value and those who wait for it. It settles once, never before it was returned; a failure
 * nobody waits for any more ends here, so it cannot become an unhandled rejection.
 */
export abstract class Pending {
  protected readonly run: Run;
  #place: Place | undefined;
  #path: ResponsePath | undefined;
  #waiter: Waiter | undefined;
  #slot = 0;

  constructor(run: Run) {
    this.run = run;
  }

  /** The position whose text this is: it judges failures. */
  at(place: Place, path: ResponsePath): this {
    this.#place = place;
    this.#path = path;
    return this;
  }

  tell(waiter: Waiter, slot = 0): void {
    this.#waiter = waiter;
    this.#slot = slot;
  }

  protected settle(text: string | null): void {
    if (text !== null) this.#waiter?.arrived(text, this.#slot);
    else this.#judge(({ absent }, path) => absent(this.run, path));
  }

  protected fail(error: unknown): void {
    this.#judge(({ failed }, path) => failed(this.run, error, path), error);
  }

  #judge(judge: (place: Place, path: ResponsePath) => string, error?: unknown): void {
    let text: string;
    try {
      // Without a position of its own it is its waiter's to judge.
      if (this.#place === undefined || this.#path === undefined) throw error;
      text = judge(this.#place, this.#path);
    } catch (located) {
      this.#waiter?.failed(located);
      return;
    }
    this.#waiter?.arrived(text, this.#slot);
  }
}
