import { type Dispatcher, errors } from 'undici';
import { outcomeOf, type Sent, type UpstreamAnswer } from './outcomes.ts';
import { retryAfterSeconds } from './retry.ts';

export interface TransportOptions {
  readonly dispatcher: Dispatcher;
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly now: () => number;
}

export interface WireRequest {
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  readonly body?: string;
  /** Of a trace that the upstream may tell its part of. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /** Ends it wherever it is. */
  readonly signal: AbortSignal;
  /** Of those that end it, the one that is the upstream's fault. */
  readonly deadline: AbortSignal;
  /** Whether the deadline leaves so much time that passing it tells something of the upstream. */
  readonly isFair: boolean;
  /** Told when nobody has seen the request: it failed before it was written to a connection. */
  readonly onUnsent: () => void;
}

/** One request on the wire; resolves whatever becomes of it. */
export function createTransport({ dispatcher, baseUrl, headers, now }: TransportOptions) {
  const base = new URL(baseUrl);
  const prefix = base.pathname.replace(/\/$/, '');

  /** `Pool.request` would answer with a stream, which costs more than all else that is done here. */
  function exchange(
    { method, path, body, signal, traceparent, tracestate }: WireRequest,
    onLeave: () => void,
  ): Promise<UpstreamAnswer> {
    const options = {
      origin: base.origin,
      path: `${prefix}${path}`,
      method,
      headers: {
        ...headers,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(traceparent !== undefined && { traceparent }),
        ...(tracestate !== undefined && { tracestate }),
      },
      body: body ?? null,
    };
    return new Promise((resolve, reject) => {
      let sending: Dispatcher.DispatchController | undefined;
      let head: Omit<UpstreamAnswer, 'body'> = { status: 0, headers: {} };
      const chunks: Buffer[] = [];
      // undici is told where it has connected, which may be long after.
      const leave = () => {
        const reason = givenUp();
        reject(reason);
        sending?.abort(reason);
      };
      const settle = () => signal.removeEventListener('abort', leave);
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      dispatcher.dispatch(options, {
        // Error codes cannot tell whether a request has left: a deadline that ends a connect and one
        // that ends a read look the same. It is started on a socket that is connected, and only there.
        onRequestStart(controller) {
          if (signal.aborted) return controller.abort(givenUp());
          sending = controller;
          onLeave();
        },
        onResponseStart: (_, status, headers) => void (head = { status, headers }),
        onResponseData: (_, chunk) => void chunks.push(chunk),
        // Read to its end whatever the status is: a body left unread would keep its connection busy.
        onResponseEnd() {
          settle();
          resolve({ ...head, body: parseJson(chunks) });
        },
        onResponseError(_, error) {
          settle();
          reject(error);
        },
      });
    });
  }

  return async function send(request: WireRequest): Promise<Sent> {
    let hasLeft = false;
    try {
      const answer = await exchange(request, () => (hasLeft = true));
      const waitSeconds = retryAfterSeconds(answer.headers['retry-after'], now());
      return { outcome: outcomeOf(answer), answer, waitSeconds };
    } catch (cause) {
      if (!hasLeft) request.onUnsent();
      return failureOf(cause, request, hasLeft);
    }
  };
}

const givenUp = () => new Error('nobody waits any more');

function failureOf(
  cause: unknown,
  { signal, deadline, isFair }: WireRequest,
  hasLeft: boolean,
): Sent {
  const untold = hasLeft ? 'unknown' : 'unsent';
  if (deadline.aborted) {
    return { outcome: isFair ? 'unreachable' : untold, failure: { kind: 'timeout', cause } };
  }
  if (signal.aborted) return { outcome: untold, failure: { kind: 'cancelled', cause } };
  // Too large once is too large again.
  if (cause instanceof errors.ResponseExceededMaxSizeError) {
    return { outcome: 'answered', failure: { kind: 'bad-data', cause } };
  }
  return { outcome: 'unreachable', failure: { kind: 'network', cause } };
}

function parseJson(chunks: readonly Buffer[]): unknown {
  const [first] = chunks;
  const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
  try {
    const parsed: unknown = JSON.parse(utf8.decode(bytes));
    return parsed;
  } catch {
    return undefined;
  }
}

/** Without a mark of the byte order, should one be there. */
const utf8 = new TextDecoder();
