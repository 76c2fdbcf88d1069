import type { ResponsePath } from './path.ts';
import { type Complete, type Completed, Pending, type Written } from './pending.ts';
import type { Run } from './run.ts';

/** A promise whose value is completed when it arrives. */
export class AwaitedValue extends Pending {
  readonly #complete: Complete;
  readonly #valuePath: ResponsePath;

  constructor(run: Run, promise: PromiseLike<unknown>, complete: Complete, path: ResponsePath) {
    super(run);
    this.#complete = complete;
    this.#valuePath = path;
    // A thenable of another make may call back at once: a promise of our own never does.
    Promise.resolve(promise).then(
      (value) => this.#guarded(() => this.#resume(value)),
      (error: unknown) => this.#guarded(() => this.fail(error)),
    );
  }

  arrived(text: string): void {
    this.settle(text);
  }

  failed(error: unknown): void {
    this.fail(error);
  }

  #resume(value: unknown): void {
    let completed: Completed;
    try {
      completed = this.#complete(this.run, value, this.#valuePath);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (completed instanceof Pending) completed.tell(this);
    else this.settle(completed);
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (reason) {
      this.run.onCrash(reason);
    }
  }
}

/** The text of an object or list some of whose members are awaited. */
export class Join extends Pending {
  /** In threes: what comes before, the member's key, and its text once it is known. */
  readonly #parts: string[] = [];
  /** The error it fails with once what has been begun is through. */
  #doomed: { readonly error: unknown } | undefined;
  readonly #close: (text: string) => string;
  #awaited = 0;
  #rest = '';
  #isOver = false;

  constructor(run: Run, close: (text: string) => string) {
    super(run);
    this.#close = close;
  }

  add(before: string, key: string, member: Pending): void {
    this.#parts.push(before, key, '');
    this.#awaited += 1;
    member.tell(this, this.#parts.length - 1);
  }

  /** All members have been begun; this text follows the last awaited one. */
  end(rest: string): this {
    this.#rest = rest;
    return this;
  }

  /** It fails with this error, once what has been begun is through. */
  doom(error: unknown): this {
    this.#doomed = { error };
    return this;
  }

  /** Nobody waits for the members any more. */
  abandon(): void {
    this.#isOver = true;
  }

  arrived(text: string, slot: number): void {
    this.#parts[slot] = text;
    this.#awaited -= 1;
    if (this.#awaited > 0 || this.#isOver) return;
    this.#isOver = true;
    if (this.#doomed !== undefined) this.fail(this.#doomed.error);
    else this.settle(this.#text());
  }

  failed(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.fail(this.#doomed === undefined ? error : this.#doomed.error);
  }

  #text(): string {
    const parts = this.#parts;
    let text = '';
    for (let at = 0; at < parts.length; at += 3) {
      const member = parts[at + 2] ?? '';
      text += parts[at] ?? '';
      if (member !== '') text += (parts[at + 1] ?? '') + member;
    }
    return this.#close(text + this.#rest);
  }
}

/** Goes on with the text of a member once it has arrived. */
export class Step extends Pending {
  readonly #goOn: (text: string) => Written;

  constructor(run: Run, member: Pending, goOn: (text: string) => Written) {
    super(run);
    this.#goOn = goOn;
    member.tell(this);
  }

  arrived(text: string): void {
    let next: Written;
    try {
      next = this.#goOn(text);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (next instanceof Pending)
      next.tell({ arrived: (t) => this.settle(t), failed: (e) => this.fail(e) });
    else this.settle(next);
  }

  failed(error: unknown): void {
    this.fail(error);
  }
}
