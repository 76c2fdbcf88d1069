import type { LimitName, Limits, Meter, Standing } from './allowance.ts';

/** Integers of structured fields have 15 digits at most (RFC 9651, 3.3.1). */
const INTEGER_MAX = 999_999_999_999_999;
const MINUTE_SECONDS = 60;

/**
 * `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers; undefined where nothing is limited. A
 * calendar month is no fixed number of seconds, so credits name no window; `qu` has no word for points.
 */
export function rateLimitPolicyOf(limits: Limits): string | undefined {
  const items = [
    itemOf('requests', { q: limits.requestsPerMinute, w: MINUTE_SECONDS }),
    itemOf('points', { q: limits.pointsPerMinute, w: MINUTE_SECONDS }),
    itemOf('credits', { q: limits.creditsPerMonth }),
  ];
  const list = items.filter((item) => item !== undefined).join(', ');
  return list === '' ? undefined : list;
}

/** `RateLimit` of the same draft: what is left, and the seconds until all of it is back. */
export function rateLimitOf({ requests, points, credits }: Standing): string | undefined {
  let list = '';
  const add = (name: LimitName, meter: Meter | undefined) => {
    if (meter === undefined) return;
    const { remaining, resetSeconds } = meter;
    list += `${list === '' ? '' : ', '}"${name}";r=${capped(remaining)};t=${capped(resetSeconds)}`;
  };
  add('requests', requests);
  add('points', points);
  add('credits', credits);
  return list === '' ? undefined : list;
}

/**
 * The older headers, which know one limit: points, else requests. `X-RateLimit-Reset` is in seconds
 * since 1970, as GitHub's.
 */
export function tellXRateLimit(
  { points, requests }: Standing,
  nowMs: number,
  tell: (name: string, value: string) => void,
): void {
  const meter: Meter | undefined = points ?? requests;
  if (meter === undefined) return;
  tell('x-ratelimit-limit', String(meter.limit));
  tell('x-ratelimit-remaining', String(meter.remaining));
  tell('x-ratelimit-reset', String(Math.ceil(nowMs / 1000) + meter.resetSeconds));
}

const capped = (value: number) => Math.min(value, INTEGER_MAX);

/** Nothing where a parameter has no value. */
function itemOf(
  name: LimitName,
  parameters: Readonly<Record<string, number | undefined>>,
): string | undefined {
  let item = `"${name}"`;
  for (const [key, value] of Object.entries(parameters)) {
    if (value === undefined) return undefined;
    item += `;${key}=${capped(value)}`;
  }
  return item;
}
