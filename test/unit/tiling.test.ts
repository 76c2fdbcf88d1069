import { expect, test } from 'vitest';

import {
  chunk,
  daysPerRequest,
  tileNewestFirst,
  tileSeries,
} from '../../src/upstreams/tiling/tiling.ts';

const limits = { pageRows: 100, windowDays: 29 };
const keyCounts = [1, 2, 3, 4, 5, 7, 20, 25, 33, 34, 49, 50, 51, 77, 99, 100, 101, 120, 166, 250];
const dayCounts = [1, 2, 3, 4, 5, 10, 14, 15, 28, 29, 30, 31, 58, 59, 90, 366];

/** Every length of list, tried out. */
function fewestRequests(keys: number, days: number): number {
  let fewest = Infinity;
  for (let size = 1; size <= limits.pageRows; size += 1) {
    let requests = 0;
    for (let left = keys; left > 0; left -= size) {
      const rowsOfDay = Math.min(size, left);
      const window = Math.min(limits.windowDays, Math.floor(limits.pageRows / rowsOfDay));
      for (let day = 0; day < days; day += window) requests += 1;
    }
    fewest = Math.min(fewest, requests);
  }
  return fewest;
}

test('no way of cutting a series into lists of one length needs fewer requests', () => {
  for (const keys of keyCounts) {
    for (const days of dayCounts) {
      expect([keys, days, tileSeries(keys, days, limits).requests]).toEqual([
        keys,
        days,
        fewestRequests(keys, days),
      ]);
    }
  }
});

test('every list fits a page for as many days as it is asked for, and never too many days', () => {
  for (let keys = 1; keys <= limits.pageRows; keys += 1) {
    const days = daysPerRequest(keys, limits);
    expect(days * keys).toBeLessThanOrEqual(limits.pageRows);
    expect(days).toBeLessThanOrEqual(limits.windowDays);
    const isLongest = days === limits.windowDays || (days + 1) * keys > limits.pageRows;
    expect([keys, isLongest]).toEqual([keys, true]);
  }
});

test('the cases everyone asks for', () => {
  const requests = (keys: number, days: number) => tileSeries(keys, days, limits).requests;
  expect(requests(1, 29)).toBe(1);
  expect(requests(3, 29)).toBe(1);
  expect(requests(4, 29)).toBe(2);
  expect(requests(100, 1)).toBe(1);
  expect(requests(100, 3)).toBe(3);
  expect(requests(33, 3)).toBe(1);
  expect(requests(100, 29)).toBe(29);
  expect(requests(120, 29)).toBe(35);
  expect(requests(1, 366)).toBe(13);
});

test('of lists that need equally many requests the shortest is taken', () => {
  // 50 × 2 days twice or 100 × 1 day twice: a request that fails takes fewer keys along.
  expect(tileSeries(100, 2, limits)).toEqual({ keysPerList: 50, requests: 2 });
});

test('chunks keep the order and lose nothing', () => {
  const items = Array.from({ length: 101 }, (_, index) => index);
  for (const size of [1, 2, 33, 100, 101, 500]) {
    const chunks = chunk(items, size);
    expect(chunks.flat()).toEqual(items);
    expect(chunks.every(({ length }) => length > 0 && length <= size)).toBe(true);
  }
  expect(chunk([], 3)).toEqual([]);
});

test('short spans share a page, and a span longer than a page is pages of one key', () => {
  const tile = (keys: number, rows: number) => tileNewestFirst(keys, rows, limits);
  expect(tile(1, 24)).toMatchObject({ pagesPerList: 1, requests: 1 });
  expect(tile(4, 24)).toMatchObject({ keysPerList: 4, requests: 1 });
  expect(tile(5, 24)).toMatchObject({ keysPerList: 4, requests: 2 });
  expect(tile(2, 100)).toEqual({ keysPerList: 1, pagesPerList: 1, requests: 2 });
  expect(tile(2, 101)).toEqual({ keysPerList: 1, pagesPerList: 2, requests: 4 });
  expect(tile(1, 696)).toEqual({ keysPerList: 1, pagesPerList: 7, requests: 7 });
  for (const rows of [1, 2, 3, 33, 34, 50, 51, 99]) {
    expect(tile(1000, rows).keysPerList * rows).toBeLessThanOrEqual(limits.pageRows);
  }
});
