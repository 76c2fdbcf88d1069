import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { headersMax } from './connections.ts';
import { errorBody } from './plugins/http-errors.ts';
import { dataPolicy, securityHeaders } from './plugins/security-headers.ts';
import type { ServeDirectly } from './direct/exchange.ts';
import { directRequestOf, NodeResponse } from './direct/node-exchange.ts';
import { hostPattern } from './direct/read-request.ts';
import type { OnRefused, RefusalReason } from './refusal-counts.ts';
import { collectBody, withBody } from './request-body.ts';

export interface FrontDoorOptions {
  readonly bodyBytesMax: number;
  /** Answers at once what it can; hands on the rest. */
  readonly serveDirectly: ServeDirectly;
  readonly listener: RequestListener;
  readonly onRefused: OnRefused;
}

const refusalStatuses = {
  malformed: 400,
  'body-too-large': 413,
  'headers-too-large': 431,
} satisfies Partial<Record<RefusalReason, number>>;

/** How long a client may go on sending a body that was refused, so that it gets to read why. */
const lingerMs = 1000;

/**
 * What stands in front of a listener of a `node:http` server: bounds bodies, refuses what is no
 * HTTP a URL can be made of, and lets connections go when the process is to end.
 *
 * Bounds cost ordinary requests nothing: Node's parser holds a body to its content-length, so checking
 * that number is enough. Only a body that names no length is read here, and handed on whole.
 */
export function createFrontDoor(options: FrontDoorOptions) {
  const { bodyBytesMax, serveDirectly, listener, onRefused } = options;
  const inFlight = new Set<ServerResponse>();
  let isDraining = false;

  const admit = (request: IncomingMessage, response: ServerResponse) => {
    const pass = (body?: Buffer) => {
      if (isDraining) response.shouldKeepAlive = false;
      inFlight.add(response);
      response.once('close', () => inFlight.delete(response));
      listener(body === undefined ? request : withBody(request, body), response);
    };
    serveDirectly(
      directRequestOf(request),
      new NodeResponse(response, () => isDraining),
      (done) => collectBody(request, done),
      pass,
    );
  };

  const refuse = (
    request: IncomingMessage,
    response: ServerResponse,
    reason: keyof typeof refusalStatuses,
  ) => {
    onRefused(reason);
    answerAndClose(request, response, refusalStatuses[reason]);
  };

  const handle: RequestListener = (request, response) => {
    if (isDraining) response.shouldKeepAlive = false;
    const { headers, httpVersion } = request;
    // Before 1.1, nobody had to name a host.
    const host = headers.host ?? (httpVersion === '1.0' ? 'none' : '');
    if (!hostPattern.test(host) || !isTarget(request.url ?? '')) {
      return refuse(request, response, 'malformed');
    }
    if (request.rawHeaders.length > 2 * headersMax)
      return refuse(request, response, 'headers-too-large');
    const length = headers['content-length'];
    if (length !== undefined && Number(length) > bodyBytesMax) {
      return refuse(request, response, 'body-too-large');
    }
    if (headers['transfer-encoding'] === undefined) return admit(request, response);
    collect(request, bodyBytesMax, (body) => {
      if (body === undefined) return refuse(request, response, 'body-too-large');
      admit(withBody(request, body), response);
    });
  };

  return {
    listener: handle,
    /** From now on every response closes its connection. */
    drain(): void {
      isDraining = true;
      for (const response of inFlight) response.shouldKeepAlive = false;
    },
  };
}

/** A path or a URL; `*` is neither. */
const isTarget = (target: string): boolean => target.startsWith('/') || URL.canParse(target);

/** The whole body, or `undefined` as soon as it is too large. */
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

/**
 * Answers and closes. The answer is complete by its length, but a connection that is closed on unread
 * bytes is reset, and the answer lost with it: so what is under way is read for a while.
 */
function answerAndClose(request: IncomingMessage, response: ServerResponse, status: number): void {
  const body = errorBody(status);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...securityHeaders,
    'content-security-policy': dataPolicy,
    connection: 'close',
  });
  response.write(body);
  const close = () => {
    clearTimeout(linger);
    response.end(() => request.destroy());
  };
  const linger = setTimeout(close, lingerMs).unref();
  request.once('end', close).once('close', close).resume();
}
