import { type Dispatcher, errors } from 'undici';
import { outcomeOf, type Sent, type UpstreamAnswer } from './outcomes.ts';
import { retryAfterSeconds } from './retry.ts';
import { unlessAborted } from './waiting.ts';

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

  async function exchange(
    { method, path, body, signal, traceparent, tracestate }: WireRequest,
    onLeave: () => void,
  ): Promise<UpstreamAnswer> {
    const response = await dispatcher.compose(noting(onLeave)).request({
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
      signal,
    });
    // Read whatever the status is: a body left unread would keep its connection busy.
    const text = await response.body.text();
    return { status: response.statusCode, headers: response.headers, body: parseJson(text) };
  }

  return async function send(request: WireRequest): Promise<Sent> {
    let hasLeft = false;
    try {
      // undici hears of an abort when it has connected, which may be long after.
      const answer = await unlessAborted(
        exchange(request, () => (hasLeft = true)),
        request.signal,
      );
      const waitSeconds = retryAfterSeconds(answer.headers['retry-after'], now());
      return { outcome: outcomeOf(answer), answer, waitSeconds };
    } catch (cause) {
      if (!hasLeft) request.onUnsent();
      return failureOf(cause, request, hasLeft);
    }
  };
}

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

/**
 * Error codes cannot tell whether a request has left: a deadline that ends a connect and one that
 * ends a read look the same. undici starts a request on a socket that is connected, and only there.
 */
const noting =
  (onLeave: () => void): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(options, {
      onRequestStart(controller, context) {
        onLeave();
        handler.onRequestStart?.(controller, context);
      },
      onResponseStart: (...start) => handler.onResponseStart?.(...start),
      onResponseData: (...data) => handler.onResponseData?.(...data),
      onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
      onResponseError: (...error) => handler.onResponseError?.(...error),
    });

function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}
