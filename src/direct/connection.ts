import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { DirectBody } from './body.ts';
import type { DirectResponse, ServeDirectly } from './exchange.ts';
import { type HeaderLines, headOf } from './head.ts';
import { type ReadLimits, readRequest } from './read-request.ts';
import { StandIn } from './stand-in.ts';
import { writeWhole } from './write-whole.ts';

export interface ConnectionOptions extends ReadLimits {
  readonly serve: ServeDirectly;
  /** Whether connections are to close with their answers. */
  readonly isDraining: () => boolean;
  /** Whether connections are not kept any more. */
  readonly isClosing: () => boolean;
  /** How long a connection may say nothing at first, and between requests. */
  readonly firstMs: number;
  readonly keepAliveMs: number;
  /** Serves a connection by `node:http`. */
  readonly serveHttp: (connection: Duplex) => void;
  /** Told of a connection that is somebody else's from now on. */
  readonly onHandedOver: (socket: Socket) => void;
  /** Refuses a connection that has said nothing in time. */
  readonly refuseLate: (socket: Socket) => void;
}

/** Of what comes before the answer to what it is behind, so much is read: 128 pieces at most. */
const nextBytesMax = 65_536;
const pieceBytesMin = 512;
const bytesFor = (piece: Buffer | undefined) =>
  piece === undefined ? 0 : Math.max(piece.length, pieceBytesMin);

/** What was sent in the last moment of the time there was is still on its way. */
const underWayMs = 1000;

/**
 * A connection whose requests are answered without `node:http` where they ask for what is known. Others are
 * lent to it. As long, that is, as each comes in one piece and is spelled plainly: the first that
 * does not is handed over untouched, and the connection with it, for good.
 */
export class DirectConnection implements DirectResponse {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  /** The request that is being answered. */
  #asked: Buffer | undefined;
  /** What came meanwhile, piece by piece: two in one would be odd. */
  #next: Buffer[] = [];
  #nextBytes = 0;
  #isGoingOn = false;
  #isAnswered = false;
  #isGone = false;
  #gone: (() => void)[] = [];
  /** What `node:http` has for this connection, once it was lent a request. */
  #standIn: StandIn | undefined;
  readonly #listeners = {
    data: (chunk: Buffer) => this.#read(chunk),
    end: () => this.#end(),
    close: () => {
      this.#standIn?.destroy();
      this.#leave();
    },
    timeout: () => this.#expire(),
    // The connection is closed by itself; there is nobody to tell.
    error: () => {},
  };

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.setTimeout(options.firstMs);
    for (const [name, listener] of Object.entries(this.#listeners)) socket.on(name, listener);
  }

  /** Ends a connection on which nothing is under way. */
  endIdle(): void {
    if (!this.#isIdle) return;
    // Whoever has just connected has done so to ask, and is answered like those that were in time.
    if (this.#socket.bytesRead === 0) this.#socket.setTimeout(underWayMs);
    else this.#socket.destroySoon();
  }

  get #isIdle(): boolean {
    return this.#asked === undefined;
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  onGone(listener: () => void): void {
    this.#gone.push(listener);
  }

  answer(status: number, lines: HeaderLines, { text, encoding, bytes }: DirectBody): void {
    const socket = this.#socket;
    const { isDraining, keepAliveMs } = this.#options;
    const isLast = isDraining();
    const head = headOf(status, lines, isLast ? 0 : keepAliveMs);
    this.#isAnswered = true;
    this.#asked = undefined;
    this.#gone = [];
    if (this.#isGone) return;
    const isTaken = writeWhole(socket, head + text, encoding, bytes);
    if (isLast) {
      socket.destroySoon();
      return;
    }
    // Who does not read is not read from.
    if (!isTaken) {
      socket.pause();
      socket.once('drain', () => this.#goOn());
    } else if (this.#next.length > 0) this.#goOn();
  }

  /** Reads what came while an answer was under way. */
  #goOn(): void {
    // What is answered at once comes here in the midst of that: one after the other, not one within the other.
    if (this.#isGoingOn) return;
    this.#isGoingOn = true;
    do {
      const next = this.#next.shift();
      this.#nextBytes -= bytesFor(next);
      if (this.#nextBytes < nextBytesMax) this.#socket.resume();
      if (next !== undefined) this.#read(next);
    } while (this.#next.length > 0 && this.#isIdle && !this.#socket.writableNeedDrain);
    this.#isGoingOn = false;
  }

  #read(chunk: Buffer): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    if (this.#asked !== undefined || socket.writableNeedDrain) {
      this.#next.push(chunk);
      this.#nextBytes += bytesFor(chunk);
      // As long as it is read, it is seen when the client leaves.
      if (this.#asked === undefined || this.#nextBytes >= nextBytesMax) socket.pause();
      return;
    }
    const request = readRequest(chunk, socket.remoteAddress ?? 'none', this.#options);
    if (request === undefined) return this.#handOver(chunk);
    const keptMs = this.#options.keepAliveMs + underWayMs;
    if (socket.timeout !== keptMs) socket.setTimeout(keptMs);
    this.#asked = chunk;
    this.#isAnswered = false;
    this.#options.serve(
      request,
      this,
      (done) => done(request.body),
      // What was answered is not read again, whatever comes of it afterwards.
      () => {
        if (this.#asked === chunk) this.#lend(chunk);
      },
    );
  }

  #lend(request: Buffer): void {
    if (this.#isGone) return;
    this.#gone = [];
    if (this.#standIn === undefined) {
      this.#standIn = new StandIn(this.#socket, {
        onAnswered: () => this.#takeBack(),
        onGivenUp: () => {
          this.#standIn = undefined;
        },
      });
      this.#options.serveHttp(this.#standIn);
    }
    this.#standIn.lend(request);
  }

  #takeBack(): void {
    this.#asked = undefined;
    // It was promised to be kept; those that are idle have been closed.
    if (this.#options.isClosing() && this.#next.length === 0) this.#socket.destroySoon();
    else this.#goOn();
  }

  /** As if nothing had been read. */
  #handOver(chunk: Buffer): void {
    const socket = this.#socket;
    if (this.#isGone) return;
    this.#standIn?.destroy();
    for (const [name, listener] of Object.entries(this.#listeners)) socket.off(name, listener);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(Buffer.concat([chunk, ...this.#next]));
    this.#next = [];
    this.#options.onHandedOver(socket);
    this.#options.serveHttp(socket);
    socket.resume();
  }

  /** The client says no more: whoever does so while it waits has left. */
  #end(): void {
    this.#leave();
    if (this.#standIn?.isLent === true) this.#standIn.hangUp();
    else this.#socket.end();
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    if (this.#asked === undefined) return;
    for (const listener of this.#gone) listener();
  }

  /** Work has deadlines of its own. */
  #expire(): void {
    if (!this.#isIdle) return;
    if (this.#socket.bytesRead === 0) this.#options.refuseLate(this.#socket);
    else this.#socket.destroy();
  }
}
