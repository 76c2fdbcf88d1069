import type { IncomingMessage } from 'node:http';

/** A request whose body was read already; whoever is given it reads no stream. */
export const withBody = (request: IncomingMessage, body: Buffer): IncomingMessage =>
  Object.assign(request, { body });

/** What `withBody` attached. */
const bodyOf = (request: IncomingMessage): Buffer | undefined =>
  'body' in request && Buffer.isBuffer(request.body) ? request.body : undefined;

/**
 * The whole body. Nothing comes of one whose sender has left, or does not finish: the server's own
 * deadlines end its connection.
 */
export function collectBody(request: IncomingMessage, done: (body: Buffer) => void): void {
  const known = bodyOf(request);
  if (known !== undefined) return done(known);
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => {
    const [only] = chunks;
    done(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
  });
}
