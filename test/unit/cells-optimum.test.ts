import { expect, test } from 'vitest';

import { daysInclusive } from '../../src/calendar.ts';
import { type Cell, type CellLimits, rectanglesOf } from '../../src/upstreams/tiling/cells.ts';
import { cellsWhere, dayAt, patchwork, totalOf, upTo } from '../support/patchwork.ts';
import { createRandom } from '../support/random.ts';

const page = { pageRows: 100, windowDays: 29 };

/** What each single request could bring of the cells, one bit a cell. */
function requestsPossible(
  cells: readonly Cell<number>[],
  { pageRows, windowDays, listMax = pageRows }: CellLimits,
): number[] {
  const lists = upTo(8).map((bits) => upTo(3).filter((subject) => (bits >> subject) & 1));
  const brought = lists
    .filter(({ length }) => length > 0 && length <= Math.min(listMax, pageRows))
    .flatMap((list) => {
      const days = Math.max(1, Math.min(windowDays, Math.floor(pageRows / list.length)));
      // A window that begins where one cell is brings whatever one that begins between would.
      return cells.map(({ day: from }) =>
        cells.reduce((bits, { subject, day }, index) => {
          const isIn = list.includes(subject) && day >= from && daysInclusive(from, day) <= days;
          return isIn ? bits | (1 << index) : bits;
        }, 0),
      );
    });
  return [...new Set(brought)];
}

/** The fewest requests by trying them all: any rectangle is read in requests such as these. */
function fewestRequests(cells: readonly Cell<number>[], limits: CellLimits): number {
  const possible = requestsPossible(cells, limits);
  const all = 2 ** cells.length - 1;
  const isEnough = (left: number, requests: number): boolean => {
    if (left === 0) return true;
    const next = left & -left;
    return (
      requests > 0 &&
      possible.some((bits) => (bits & next) !== 0 && isEnough(left & ~bits, requests - 1))
    );
  };
  let requests = 0;
  while (!isEnough(all, requests)) requests += 1;
  return requests;
}

/** The share of small patchworks that take the fewest requests, and the worst of the others. */
function compared(seed: number, limits: CellLimits) {
  const random = createRandom(seed);
  const cases = 600;
  let optimal = 0;
  let excess = 0;
  for (let tried = 0; tried < cases; tried += 1) {
    const cells = patchwork(random, random.integer(2, 3), random.integer(4, 6));
    const over = totalOf(rectanglesOf(cells, limits), limits) - fewestRequests(cells, limits);
    expect(over).toBeGreaterThanOrEqual(0);
    if (over === 0) optimal += 1;
    excess = Math.max(excess, over);
  }
  return { share: optimal / cases, excess };
}

test('small patchworks nearly always take the fewest requests there can be', () => {
  for (const [limits, share] of [
    [{ pageRows: 6, windowDays: 4 }, 0.99],
    [{ pageRows: 5, windowDays: 29 }, 0.95],
    [{ pageRows: 4, windowDays: 29 }, 0.9],
    [{ pageRows: 4, windowDays: 3 }, 0.9],
    [{ pageRows: 6, windowDays: 4, listMax: 1 }, 1],
  ] as const) {
    const found = compared(7, limits);
    expect(found.share).toBeGreaterThanOrEqual(share);
    expect(found.excess).toBeLessThanOrEqual(1);
  }
});

test('a new token beside a hundred that miss today: one request for today, the rest for it alone', () => {
  const cells = cellsWhere(100, 365, (subject, day) => subject === 17 || day === 364);
  const rectangles = rectanglesOf(cells, page);
  expect(rectangles).toEqual([
    { subjects: [17], from: dayAt(0), to: dayAt(363) },
    { subjects: expect.any(Array), from: dayAt(364), to: dayAt(364) },
  ]);
  expect(rectangles[1]?.subjects).toHaveLength(100);
  expect(totalOf(rectangles, page)).toBe(14);
});

test('tokens that miss everything and tokens that miss days here and there are read apart', () => {
  const cells = cellsWhere(33, 29, (subject, day) => subject < 3 || day % 10 < 3);
  const rectangles = rectanglesOf(cells, page);
  expect(totalOf(rectangles, page)).toBe(4);
  expect(rectangles).toContainEqual({ subjects: [0, 1, 2], from: dayAt(0), to: dayAt(28) });
});

test('of ways that take equally many requests the one with fewer rows is taken', () => {
  const cells = cellsWhere(4, 29, (subject, day) => subject === 0 || day < 25);
  expect(rectanglesOf(cells, page)).toEqual([
    { subjects: [0, 1, 2, 3], from: dayAt(0), to: dayAt(24) },
    { subjects: [0], from: dayAt(25), to: dayAt(28) },
  ]);
});

test('what is there already is read again where that saves a request', () => {
  const cells = cellsWhere(3, 29, (subject, day) => (subject + day) % 7 === 0);
  const whole = { subjects: [0, 1, 2], from: dayAt(0), to: dayAt(28) };
  expect(rectanglesOf(cells, page)).toEqual([whole]);
});

test('a long patchwork of many tokens takes a third of the box, a dense one no more than it', () => {
  const random = createRandom(8);
  const sparse = cellsWhere(100, 365, () => random.chance(0.1));
  expect(totalOf(rectanglesOf(sparse, page), page)).toBeLessThanOrEqual(126);
  const checkered = cellsWhere(100, 365, (subject, day) => (subject + day) % 2 === 0);
  expect(totalOf(rectanglesOf(checkered, page), page)).toBe(365);
});

test('where more days are missing than are weighed against each other the box is still the most', () => {
  const limits = { pageRows: 766, windowDays: 213 };
  const cells = cellsWhere(13, 1744, (subject, day) => subject > 0 || day !== 872);
  expect(totalOf(rectanglesOf(cells, limits), limits)).toBe(30);
});

test('pages of four rows: sixty patchworks together take no more requests than measured', () => {
  const random = createRandom(10);
  const limits = { pageRows: 4, windowDays: 29 };
  const totals = upTo(60).map(() =>
    totalOf(rectanglesOf(patchwork(random, 6, 20), limits), limits),
  );
  expect(totals.reduce((sum, total) => sum + total, 0)).toBeLessThanOrEqual(1247);
});

test('without lists many tokens take as many requests as each by itself', () => {
  const random = createRandom(9);
  const limits = { ...page, listMax: 1 };
  const cells = cellsWhere(100, 200, () => random.chance(0.05));
  let windows = 0;
  let last: Cell<number> | undefined;
  for (const cell of cells) {
    const isWithin = last?.subject === cell.subject && daysInclusive(last.day, cell.day) <= 29;
    if (isWithin) continue;
    windows += 1;
    last = cell;
  }
  expect(totalOf(rectanglesOf(cells, limits), limits)).toBe(windows);
});
