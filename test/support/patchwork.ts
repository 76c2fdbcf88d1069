import { addDays } from '../../src/calendar.ts';
import {
  type Cell,
  type CellLimits,
  type Rectangle,
  requestsOf,
} from '../../src/upstreams/tiling/cells.ts';
import type { Random } from './random.ts';

/** Cells of a series that are missing, subjects and days counted from 0. */

export const firstDay = '2023-12-30';
export const dayAt = (day: number) => addDays(firstDay, day);
export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

/** The cells for which `isMissing` holds, subject by subject and day by day. */
export function cellsWhere(
  subjects: number,
  days: number,
  isMissing: (subject: number, day: number) => boolean,
): Cell<number>[] {
  return upTo(subjects).flatMap((subject) =>
    upTo(days)
      .filter((day) => isMissing(subject, day))
      .map((day) => ({ subject, day: dayAt(day) })),
  );
}

/** Cells missing at random, or all but some rectangles that were read before. */
export function patchwork(random: Random, subjects: number, days: number): Cell<number>[] {
  if (random.chance(0.5)) {
    const share = random.next();
    return cellsWhere(subjects, days, () => random.chance(share));
  }
  const read = upTo(random.integer(1, 4)).map(() => {
    const from = random.integer(0, days - 1);
    const share = random.next();
    const readSubjects = new Set(upTo(subjects).filter(() => random.chance(share)));
    return { readSubjects, from, to: random.integer(from, days - 1) };
  });
  const isRead = (subject: number, day: number) =>
    read.some((r) => r.readSubjects.has(subject) && day >= r.from && day <= r.to);
  return cellsWhere(subjects, days, (subject, day) => !isRead(subject, day));
}

export function boxOf(cells: readonly Cell<number>[]): Rectangle<number> {
  const days = cells.map(({ day }) => day).sort();
  const subjects = [...new Set(cells.map(({ subject }) => subject))];
  return { subjects, from: days[0] ?? '', to: days.at(-1) ?? '' };
}

export function totalOf(rectangles: readonly Rectangle<unknown>[], limits: CellLimits): number {
  return rectangles.reduce((sum, rectangle) => sum + requestsOf(rectangle, limits), 0);
}
