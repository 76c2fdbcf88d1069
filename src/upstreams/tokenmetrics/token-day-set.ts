import { daysInclusive } from '../../calendar.ts';
import { rectanglesOf } from '../tiling/cells.ts';
import { UpstreamError } from '../errors.ts';
import {
  cellOf,
  createDaySet,
  type DayCell,
  type DaySet,
  daysOf,
  type Limits,
} from './day-sets.ts';
import type { Endpoint } from './endpoints.ts';
import { pageLimits, pageRows } from './plan.ts';
import type { Series } from './series-reads.ts';
import { dayOfRow, type SeriesRow } from './token-rows.ts';
import { isSureOfLists, type SetOptions } from './token-set.ts';

/** The series of each token, by token id and day. */
export function createTokenDaySet<Row extends SeriesRow>(
  endpoint: Endpoint<Row>,
  { name, reads, lists, lifetimeOf }: SetOptions,
): DaySet<number, Row> {
  const whole = pageLimits(endpoint.rowsPerDay ?? 1);
  const single = { ...whole, listMax: 1 };
  const limits = () => (lists.acceptsLists(endpoint.path) ? whole : single);
  return createDaySet<number, Row>({
    name,
    endpoint,
    lifetimeOf,
    limits,
    fill: (cells, offered) =>
      isSureOfLists(endpoint, lists) ? besides(cells, offered, limits()) : [],
    read: async ({ subjects, from, to }, scope) => {
      const found = await reads.dailyRows(endpoint, subjects, { from, to }, scope);
      const days = daysOf({ from, to }).reverse();
      return subjects.flatMap((subject) => {
        const known = onDays(found.get(subject), days);
        return days.map((day, at) => [cellOf(subject, day), known[at] ?? null] as const);
      });
    },
  });
}

/** What is known of a token on each of the days, the newest first: so are its rows, all of these days. */
function onDays<Row extends SeriesRow>(
  known: Series<Row> | UpstreamError | undefined,
  days: readonly string[],
): readonly (Series<Row>['rows'] | null | UpstreamError)[] {
  if (known === undefined) return days.map(() => null);
  if (known instanceof UpstreamError) return days.map(() => known);
  const { rows } = known;
  let end = 0;
  return days.map((day) => {
    const start = end;
    for (let row = rows[end]; row !== undefined && dayOfRow(row) === day; row = rows[end]) end += 1;
    return end > start ? rows.slice(start, end) : reasonFor(known, day);
  });
}

/** Why a day has no row: of the records that could not be read, one may be of this day. */
function reasonFor<Row>({ failed, unread }: Series<Row>, day: string): UpstreamError | null {
  return failed.find(({ from, to }) => from <= day && day <= to)?.error ?? unread ?? null;
}

/**
 * Of the cells that are offered, those of tokens that fit the same page beside these: what fits a
 * page needs as many requests for one token as for all.
 */
function besides(
  cells: readonly DayCell<number>[],
  offered: readonly DayCell<number>[],
  limits: Limits,
): readonly DayCell<number>[] {
  const [rectangle, ...others] = rectanglesOf(cells, limits);
  if (rectangle === undefined || others.length > 0) return [];
  const { subjects, from, to } = rectangle;
  const seats = Math.floor(limits.pageRows / daysInclusive(from, to));
  const tokens = new Set(subjects);
  return offered.filter(({ subject, day }) => {
    if (day < from || day > to) return false;
    if (!tokens.has(subject) && tokens.size < Math.min(seats, limits.listMax ?? pageRows)) {
      tokens.add(subject);
    }
    return tokens.has(subject);
  });
}
