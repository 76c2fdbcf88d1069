import type { DirectResponse } from '../direct/exchange.ts';

/** Tells work that is waited for that nobody waits any more; costs nothing where nothing is waited for. */
export class Leaving {
  readonly #response: DirectResponse;
  #controller: AbortController | undefined;
  #isGone = false;
  #isWatched = false;

  constructor(response: DirectResponse) {
    this.#response = response;
  }

  signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isGone) this.#controller.abort();
    return this.#controller.signal;
  }

  abort(): void {
    this.#isGone = true;
    this.#controller?.abort();
  }

  /** From now on, a client that leaves ends the work. */
  watch(left: () => void): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    const leave = () => {
      this.abort();
      left();
    };
    if (this.#response.isGone) leave();
    else this.#response.onGone(leave);
  }
}
