/** What is kept of a series day by day is missing in patches: they are asked for as rectangles. */

import { DAY_MS, dayOf, daysInclusive, startOfDay } from '../../calendar.ts';
import { cheapestBlocks, type Pattern, perRequest, type Price } from './cuts.ts';
import { type PageLimits, tileSeries } from './tiling.ts';

export interface Cell<Subject> {
  readonly subject: Subject;
  readonly day: string;
}

/** Every subject on every day from the first to the last, both included. */
export interface Rectangle<Subject> {
  readonly subjects: readonly Subject[];
  readonly from: string;
  readonly to: string;
}

export interface CellLimits extends PageLimits {
  /** Subjects one request may name, 1 where no lists are read; as many as fit a page unless told. */
  readonly listMax?: number | undefined;
}

/**
 * Rectangles that cover cells, none of them named twice, with few requests, oldest first: never more
 * requests than the box around all cells, by which an operation is priced, nor than each subject's
 * runs of days by themselves. What is not missing is covered too where that is free.
 */
export function rectanglesOf<Subject>(
  cells: readonly Cell<Subject>[],
  limits: CellLimits,
): Rectangle<Subject>[] {
  const only = onlyRectangleOf(cells);
  if (only !== undefined) return [only];
  const dayAt = (day: number) => dayOf(day * DAY_MS);
  return cheapestBlocks(patternsOf(cells), createPrice(limits), limits.windowDays)
    .toSorted((a, b) => a.from - b.from || a.to - b.to)
    .map(({ patterns, from, to }) => ({
      subjects: patterns.flatMap(({ subjects }) => subjects),
      from: dayAt(from),
      to: dayAt(to),
    }));
}

/** Most reads ask for the same run of days of each subject, one after the other: one rectangle. */
function onlyRectangleOf<Subject>(cells: readonly Cell<Subject>[]): Rectangle<Subject> | undefined {
  const [first] = cells;
  if (first === undefined) return undefined;
  const subjects: Subject[] = [];
  let { day: from, day: to } = first;
  let days = 0;
  for (const { subject, day } of cells) {
    if (subject !== first.subject) break;
    if (day < from) from = day;
    if (day > to) to = day;
    days += 1;
  }
  if (daysInclusive(from, to) !== days) return undefined;
  let index = 0;
  for (const { subject, day } of cells) {
    const at = index % days;
    if (at === 0) subjects.push(subject);
    if (subject !== subjects.at(-1) || day !== cells[at]?.day) return undefined;
    index += 1;
  }
  return index % days === 0 ? { subjects, from, to } : undefined;
}

/** The requests a rectangle is read with. */
export function requestsOf({ subjects, from, to }: Rectangle<unknown>, limits: CellLimits): number {
  return requestsFor(subjects.length, daysInclusive(from, to), limits);
}

/** Both as one, where that needs no more requests than the two. */
export function joined<Subject>(
  a: Rectangle<Subject>,
  b: Rectangle<Subject>,
  limits: CellLimits,
): Rectangle<Subject> | undefined {
  // No set is made of what is long: it is joined again and again.
  const others = b.subjects.filter((subject) => !a.subjects.includes(subject));
  const from = a.from < b.from ? a.from : b.from;
  const to = a.to > b.to ? a.to : b.to;
  const together = requestsFor(a.subjects.length + others.length, daysInclusive(from, to), limits);
  if (together > requestsOf(a, limits) + requestsOf(b, limits)) return undefined;
  return { subjects: a.subjects.concat(others), from, to };
}

/** Lists of `listMax` and one of the rest, each tiled by itself. */
function requestsFor(keys: number, days: number, limits: CellLimits): number {
  const { listMax = keys } = limits;
  if (keys <= listMax) return tileSeries(keys, days, limits).requests;
  const full = tileSeries(listMax, days, limits).requests;
  return Math.floor(keys / listMax) * full + tileSeries(keys % listMax, days, limits).requests;
}

function createPrice(limits: CellLimits): Price {
  const known: number[][] = [];
  return (keys, days) => {
    const ofKeys = (known[keys] ??= []);
    return (ofKeys[days] ??= requestsFor(keys, days, limits) * perRequest + keys * days);
  };
}

/** Subjects by the days they miss, in the order they came. */
function patternsOf<Subject>(cells: readonly Cell<Subject>[]): Pattern<Subject>[] {
  const numbers = new Map<string, number>();
  const missing = new Map<Subject, Set<number>>();
  for (const { subject, day } of cells) {
    const number = numbers.get(day) ?? numberOf(day);
    numbers.set(day, number);
    const days = missing.get(subject);
    if (days === undefined) missing.set(subject, new Set([number]));
    else days.add(number);
  }
  const patterns = new Map<string, { subjects: Subject[]; days: number[] }>();
  for (const [subject, set] of missing) {
    const days = [...set].sort(ascending);
    const name = days.join();
    const pattern = patterns.get(name);
    if (pattern === undefined) patterns.set(name, { subjects: [subject], days });
    else pattern.subjects.push(subject);
  }
  return [...patterns.values()];
}

const numberOf = (day: string) => startOfDay(day) / DAY_MS;
const ascending = (a: number, b: number) => a - b;
