import { expect, test } from 'vitest';

import { rateLimitOf, rateLimitPolicyOf, tellXRateLimit } from '../../src/callers/quota/headers.ts';

/** Names and values in turn. */
function xRateLimitOf(standing: Parameters<typeof tellXRateLimit>[0], nowMs: number) {
  const told: string[] = [];
  tellXRateLimit(standing, nowMs, (name, value) => told.push(name, value));
  return told;
}

const NOTHING = { requests: undefined, points: undefined, credits: undefined };
const STANDING = {
  requests: { limit: 60, remaining: 59, resetSeconds: 1 },
  points: { limit: 1000, remaining: 900, resetSeconds: 6 },
  credits: { limit: 500, remaining: 0, resetSeconds: 864_000 },
};

test('every limit is a policy, and a month names no window', () => {
  expect(
    rateLimitPolicyOf({ requestsPerMinute: 60, pointsPerMinute: 1000, creditsPerMonth: 500 }),
  ).toBe('"requests";q=60;w=60, "points";q=1000;w=60, "credits";q=500');
});

test('what is left of each policy is told by its name', () => {
  expect(rateLimitOf(STANDING)).toBe(
    '"requests";r=59;t=1, "points";r=900;t=6, "credits";r=0;t=864000',
  );
});

test('what is not limited is not named, and where nothing is there is no header', () => {
  const unlimited = {
    requestsPerMinute: undefined,
    pointsPerMinute: undefined,
    creditsPerMonth: undefined,
  };
  expect(rateLimitPolicyOf({ ...unlimited, pointsPerMinute: 0 })).toBe('"points";q=0;w=60');
  expect(rateLimitOf({ ...NOTHING, credits: STANDING.credits })).toBe('"credits";r=0;t=864000');
  expect(rateLimitPolicyOf(unlimited)).toBeUndefined();
  expect(rateLimitOf(NOTHING)).toBeUndefined();
  expect(xRateLimitOf(NOTHING, 0)).toEqual([]);
});

test('the older headers tell of points, else of requests, and reset at an instant', () => {
  expect(xRateLimitOf(STANDING, 1_000_000_000_001)).toEqual([
    ...['x-ratelimit-limit', '1000', 'x-ratelimit-remaining', '900'],
    ...['x-ratelimit-reset', '1000000007'],
  ]);
  expect(xRateLimitOf({ ...STANDING, points: undefined }, 1_000_000_000_000)).toEqual([
    ...['x-ratelimit-limit', '60', 'x-ratelimit-remaining', '59'],
    ...['x-ratelimit-reset', '1000000001'],
  ]);
});

test('integers are such as structured fields allow', () => {
  expect(
    rateLimitPolicyOf({
      ...{ requestsPerMinute: 1e21, pointsPerMinute: undefined },
      creditsPerMonth: undefined,
    }),
  ).toBe('"requests";q=999999999999999;w=60');
});
