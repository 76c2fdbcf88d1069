import {
  addDays,
  DAY_MS,
  type DayRange,
  dayOf,
  daysInclusive,
  startOfDay,
  secondsLeftOfDay,
  windowsOf,
} from '../../calendar.ts';
import { type Cell, joined, type Rectangle, rectanglesOf, requestsOf } from '../tiling/cells.ts';
import { orError, UpstreamError } from '../errors.ts';
import type { FetchScope, RowSet } from '../rows/row-set.ts';
import type { PageLimits } from '../tiling/tiling.ts';
import type { Endpoint, Provenance } from './endpoints.ts';
import type { LifetimeOf } from './lifetimes.ts';
import { pageRows, windowDays } from './plan.ts';
import { allStale, type SetOptions } from './token-set.ts';

/** A day of a subject, and what it is called among the rows that are kept. */
export interface DayCell<Subject> extends Cell<Subject> {
  readonly id: string;
}

export const cellOf = <Subject extends string | number>(
  subject: Subject,
  day: string,
): DayCell<Subject> => ({ subject, day, id: `${subject} ${day}` });

type Rows<Row> = readonly (Row & Provenance)[];
/** A day's rows, newest first; days without any are absent. */
export type DaySet<Subject, Row> = RowSet<DayCell<Subject>, Rows<Row>, Rectangle<Subject>>;

export type Limits = PageLimits & { readonly listMax?: number };

interface DaySetParts<Subject, Row> {
  readonly name: string;
  readonly endpoint: Endpoint<Row>;
  readonly lifetimeOf: LifetimeOf;
  readonly limits: () => Limits;
  readonly fill?: DaySet<Subject, Row>['fill'];
  /** What is known of each day of a rectangle. */
  readonly read: (
    rectangle: Rectangle<Subject>,
    scope: FetchScope,
  ) => Promise<readonly (readonly [DayCell<Subject>, Rows<Row> | null | UpstreamError])[]>;
}

/**
 * A series, kept day by day: what was read of it once is not read again, and only the days that are
 * missing are asked for.
 */
export function createDaySet<Subject extends string | number, Row extends object>({
  name,
  endpoint,
  lifetimeOf,
  limits,
  fill,
  read,
}: DaySetParts<Subject, Row>): DaySet<Subject, Row> {
  const chunkOf = (rectangle: Rectangle<Subject>, keys: readonly DayCell<Subject>[]) => ({
    keys,
    requests: requestsOf(rectangle, limits()),
    extent: rectangle,
  });
  return {
    name,
    shape: endpoint.row.shape,
    endpoint: endpoint.path,
    keyOf: ({ id }) => id,
    lifetimeOf: ({ day }, rows, nowMs) => {
      const isOver = isSettled(day, nowMs);
      // A day that is over and lacks rows may have lost them on their way here.
      const isWhole = rows !== null && (!isOver || rows.length >= (endpoint.rowsPerDay ?? 1));
      const lifetime = lifetimeOf({ isAbsent: !isWhole, isSettled: isOver }, nowMs);
      if (isOver) return lifetime;
      // Tomorrow another day is the newest: an answer about these must not outlive today.
      return { ...lifetime, freshMs: Math.min(lifetime.freshMs, secondsLeftOfDay(nowMs) * 1000) };
    },
    chunksOf: (cells) => {
      const rectangles = rectanglesOf(cells, limits());
      if (rectangles.length === 1) return rectangles.map((all) => chunkOf(all, cells));
      const left = new Set(cells);
      return rectangles.map((rectangle) => {
        const { subjects, from, to } = rectangle;
        const isOf = new Set(subjects);
        const inside: DayCell<Subject>[] = [];
        for (const cell of left) {
          if (cell.day >= from && cell.day <= to && isOf.has(cell.subject)) inside.push(cell);
        }
        for (const cell of inside) left.delete(cell);
        return chunkOf(rectangle, inside);
      });
    },
    requestsOf: (cells) => {
      let requests = 0;
      for (const rectangle of rectanglesOf(cells, limits())) {
        requests += requestsOf(rectangle, limits());
      }
      return requests;
    },
    join: (a, b) => joined(a, b, limits()),
    ...(fill === undefined ? {} : { fill }),
    fetch: async (cells, scope) => {
      const reads = await Promise.all(
        rectanglesOf(cells, limits()).map(async (rectangle) => {
          const known = await orError(read(rectangle, scope));
          if (!(known instanceof UpstreamError)) return known;
          return [...cellsOf(rectangle)].map((cell) => [cell, known] as const);
        }),
      );
      return reads.flat();
    },
    toStale: allStale,
    staleAbsence: [],
  };
}

/** The day before yesterday is over for sure: yesterday's rows may be written late. */
function isSettled(day: string, nowMs: number): boolean {
  return day < addDays(dayOf(nowMs), -1);
}

export function* cellsOf<Subject extends string | number>({
  subjects,
  from,
  to,
}: Rectangle<Subject>): Generator<DayCell<Subject>> {
  const days = daysOf({ from, to });
  for (const subject of subjects) for (const day of days) yield cellOf(subject, day);
}

/** Every day of a range, oldest first. */
export function daysOf({ from, to }: DayRange): string[] {
  const startMs = startOfDay(from);
  return Array.from({ length: daysInclusive(from, to) }, (_, index) =>
    dayOf(startMs + index * DAY_MS),
  );
}

/** A series of the market or of one index: what is asked for besides the days is in the query. */
export function createQueryDaySet<Row extends { readonly date: string }>(
  endpoint: Endpoint<Row>,
  queryOf: (subject: string) => Readonly<Record<string, string>>,
  { name, reads, lifetimeOf }: SetOptions,
): DaySet<string, Row> {
  const limits = { pageRows, windowDays, listMax: 1 };
  return createDaySet({
    name,
    endpoint,
    lifetimeOf,
    limits: () => limits,
    read: async ({ subjects, ...range }, scope) => {
      const windows = subjects.flatMap((subject) =>
        windowsOf(range, windowDays).map(async (window) => {
          const rows = await orError(reads.rangeRows(endpoint, queryOf(subject), window, scope));
          return [...cellsOf({ subjects: [subject], ...window })].map((cell) => {
            if (rows instanceof UpstreamError) return [cell, rows] as const;
            const ofDay = rows.filter(({ date }) => date === cell.day);
            return [cell, ofDay.length === 0 ? null : ofDay] as const;
          });
        }),
      );
      return (await Promise.all(windows)).flat();
    },
  });
}
