import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { errorBody } from './plugins/http-errors.ts';

/**
 * Bounds request bodies in front of a listener, at no cost to ordinary ones: Node's parser holds a
 * body to its content-length, so checking that number is enough. Only a body that names no length is
 * read here, and handed on whole.
 */
export function limitBody(bodyBytesMax: number, listener: RequestListener): RequestListener {
  return (request, response) => {
    const length = request.headers['content-length'];
    if (length !== undefined && Number(length) > bodyBytesMax) return tooLarge(request, response);
    if (request.headers['transfer-encoding'] === undefined) return listener(request, response);
    collect(request, bodyBytesMax, (body) => {
      if (body === undefined) return tooLarge(request, response);
      listener(Object.assign(request, { body }), response);
    });
  };
}

function collect(
  request: IncomingMessage,
  bytesMax: number,
  done: (body: Buffer | undefined) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= bytesMax) return void chunks.push(chunk);
    request.removeAllListeners('data').removeAllListeners('end');
    done(undefined);
  });
  request.on('end', () => done(Buffer.concat(chunks)));
}

/** Answers and closes: what is still to come of the body is not read. */
function tooLarge(request: IncomingMessage, response: ServerResponse): void {
  const body = errorBody(413);
  response.writeHead(413, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(body, () => request.destroy());
}
