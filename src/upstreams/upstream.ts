import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, errors } from 'undici';
import { UpstreamError, type UpstreamErrorKind, type UpstreamErrorOptions } from './errors.ts';
import { retriedStatuses, retryAfterSeconds } from './retry.ts';

export interface UpstreamOptions {
  readonly name: string;
  /** Speaks to the upstream's origin; a Pool in production, a MockAgent's in tests. */
  readonly dispatcher: Dispatcher;
  /** Scheme, host and path prefix, without a trailing slash: `https://api.example.com/v2`. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** One deadline over all attempts of a request, in milliseconds. */
  readonly timeoutMs: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** Wait before retry n (from 1), in milliseconds, when the upstream names none. */
  readonly backoffMs: (retry: number) => number;
}

export interface UpstreamRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Called once per request that leaves the process: that is what the upstream charges for. */
  readonly onAttempt: () => void;
}

export interface UpstreamPost {
  readonly path: string;
  readonly body: unknown;
  readonly signal: AbortSignal;
  readonly onAttempt: () => void;
  /** Its own deadline, in milliseconds. */
  readonly timeoutMs: number;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed JSON body; `undefined` when the body was no JSON. */
  readonly body: unknown;
}

export interface Upstream {
  /** GET → status and JSON, within one deadline, retrying what may pass by itself. */
  get(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** POST of JSON → status and JSON, within one deadline. Sent once: it may have been acted on. */
  post(request: UpstreamPost): Promise<UpstreamAnswer>;
}

export function createUpstream(options: UpstreamOptions): Upstream {
  const { name, dispatcher, headers, timeoutMs, retries, backoffMs } = options;
  const base = new URL(options.baseUrl);
  const prefix = base.pathname.replace(/\/$/, '');

  interface Attempt {
    readonly method: 'GET' | 'POST';
    readonly path: string;
    readonly body?: string;
    readonly onAttempt: () => void;
  }

  async function attempt(
    { method, path, body, onAttempt }: Attempt,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer> {
    signal.throwIfAborted();
    onAttempt();
    const response = await dispatcher.request({
      origin: base.origin,
      path: `${prefix}${path}`,
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      body: body ?? null,
      signal,
    });
    // Read whatever the status is: a body left unread would keep its connection busy.
    const text = await response.body.text();
    return { status: response.statusCode, headers: response.headers, body: parseJson(text) };
  }

  async function getBefore(request: UpstreamRequest, deadline: AbortSignal) {
    const endsAt = performance.now() + timeoutMs;
    const signal = AbortSignal.any([request.signal, deadline]);
    const fail = failureOf(request.path);
    const query = new URLSearchParams(request.query).toString();
    const path = `${request.path}${query === '' ? '' : `?${query}`}`;

    for (let retry = 1; ; retry += 1) {
      let error: UpstreamError;
      let wait: number | undefined;
      try {
        const answer = await attempt({ method: 'GET', path, onAttempt: request.onAttempt }, signal);
        const kind = retriedStatuses[answer.status];
        if (kind === undefined) return answer;
        wait = retryAfterSeconds(answer.headers['retry-after'], Date.now());
        error = fail(kind, { status: answer.status, retryAfterSeconds: wait });
      } catch (cause) {
        if (signal.aborted) throw fail(deadline.aborted ? 'timeout' : 'cancelled', { cause });
        // Too large once is too large again.
        if (cause instanceof errors.ResponseExceededMaxSizeError) throw fail('bad-data', { cause });
        error = fail('network', { cause });
      }
      const delayMs = wait === undefined ? backoffMs(retry) : wait * 1000;
      // A retry that could only start after the deadline would spend a caller's time for nothing.
      if (retry > retries || performance.now() + delayMs >= endsAt) throw error;
      try {
        await sleep(delayMs, undefined, { signal });
      } catch (cause) {
        throw deadline.aborted ? error : fail('cancelled', { cause });
      }
    }
  }

  async function postBefore(request: UpstreamPost, deadline: AbortSignal) {
    const signal = AbortSignal.any([request.signal, deadline]);
    const { path, onAttempt } = request;
    try {
      const body = JSON.stringify(request.body);
      return await attempt({ method: 'POST', path, body, onAttempt }, signal);
    } catch (cause) {
      const kind = !signal.aborted ? 'network' : deadline.aborted ? 'timeout' : 'cancelled';
      throw failureOf(path)(kind, { cause });
    }
  }

  const failureOf =
    (path: string) =>
    (
      kind: UpstreamErrorKind,
      more: Pick<UpstreamErrorOptions, 'status' | 'retryAfterSeconds' | 'cause'>,
    ) =>
      new UpstreamError({ upstream: name, endpoint: path, kind, ...more });

  return {
    get: (request) => within(timeoutMs, (deadline) => getBefore(request, deadline)),
    post: (request) => within(request.timeoutMs, (deadline) => postBefore(request, deadline)),
  };
}

/** Runs work under a deadline; the timer ends with the work, whichever is first. */
async function within<T>(ms: number, work: (deadline: AbortSignal) => Promise<T>): Promise<T> {
  // Not `AbortSignal.timeout`: its timer would outlive the request until the next collection.
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), ms);
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
  }
}

function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}
