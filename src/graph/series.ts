import {
  addDays,
  dayOf,
  daysInclusive,
  HOUR_MS,
  hourOf,
  hoursInclusive,
  isDay,
} from '../calendar.ts';
import { badUserInput } from '../errors.ts';
import type { Arguments } from '../pricing/field-cost.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { firstOf } from './page-size.ts';

/**
 * Pages of a series. `first` counts days (or hours), newest first, and a day the upstream has no row
 * for is missing from its page: so the reads of a page are known from its arguments alone.
 */

export const daysPerPage = { default: 29, max: 366 };
export const hoursPerPage = { default: 24, max: 29 * 24 };

/** Nothing of this upstream is older; a series without `from` ends here. */
const firstDay = '2010-01-01';

export interface DayWindow {
  readonly from: string;
  readonly to: string;
  readonly days: number;
  /** Whether the range asked for goes on before `from`. */
  readonly hasOlder: boolean;
}

/** The days of one page of `(from, to, first, after)`; `days` is 0 after the last page. */
export function dayWindow(args: Arguments, nowMs: number): DayWindow {
  const first = firstOf(args, daysPerPage);
  const today = dayOf(nowMs);
  const start = text(args['from']) ?? firstDay;
  const end = text(args['to']) ?? today;
  if (text(args['from']) !== undefined && end < start) {
    throw text(args['to']) === undefined
      ? badUserInput('from', `is in the future: expected ${end} or earlier, got ${start}.`)
      : badUserInput('to', `is before "from": expected ${start} or later, got ${end}.`);
  }
  const cursor = decodeCursor(args, (key) => isDay(key) && key >= firstDay && key <= today);
  const newest = [end, today, ...(cursor === undefined ? [] : [addDays(cursor, -1)])].sort()[0];
  const to = newest ?? today;
  const days = Math.min(first, daysInclusive(start, to));
  const from = addDays(to, 1 - days);
  return { from, to, days, hasOlder: days > 0 && start < from };
}

export interface HourWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly hours: number;
  /** Hours to be read from the newest row back, since the upstream takes no dates. */
  readonly hoursFromNewest: number;
  readonly hasOlder: boolean;
}

/** The hours of one page of `(from, to, first, after)`. */
export function hourWindow(args: Arguments, nowMs: number): HourWindow {
  const first = firstOf(args, hoursPerPage);
  const newestMs = hourOf(nowMs);
  const oldestMs = newestMs - (hoursPerPage.max - 1) * HOUR_MS;
  const from = instant(args['from']);
  const endMs = instant(args['to']) ?? newestMs;
  if (from !== undefined && endMs < from) {
    throw badUserInput('to', 'is before "from": expected the same instant or a later one.');
  }
  if (from !== undefined && hourOf(from) < oldestMs) {
    throw badUserInput(
      'from',
      `is too long ago: hourly rows reach back ${hoursPerPage.max} hours, to ${new Date(oldestMs).toISOString()}.`,
    );
  }
  const startMs = from === undefined ? oldestMs : Math.ceil(from / HOUR_MS) * HOUR_MS;
  const cursor = decodeCursor(args, (key) => isInstant(key, newestMs));
  const toMs = Math.min(
    hourOf(endMs),
    newestMs,
    cursor === undefined ? Infinity : Date.parse(cursor) - HOUR_MS,
  );
  const hours = toMs < startMs ? 0 : Math.min(first, hoursInclusive(startMs, toMs));
  const fromMs = toMs - (hours - 1) * HOUR_MS;
  return {
    fromMs,
    toMs,
    hours,
    hoursFromNewest: hours === 0 ? 0 : hoursInclusive(fromMs, nowMs),
    hasOlder: hours > 0 && startMs < fromMs,
  };
}

export interface SeriesPage<Row> {
  readonly rows: readonly Row[];
  /** The day or hour of a row. */
  readonly keyOf: (row: Row) => string;
  /** The oldest day or hour of the page, whether or not it has a row. */
  readonly oldest: string;
  readonly hasOlder: boolean;
  readonly isContinued: boolean;
}

/** A page of a series as a connection; its end cursor is its oldest day even where that has no row. */
export function seriesConnection<Row>({
  rows,
  keyOf,
  oldest,
  hasOlder,
  isContinued,
}: SeriesPage<Row>) {
  const edges = rows.map((row) => ({ cursor: encodeCursor(keyOf(row)), node: row }));
  return {
    edges,
    pageInfo: {
      hasNextPage: hasOlder,
      hasPreviousPage: isContinued,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: hasOlder ? encodeCursor(oldest) : (edges.at(-1)?.cursor ?? null),
    },
  };
}

/** An instant as rows have it, within what the upstream may have rows for. */
function isInstant(text: string, newestMs: number): boolean {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(text)) return false;
  const ms = Date.parse(text);
  return ms >= Date.parse(firstDay) && ms < newestMs + HOUR_MS;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function instant(value: unknown): number | undefined {
  return typeof value === 'string' ? Date.parse(value) : undefined;
}
