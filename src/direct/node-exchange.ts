import type { IncomingMessage, ServerResponse } from 'node:http';
import { addressOf } from '../server-context.ts';
import type { DirectBody } from './body.ts';
import type { DirectRequest, DirectResponse } from './exchange.ts';
import { type HeaderLines, headOf } from './head.ts';

declare module 'node:http' {
  /** What every release of Node since 0.12 has, and its types do not say. */
  interface OutgoingMessage {
    /** The head as text, once it is made. */
    _header: string | null;
    /** Whether the connection closes with this answer. */
    _last: boolean;
    _keepAliveTimeout: number;
  }
}

export function directRequestOf(request: IncomingMessage): DirectRequest {
  const { method, url, headers } = request;
  return { method, url, headers, address: addressOf({ req: request }) };
}

/**
 * A response of `node:http` whose head is given as text. `node:http` would look at every header again and
 * put the head together, which takes as long as all else that a kept answer takes.
 */
export class NodeResponse implements DirectResponse {
  readonly #response: ServerResponse;
  readonly #isDraining: () => boolean;

  constructor(response: ServerResponse, isDraining: () => boolean) {
    this.#response = response;
    this.#isDraining = isDraining;
  }

  answer(status: number, lines: HeaderLines, { text, encoding, bytes }: DirectBody): void {
    const response = this.#response;
    if (this.#isDraining()) response.shouldKeepAlive = false;
    const head = headOf(status, lines, response.shouldKeepAlive ? response._keepAliveTimeout : 0);
    response.statusCode = status;
    response._header = head;
    response._last = !response.shouldKeepAlive;
    if (bytes.length === 0) response.end(text, encoding);
    else response.end(Buffer.concat([Buffer.from(text, encoding), bytes]));
  }

  get isAnswered(): boolean {
    return this.#response.headersSent;
  }

  get isGone(): boolean {
    return this.#response.destroyed;
  }

  onGone(listener: () => void): void {
    this.#response.once('close', () => {
      if (!this.#response.writableFinished) listener();
    });
  }
}
