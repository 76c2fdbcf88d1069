import { expect, test } from 'vitest';

import { exponentialBackoff, retryAfterSeconds } from '../../src/upstreams/wire/retry.ts';

const now = Date.UTC(1994, 10, 6, 8, 49, 7);

test('Retry-After is read in both of its spellings', () => {
  expect(retryAfterSeconds('0', now)).toBe(0);
  expect(retryAfterSeconds('120', now)).toBe(120);
  expect(retryAfterSeconds('Sun, 06 Nov 1994 08:49:37 GMT', now)).toBe(30);
  expect(retryAfterSeconds('Sun, 06 Nov 1994 08:49:37 GMT', now + 500)).toBe(30);
});

test('a date that has passed means now', () => {
  expect(retryAfterSeconds('Sun, 06 Nov 1994 08:00:00 GMT', now)).toBe(0);
});

test.each([
  undefined,
  '',
  ' ',
  'soon',
  '-5',
  '1.5',
  '1e3',
  '2025-01-01',
  'Nov 6 1994',
  '99999999999999999999999',
  'Sun, 06 Nov 2094 08:49:37 GMT',
  ['1', '2'],
])('%j is odd, and odd is as good as absent', (header) => {
  expect(retryAfterSeconds(header, now)).toBeUndefined();
});

test('waits double, and at most half of one is chance', () => {
  const least = exponentialBackoff(250, () => 0);
  const most = exponentialBackoff(250, () => 1);
  expect([1, 2, 3].map(least)).toEqual([125, 250, 500]);
  expect([1, 2, 3].map(most)).toEqual([250, 500, 1000]);
});
