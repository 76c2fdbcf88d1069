import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { bytesBody, textBody } from '../../src/direct/body.ts';
import type { DirectRequest, DirectResponse, ServeDirectly } from '../../src/direct/exchange.ts';
import { headerLine } from '../../src/direct/head.ts';
import { startWatched, until, type WatchedOptions } from './watched-server.ts';

interface Asked {
  readonly request: DirectRequest;
  readonly response: DirectResponse;
  readonly pass: () => void;
}

/** Answers when a test tells it to. */
export function holdServing() {
  const asked: Asked[] = [];
  const serve: ServeDirectly = (request, response, _readBody, pass) =>
    void asked.push({ request, response, pass });
  return {
    asked,
    serve,
    /** The request of this number, once it is there. */
    askedAt: (index: number) => until(() => asked[index]),
  };
}

const answerAtOnce: RequestListener = (request, response) => {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => (bytes += chunk.length));
  request.on('end', () => response.end(`${request.method} ${request.url} ${bytes}`));
};

export interface HeldOptions extends Pick<WatchedOptions, 'limits'> {
  /** What becomes of requests that are passed on. */
  readonly listener?: RequestListener;
}

/** A server that answers directly when a test tells it to; what it passes on is answered at once. */
export async function startHeld({ limits, listener = answerAtOnce }: HeldOptions = {}) {
  const { serve, ...held } = holdServing();
  const state = { isDraining: false };
  const watched = await startWatched({
    isDirect: true,
    ...(limits && { limits }),
    app: {
      listener,
      direct: { serve, isDraining: () => state.isDraining, bodyBytesMax: 1000 },
    },
  });
  return { ...watched, ...held, state };
}

export const plainly = (name: string) => `GET /graphql?${name} HTTP/1.1\r\nHost: a\r\n\r\n`;

export function answer({ response }: Pick<Asked, 'response'>, body: string | Buffer): void {
  const lines = headerLine('content-length', String(Buffer.byteLength(body)));
  response.answer(200, lines, typeof body === 'string' ? textBody(body) : bytesBody('', body));
}

/** All that a client has been told, as it comes. */
export function hear(client: Socket) {
  const chunks: Buffer[] = [];
  client.on('data', (chunk: Buffer) => void chunks.push(chunk));
  const text = () => Buffer.concat(chunks).toString();
  return {
    text,
    count: (words: string) => text().split(words).length - 1,
    ended: async () => {
      if (!client.closed) await once(client, 'close');
      return text();
    },
  };
}

/** What a number has come to when it changes no more. */
export async function settled(find: () => number): Promise<number> {
  let last = find();
  let turns = 0;
  await until(() => {
    const found = find();
    turns = found === last ? turns + 1 : 0;
    last = found;
    return turns > 300;
  });
  return last;
}
