import { UpstreamError, type UpstreamErrorKind, type UpstreamErrorOptions } from '../errors.ts';

/** Makes the failures of one endpoint. */
export type Fail = (
  kind: UpstreamErrorKind,
  more: Pick<UpstreamErrorOptions, 'status' | 'retryAfterSeconds' | 'cause'>,
) => UpstreamError;

interface ErrandOptions<Request> {
  readonly upstream: string;
  readonly request: Request;
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** One `get` or `post` under way, with all its attempts and waits. */
export interface Errand<Request> {
  readonly request: Request;
  readonly timeoutMs: number;
  readonly deadline: AbortSignal;
  /** The deadline on the clock. */
  readonly endsAtMs: number;
  /** Aborts at the deadline, or when the caller has gone. */
  readonly signal: AbortSignal;
  /** Whether the caller had gone before the deadline. */
  readonly isAbandoned: () => boolean;
  readonly fail: Fail;
}

/** Runs an errand under its deadline; the timer ends with the work, whichever is first. */
export async function within<T, Request extends { path: string; signal?: AbortSignal | undefined }>(
  { upstream, request, timeoutMs, now }: ErrandOptions<Request>,
  work: (errand: Errand<Request>) => Promise<T>,
): Promise<T> {
  // Not `AbortSignal.timeout`: its timer would outlive the request until the next collection.
  const controller = new AbortController();
  const deadline = controller.signal;
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  // To make one of several costs as much as all else that is done for a request.
  const signal =
    request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
  try {
    return await work({
      request,
      timeoutMs,
      deadline,
      endsAtMs: now() + timeoutMs,
      signal,
      // Of two that abort, the reason is that of the first.
      isAbandoned: () => signal.aborted && signal.reason !== deadline.reason,
      fail: (kind, more) => new UpstreamError({ upstream, endpoint: request.path, kind, ...more }),
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Tells of a wait that was cut short whose doing it was; `last` is what had gone wrong before. */
export async function waited<T>(
  { signal, isAbandoned, fail }: Errand<unknown>,
  wait: Promise<T>,
  last?: UpstreamError,
): Promise<T> {
  try {
    return await wait;
  } catch (cause) {
    if (cause instanceof UpstreamError || !signal.aborted) throw cause;
    throw isAbandoned() ? fail('cancelled', { cause }) : (last ?? fail('timeout', { cause }));
  }
}
