import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

type Done = (error?: Error | null) => void;

interface Piece {
  readonly chunk: Buffer | string;
  readonly encoding: BufferEncoding;
}

export interface StandInOptions {
  /** The answer has been given, and the connection is to be kept. */
  readonly onAnswered: () => void;
  /** It is given up while nothing is under way. */
  readonly onGivenUp: () => void;
}

/**
 * What `node:http` takes for a connection: it hears the requests it is lent, and what it says goes to the
 * real one. Between them the real one goes on without it.
 */
export class StandIn extends Duplex {
  readonly #socket: Socket;
  readonly #options: StandInOptions;
  #isLent = false;

  constructor(socket: Socket, options: StandInOptions) {
    // The real one takes texts as they are.
    super({ decodeStrings: false });
    this.#socket = socket;
    this.#options = options;
  }

  /** A whole request; the one before has been answered. */
  lend(request: Buffer): void {
    this.#isLent = true;
    // Whoever passes it on is not to meet what comes of it.
    process.nextTick(() => {
      if (!this.destroyed) this.push(request);
    });
  }

  /** Whether an answer is under way. */
  get isLent(): boolean {
    return this.#isLent;
  }

  /** The client says no more. */
  hangUp(): void {
    this.push(null);
  }

  /** Told when the answer to what was lent has been written. */
  answered(): void {
    // It is about to end, and the connection with it.
    if (this.writableEnded || this.destroyed) return;
    this.#isLent = false;
    this.#options.onAnswered();
  }

  override _read(): void {
    // All there is was pushed.
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: Done): void {
    this.#afterWrite(this.#socket.write(chunk, encoding), done);
  }

  override _writev(pieces: Piece[], done: Done): void {
    const socket = this.#socket;
    socket.cork();
    let isTaken = true;
    for (const { chunk, encoding } of pieces) isTaken = socket.write(chunk, encoding);
    socket.uncork();
    this.#afterWrite(isTaken, done);
  }

  #afterWrite(isTaken: boolean, done: Done): void {
    if (isTaken) done();
    else this.#socket.once('drain', () => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    if (!this.#isLent) this.#options.onGivenUp();
    // What it has said is still to arrive.
    else if (this.writableFinished) this.#socket.destroySoon();
    else this.#socket.destroy();
    done(error);
  }

  /** As a connection ends that has said all. */
  destroySoon(): void {
    if (this.writableFinished) this.destroy();
    else this.end(() => this.destroy());
  }

  // What `node:http` and its users ask of a connection besides.

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  get localPort(): number | undefined {
    return this.#socket.localPort;
  }

  /** The real one is timed where it is. */
  setTimeout(): this {
    return this;
  }

  setKeepAlive(isOn?: boolean, delayMs?: number): this {
    this.#socket.setKeepAlive(isOn, delayMs);
    return this;
  }

  setNoDelay(isOn?: boolean): this {
    this.#socket.setNoDelay(isOn);
    return this;
  }
}
