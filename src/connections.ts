import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from './direct/connection.ts';
import { connectDirectly } from './direct/connections.ts';
import { dataPolicy, securityHeaders } from './plugins/security-headers.ts';
import type { OnRefused, RefusalReason } from './refusal-counts.ts';

export interface ConnectionLimits {
  readonly connectionsMax: number;
  /** Of one address: behind a proxy, all have the proxy's. */
  readonly connectionsPerAddressMax: number;
  readonly headersTimeoutMs?: number;
  /** From the first byte of a request to the last of its body. */
  readonly requestTimeoutMs?: number;
  readonly onRefused?: OnRefused | undefined;
}

/** A GET has its document in its line: this holds those of ten thousand characters. */
const headerBytesMax = 16_384;
export const headersMax = 100;
/** Longer than the minute most load balancers keep an idle connection, so that they close it, not we. */
const keepAliveMs = 65_000;
/** How long a connection stays that was answered before it had said all. */
const lingerMs = 1000;

const refusals = {
  400: ['Bad Request', 'The request is no HTTP that can be read.'],
  408: ['Request Timeout', 'The request was not sent in time.'],
  413: ['Content Too Large', 'The request body is too large.'],
  431: [
    'Request Header Fields Too Large',
    `The headers are too large: expected at most ${headerBytesMax} bytes, the URL included.`,
  ],
  503: ['Service Unavailable', 'There are too many connections from this address.'],
} as const;

type Refusal = keyof typeof refusals;

interface KnownError {
  readonly status: Refusal;
  readonly reason: RefusalReason;
}

const unreadable: KnownError = { status: 400, reason: 'malformed' };
const knownErrors: Readonly<Record<string, KnownError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, reason: 'too-slow' },
  HPE_HEADER_OVERFLOW: { status: 431, reason: 'headers-too-large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, reason: 'body-too-large' },
  HPE_INVALID_EOF_STATE: { status: 400, reason: 'incomplete' },
};

/** What needs none of `node:http`, and is answered without it. */
export type DirectServing = Pick<ConnectionOptions, 'serve' | 'isDraining' | 'bodyBytesMax'>;

/** A `node:http` server that who is slow, large or many cannot keep from answering others. */
export function createGuardedServer(
  listener: RequestListener,
  limits: ConnectionLimits,
  direct?: DirectServing,
): Server {
  const { headersTimeoutMs = 10_000, onRefused = () => {} } = limits;
  const server = createServer(
    {
      maxHeaderSize: headerBytesMax,
      headersTimeout: headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs ?? 30_000,
      // Timeouts are looked after so often; Node's half minute would be added to each.
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: keepAliveMs,
      // The front door says so itself, with a body.
      requireHostHeader: false,
      // Who says something twice says neither: Node would keep the first, a proxy may judge the last.
      joinDuplicateHeaders: true,
    },
    listener,
  );
  server.maxConnections = limits.connectionsMax;
  server.maxHeadersCount = headersMax;
  if (direct !== undefined) {
    connectDirectly(server, {
      ...{ ...direct, headersMax, headBytesMax: headerBytesMax / 2 },
      ...{ firstMs: headersTimeoutMs, keepAliveMs },
    });
  }
  // Node would answer 417 with no body; who expects more than is known may be answered as ever.
  server.on('checkExpectation', listener);
  server.on('drop', () => onRefused('gateway-full'));
  boundAddresses(server, limits.connectionsPerAddressMax, onRefused);
  answerBadRequests(server, onRefused);
  return server;
}

function boundAddresses(server: Server, connectionsMax: number, onRefused: OnRefused): void {
  const counts = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress;
    if (address === undefined) return;
    const count = counts.get(address) ?? 0;
    if (count >= connectionsMax) {
      onRefused('address-full');
      socket.write(rawAnswer(503));
      socket.destroySoon();
      return;
    }
    counts.set(address, count + 1);
    socket.once('close', () => {
      const left = (counts.get(address) ?? 1) - 1;
      if (left === 0) counts.delete(address);
      else counts.set(address, left);
    });
  });
}

/** What Node's parser refuses gets an answer of ours, where Node would give none that is GraphQL. */
function answerBadRequests(server: Server, onRefused: OnRefused): void {
  const responses = new WeakMap<Duplex, ServerResponse>();
  const refused = new WeakSet<Duplex>();
  server.on('request', ({ socket }, response) => void responses.set(socket, response));
  server.on('clientError', (error: Error & { readonly code?: string }, socket) => {
    if (refused.has(socket)) return;
    refused.add(socket);
    const response = responses.get(socket);
    const isMidAnswer = response?.headersSent === true && !response.writableFinished;
    if (!socket.writable) return void socket.destroy();
    // An answer that has begun is neither mixed with another nor cut.
    if (!isMidAnswer) {
      const { status, reason } = knownErrors[error.code ?? ''] ?? unreadable;
      onRefused(reason);
      socket.end(rawAnswer(status));
    }
    setTimeout(() => socket.destroy(), lingerMs).unref();
  });
}

function rawAnswer(status: Refusal): string {
  const [reason, message] = refusals[status];
  const body = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    connection: 'close',
    ...securityHeaders,
    'content-security-policy': dataPolicy,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${reason}`, ...lines, '', body].join('\r\n');
}
