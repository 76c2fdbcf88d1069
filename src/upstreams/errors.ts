/** What went wrong upstream, as far as a caller of the gateway may act on it. */
export type UpstreamErrorKind =
  | 'timeout'
  | 'network'
  | 'unavailable'
  | 'rate-limited'
  | 'auth'
  | 'plan-restricted'
  | 'rejected'
  | 'withdrawn'
  | 'bad-data'
  | 'budget-exhausted'
  | 'cancelled';

export interface UpstreamErrorOptions {
  readonly upstream: string;
  readonly kind: UpstreamErrorKind;
  readonly endpoint: string;
  /** HTTP status of the last answer, when there was one. */
  readonly status?: number | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/**
 * Thrown where the failure is known, translated once by `maskError`. Its message never holds a URL,
 * a key or a word of the upstream, so that even a careless log line leaks nothing.
 */
export class UpstreamError extends Error {
  readonly upstream: string;
  readonly kind: UpstreamErrorKind;
  readonly endpoint: string;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor({
    upstream,
    kind,
    endpoint,
    status,
    retryAfterSeconds,
    cause,
  }: UpstreamErrorOptions) {
    super(`${upstream} ${endpoint}: ${kind}${status === undefined ? '' : ` (${status})`}`, {
      cause,
    });
    this.name = 'UpstreamError';
    this.upstream = upstream;
    this.kind = kind;
    this.endpoint = endpoint;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What was worked for, or the upstream's failure that came of it. */
export async function orError<T>(work: Promise<T>): Promise<T | UpstreamError> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UpstreamError) return error;
    throw error;
  }
}
