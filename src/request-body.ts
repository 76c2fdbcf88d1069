import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

const bodies = new WeakMap<IncomingMessage, Buffer>();

/**
 * A request whose body was read already; whoever is given it reads no stream of the socket. A stream of
 * its own, because the server library lists the properties of a body, and those of bytes are many.
 */
export function withBody(request: IncomingMessage, body: Buffer): IncomingMessage {
  bodies.set(request, body);
  return Object.assign(request, { body: Readable.from(body.length === 0 ? [] : [body]) });
}

/**
 * The whole body. Nothing comes of one whose sender has left, or does not finish: the server's own
 * deadlines end its connection.
 */
export function collectBody(request: IncomingMessage, done: (body: Buffer) => void): void {
  const known = bodies.get(request);
  if (known !== undefined) return done(known);
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => {
    const [only] = chunks;
    done(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
  });
}
