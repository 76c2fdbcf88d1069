import type { Limits, Meter, Standing } from './allowance.ts';

/** Integers of structured fields have 15 digits at most (RFC 9651, 3.3.1). */
const INTEGER_MAX = 999_999_999_999_999;
const MINUTE_SECONDS = 60;

/**
 * `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers; undefined where nothing is limited. A
 * calendar month is no fixed number of seconds, so credits name no window; `qu` has no word for points.
 */
export function rateLimitPolicyOf(limits: Limits): string | undefined {
  return listOf([
    itemOf('requests', { q: limits.requestsPerMinute, w: MINUTE_SECONDS }),
    itemOf('points', { q: limits.pointsPerMinute, w: MINUTE_SECONDS }),
    itemOf('credits', { q: limits.creditsPerMonth }),
  ]);
}

/** `RateLimit` of the same draft: what is left, and the seconds until all of it is back. */
export function rateLimitOf({ requests, points, credits }: Standing): string | undefined {
  return listOf([
    itemOf('requests', { r: requests?.remaining, t: requests?.resetSeconds }),
    itemOf('points', { r: points?.remaining, t: points?.resetSeconds }),
    itemOf('credits', { r: credits?.remaining, t: credits?.resetSeconds }),
  ]);
}

/**
 * The older headers, which know one limit: points, else requests. `X-RateLimit-Reset` is in seconds
 * since 1970, as GitHub's. Names and values in turn.
 */
export function xRateLimitOf({ points, requests }: Standing, nowMs: number): readonly string[] {
  const meter: Meter | undefined = points ?? requests;
  if (meter === undefined) return [];
  return [
    ...['x-ratelimit-limit', String(meter.limit)],
    ...['x-ratelimit-remaining', String(meter.remaining)],
    ...['x-ratelimit-reset', String(Math.ceil(nowMs / 1000) + meter.resetSeconds)],
  ];
}

/** Nothing where a parameter has no value. */
function itemOf(
  name: string,
  parameters: Readonly<Record<string, number | undefined>>,
): string | undefined {
  let item = `"${name}"`;
  for (const key in parameters) {
    const value = parameters[key];
    if (value === undefined) return undefined;
    item += `;${key}=${Math.min(value, INTEGER_MAX)}`;
  }
  return item;
}

function listOf(items: readonly (string | undefined)[]): string | undefined {
  const list = items.filter((item) => item !== undefined).join(', ');
  return list === '' ? undefined : list;
}
