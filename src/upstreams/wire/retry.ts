import type { UpstreamErrorKind } from '../errors.ts';

/** When a request is sent again, and after how long. */

/** Retried because the same request may succeed a moment later. */
export const retriedStatuses: Readonly<Record<number, UpstreamErrorKind>> = {
  429: 'rate-limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

/** Half of the doubled base is fixed, half is jitter, so that callers do not return in step. */
export function exponentialBackoff(
  baseMs: number,
  random: () => number,
  maxMs = Infinity,
): (retry: number) => number {
  return (retry) => (Math.min(maxMs, baseMs * 2 ** (retry - 1)) * (1 + random())) / 2;
}

/** `Sun, 06 Nov 1994 08:49:37 GMT`: `Date.parse` alone would take `1.5` and `-5` for dates too. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Nobody means more than a month, the longest time over which the upstream counts. */
const secondsMax = 31 * 24 * 3600;

/** `Retry-After` in seconds, from either of its two spellings; `undefined` when absent or odd. */
export function retryAfterSeconds(
  header: string | string[] | undefined,
  nowMs: number,
): number | undefined {
  const seconds = secondsOf(header, nowMs);
  return seconds === undefined || !(seconds <= secondsMax) ? undefined : Math.max(0, seconds);
}

function secondsOf(header: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  return httpDate.test(header) ? Math.ceil((Date.parse(header) - nowMs) / 1000) : undefined;
}
