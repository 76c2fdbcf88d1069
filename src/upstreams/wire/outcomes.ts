import type { UpstreamErrorKind } from '../errors.ts';

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed JSON body; `undefined` when the body was no JSON. */
  readonly body: unknown;
}

/** What one attempt tells about its upstream, for those who decide whether there will be others. */
export type Outcome =
  | 'answered'
  /** The host works and this endpoint does not. */
  | 'failing'
  /** No answer, or one of a proxy before the host. */
  | 'unreachable'
  /** Answered 429. */
  | 'limited'
  /** Sent, and given up before it could tell anything. */
  | 'unknown'
  | 'unsent';

/** One attempt that was let through: its answer, or why there is none. */
export type Sent = {
  readonly outcome: Outcome;
  /** What Retry-After says. */
  readonly waitSeconds?: number | undefined;
} & (
  | { readonly answer: UpstreamAnswer; readonly failure?: undefined }
  | {
      readonly answer?: undefined;
      readonly failure: { readonly kind: UpstreamErrorKind; readonly cause: unknown };
    }
);

const unreachable = new Set([502, 503, 504]);

export function outcomeOf({ status, body }: UpstreamAnswer): Outcome {
  if (status === 429) return 'limited';
  if (unreachable.has(status)) return 'unreachable';
  return status >= 500 || (status === 200 && body === undefined) ? 'failing' : 'answered';
}
