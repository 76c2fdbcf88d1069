import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { UpstreamError, type UpstreamErrorKind } from './errors.ts';

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

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed JSON body; `undefined` when the body was no JSON. */
  readonly body: unknown;
}

/** GET → status and JSON, within one deadline, retrying what may pass by itself. */
export interface Upstream {
  get(request: UpstreamRequest): Promise<UpstreamAnswer>;
}

/** Retried because the same request may succeed a moment later. */
const retriedStatuses: Readonly<Record<number, UpstreamErrorKind>> = {
  429: 'rate-limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

/** Half of the doubled base is fixed, half is jitter, so that callers do not return in step. */
export function exponentialBackoff(
  baseMs: number,
  random: () => number,
): (retry: number) => number {
  return (retry) => (baseMs * 2 ** (retry - 1) * (1 + random())) / 2;
}

/** `Retry-After` in seconds, from either of its two spellings; `undefined` when absent or odd. */
export function retryAfterSeconds(
  header: string | string[] | undefined,
  nowMs: number,
): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - nowMs) / 1000));
}

export function createUpstream(options: UpstreamOptions): Upstream {
  const { name, dispatcher, headers, timeoutMs, retries, backoffMs } = options;
  const base = new URL(options.baseUrl);
  const prefix = base.pathname.replace(/\/$/, '');

  async function attempt(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer> {
    const query = new URLSearchParams(request.query).toString();
    request.onAttempt();
    const response = await dispatcher.request({
      origin: base.origin,
      path: `${prefix}${request.path}${query === '' ? '' : `?${query}`}`,
      method: 'GET',
      headers,
      signal,
    });
    const text = await response.body.text();
    return { status: response.statusCode, headers: response.headers, body: parseJson(text) };
  }

  return {
    async get(request) {
      const startedAt = Date.now();
      const deadline = AbortSignal.timeout(timeoutMs);
      const signal = AbortSignal.any([request.signal, deadline]);
      const fail = (
        kind: UpstreamErrorKind,
        more?: { status?: number; wait?: number; cause?: unknown },
      ) =>
        new UpstreamError({
          upstream: name,
          endpoint: request.path,
          kind,
          status: more?.status,
          retryAfterSeconds: more?.wait,
          cause: more?.cause,
        });

      for (let retry = 0; ; retry += 1) {
        let error: UpstreamError;
        let wait: number | undefined;
        try {
          const answer = await attempt(request, signal);
          const kind = retriedStatuses[answer.status];
          if (kind === undefined) return answer;
          wait = retryAfterSeconds(answer.headers['retry-after'], Date.now());
          error = fail(kind, { status: answer.status, wait });
        } catch (cause) {
          if (request.signal.aborted) throw fail('cancelled', { cause });
          if (deadline.aborted) throw fail('timeout', { cause });
          error = fail('network', { cause });
        }
        const delayMs = wait === undefined ? backoffMs(retry + 1) : wait * 1000;
        // A retry that could only start after the deadline would spend a caller's time for nothing.
        if (retry === retries || Date.now() - startedAt + delayMs >= timeoutMs) throw error;
        try {
          await sleep(delayMs, undefined, { signal });
        } catch (cause) {
          throw request.signal.aborted ? fail('cancelled', { cause }) : error;
        }
      }
    },
  };
}

function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}
