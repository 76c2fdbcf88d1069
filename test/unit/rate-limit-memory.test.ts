import { expect, test } from 'vitest';

import { createMemoryCounters } from '../../src/directives/memory-counters.ts';

const DAY_SECONDS = 86_400;

function taker(counters: ReturnType<typeof createMemoryCounters>) {
  return (limit: number, durationSeconds: number, key: string, count = 1) => {
    const demand = { limit, durationSeconds, wanted: new Map([[key, count]]) };
    return counters.take([demand])[0]?.get(key);
  };
}

test('what is left is granted, and what is refused does not count', () => {
  const take = taker(createMemoryCounters({ now: () => 0 }));

  expect(take(5, 60, 'alice', 3)).toEqual({ granted: 3, used: 3, msToReset: 60_000 });
  expect(take(5, 60, 'alice', 4)).toEqual({ granted: 2, used: 5, msToReset: 60_000 });
  expect(take(5, 60, 'alice', 4)).toEqual({ granted: 0, used: 5, msToReset: 60_000 });
});

test('uses are given back, and never more than there were', () => {
  const take = taker(createMemoryCounters({ now: () => 0 }));
  take(5, 60, 'alice', 4);
  expect(take(5, 60, 'alice', -3)).toEqual({ granted: -3, used: 1, msToReset: 60_000 });
  expect(take(5, 60, 'alice', -3)).toEqual({ granted: -1, used: 0, msToReset: 60_000 });
  expect(take(5, 60, 'alice', 6)).toMatchObject({ granted: 5 });
});

test('refused uses do not prolong the window', () => {
  let nowMs = 0;
  const take = taker(createMemoryCounters({ now: () => nowMs }));
  take(1, 30, 'alice');
  nowMs = 29_999;
  expect(take(1, 30, 'alice')).toEqual({ granted: 0, used: 1, msToReset: 1 });
  nowMs = 30_000;
  expect(take(1, 30, 'alice')).toEqual({ granted: 1, used: 1, msToReset: 30_000 });
});

test('a window of a month does not end at once', () => {
  let nowMs = 0;
  const take = taker(createMemoryCounters({ now: () => nowMs }));
  take(1, 31 * DAY_SECONDS, 'alice');
  nowMs = 30 * DAY_SECONDS * 1000;
  expect(take(1, 31 * DAY_SECONDS, 'alice')).toMatchObject({ granted: 0 });
});

test('expired counters are dropped', () => {
  let nowMs = 0;
  const counters = createMemoryCounters({ now: () => nowMs });
  const take = taker(counters);
  for (let caller = 0; caller < 1000; caller += 1) take(1, 30, `caller ${caller}`);
  take(1, 3600, 'alice');

  nowMs = 60_000;
  take(1, 30, 'bob');

  expect(counters.size()).toBe(2);
  expect(take(1, 3600, 'alice')).toMatchObject({ granted: 0 });
});

test('beyond the bound the least recently used counter goes, not the busiest', () => {
  const counters = createMemoryCounters({ now: () => 0, countersMax: 3 });
  const take = taker(counters);
  take(1, 60, 'alice');
  for (const stranger of ['a', 'b', 'c', 'd', 'e']) {
    take(1, 60, stranger);
    expect(take(1, 60, 'alice')).toMatchObject({ granted: 0 });
  }
  expect(counters.size()).toBe(3);
  expect(take(1, 60, 'a')).toMatchObject({ granted: 1 });
});

test('limits do not mix, even under one key', () => {
  const take = taker(createMemoryCounters({ now: () => 0 }));
  take(10, 60, 'alice', 10);
  expect(take(1000, 3600, 'alice')).toMatchObject({ granted: 1, used: 1 });
});
