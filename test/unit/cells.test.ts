import { expect, test } from 'vitest';

import { addDays } from '../../src/calendar.ts';
import {
  type Cell,
  type CellLimits,
  joined,
  type Rectangle,
  rectanglesOf,
  requestsOf,
} from '../../src/upstreams/tiling/cells.ts';
import { tileSeries } from '../../src/upstreams/tiling/tiling.ts';
import { boxOf, dayAt, firstDay, patchwork, totalOf, upTo } from '../support/patchwork.ts';
import { createRandom, type Random } from '../support/random.ts';

const page = { pageRows: 100, windowDays: 29 };
const limitsTried: readonly [CellLimits, ...CellLimits[]] = [
  page,
  { pageRows: 4, windowDays: 29 },
  { pageRows: 5, windowDays: 29 },
  { pageRows: 6, windowDays: 4 },
  { pageRows: 12, windowDays: 5, listMax: 3 },
  { ...page, listMax: 1 },
  { pageRows: 4, windowDays: 29, listMax: 1 },
];

const keyOf = ({ subject, day }: Cell<number>) => `${subject} ${day}`;

/** Each subject's runs of days, where cells come subject by subject and day by day. */
function runsOf(cells: readonly Cell<number>[]): Rectangle<number>[] {
  const runs: Rectangle<number>[] = [];
  for (const { subject, day } of cells) {
    const last = runs.at(-1);
    if (last?.subjects[0] === subject && addDays(last.to, 1) === day) {
      runs.splice(-1, 1, { ...last, to: day });
    } else {
      runs.push({ subjects: [subject], from: day, to: day });
    }
  }
  return runs;
}

function someRectangle(random: Random): Rectangle<number> {
  const from = random.integer(0, 60);
  const share = random.next();
  const subjects = upTo(random.integer(1, 40)).filter(
    (subject) => subject === 0 || random.chance(share),
  );
  return { subjects, from: dayAt(from), to: dayAt(from + random.integer(0, 40)) };
}

function everyCase(
  seed: number,
  cases: number,
  check: (cells: Cell<number>[], limits: CellLimits) => void,
): void {
  const random = createRandom(seed);
  for (let tried = 0; tried < cases; tried += 1) {
    const isLarge = random.chance(0.1);
    const subjects = random.integer(1, isLarge ? 40 : 6);
    const days = random.integer(1, isLarge ? 100 : 35);
    const cells = patchwork(random, subjects, days);
    if (cells.length > 0) check(cells, random.pick(limitsTried));
  }
}

test('every missing cell is in a rectangle, and no rectangle leaves the box around them', () => {
  everyCase(1, 2000, (cells, limits) => {
    const left = new Set(cells.map(keyOf));
    const box = boxOf(cells);
    const asked = new Set(box.subjects);
    for (const { subjects, from, to } of rectanglesOf(cells, limits)) {
      expect(new Set(subjects).size).toBe(subjects.length);
      expect(subjects.filter((subject) => !asked.has(subject))).toEqual([]);
      expect([box.from <= from, from <= to, to <= box.to]).toEqual([true, true, true]);
      for (let day = from; day <= to; day = addDays(day, 1)) {
        for (const subject of subjects) left.delete(keyOf({ subject, day }));
      }
    }
    expect([...left]).toEqual([]);
  });
});

test('it takes no more requests than the box that is priced, nor than each run of days alone', () => {
  everyCase(2, 3000, (cells, limits) => {
    const requests = totalOf(rectanglesOf(cells, limits), limits);
    expect(requests).toBeLessThanOrEqual(requestsOf(boxOf(cells), limits));
    expect(requests).toBeLessThanOrEqual(totalOf(runsOf(cells), limits));
  });
});

test('where everything is missing it is read as it was asked for', () => {
  const random = createRandom(3);
  for (let tried = 0; tried < 300; tried += 1) {
    const days = random.integer(1, 60);
    const subjects = upTo(random.integer(1, 120)).reverse();
    const cells = subjects.flatMap((subject) =>
      upTo(days).map((day) => ({ subject, day: dayAt(day) })),
    );
    const whole = { subjects, from: firstDay, to: dayAt(days - 1) };
    expect(rectanglesOf(cells, random.pick(limitsTried))).toEqual([whole]);
  }
  expect(rectanglesOf([], page)).toEqual([]);
});

test('days in any order change nothing', () => {
  everyCase(4, 500, (cells, limits) => {
    const otherwise = cells.toSorted((a, b) => a.subject - b.subject || (a.day < b.day ? 1 : -1));
    expect(rectanglesOf(otherwise, limits)).toEqual(rectanglesOf(cells, limits));
  });
});

test('two are joined where that needs no more requests, and only there', () => {
  const random = createRandom(5);
  let unions = 0;
  for (let tried = 0; tried < 5000; tried += 1) {
    const limits = random.pick(limitsTried);
    const [a, b] = [someRectangle(random), someRectangle(random)] as const;
    const subjects = [...new Set([...a.subjects, ...b.subjects])];
    const days = [a.from, a.to, b.from, b.to].sort();
    const both = { subjects, from: days[0] ?? '', to: days[3] ?? '' };
    const isFree = requestsOf(both, limits) <= requestsOf(a, limits) + requestsOf(b, limits);
    expect(joined(a, b, limits)).toEqual(isFree ? both : undefined);
    if (isFree) unions += 1;
  }
  expect([unions > 500, unions < 4500]).toEqual([true, true]);
});

test('a rectangle within another never needs more requests than that one', () => {
  const random = createRandom(6);
  const exceptions: unknown[] = [];
  for (const limits of limitsTried) {
    const requests = upTo(121).map((keys) =>
      upTo(61).map((days) => tileSeries(keys, days, limits).requests),
    );
    for (let keys = 1; keys <= 120; keys += 1) {
      for (let days = 1; days <= 60; days += 1) {
        const wanted = requests[keys]?.[days] ?? 0;
        const part = Math.max(requests[keys - 1]?.[days] ?? 0, requests[keys]?.[days - 1] ?? 0);
        if (wanted < part || wanted === 0) exceptions.push({ limits, keys, days });
      }
    }
  }
  expect(exceptions).toEqual([]);
  for (let tried = 0; tried < 2000; tried += 1) {
    const whole = someRectangle(random);
    const limits = random.pick(limitsTried);
    const part = { ...whole, subjects: whole.subjects.filter(() => random.chance(0.7)) };
    expect(requestsOf(part, limits)).toBeLessThanOrEqual(requestsOf(whole, limits));
    expect(requestsOf({ ...whole, to: whole.from }, limits)).toBeLessThanOrEqual(
      requestsOf(whole, limits),
    );
  }
});

test('lists are as long as they may be: without lists each subject is read alone', () => {
  const rectangle = { subjects: [1, 2, 3], from: firstDay, to: dayAt(59) };
  expect(requestsOf(rectangle, page)).toBe(3);
  expect(requestsOf(rectangle, { ...page, listMax: 1 })).toBe(9);
  expect(requestsOf(rectangle, { pageRows: 25, windowDays: 29, listMax: 1 })).toBe(9);
  expect(requestsOf(rectangle, { pageRows: 4, windowDays: 29, listMax: 1 })).toBe(45);
  expect(requestsOf(rectangle, { ...page, listMax: 2 })).toBe(6);
  const four = { subjects: [1, 2, 3, 4], from: firstDay, to: dayAt(4) };
  expect(requestsOf(four, { pageRows: 12, windowDays: 5, listMax: 3 })).toBe(3);
});
