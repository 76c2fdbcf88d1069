import { inspect } from 'node:util';

const redacted = '[redacted]';

/** A text for who asks for it by name: dumps, logs and errors that come across it show that it is there. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}
