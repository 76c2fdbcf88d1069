import { daysInclusive } from '../../calendar.ts';
import { type Cell, rectanglesOf } from '../tiling/cells.ts';
import { UpstreamError } from '../errors.ts';
import { createDaySet, type DaySet, daysOf, type Limits } from './day-sets.ts';
import type { Endpoint } from './endpoints.ts';
import { pageLimits, pageRows } from './plan.ts';
import type { Series } from './series-reads.ts';
import { groupBy, type SeriesRow, timeOf } from './token-rows.ts';
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
    idOf: String,
    fill: (cells, offered) =>
      isSureOfLists(endpoint, lists) ? besides(cells, offered, limits()) : [],
    read: async ({ subjects, from, to }, scope) => {
      const found = await reads.dailyRows(endpoint, subjects, { from, to }, scope);
      const days = daysOf({ from, to });
      return subjects.flatMap((subject) => {
        const knownOn = byDay(found.get(subject));
        return days.map((day) => [{ subject, day }, knownOn(day)] as const);
      });
    },
  });
}

/** What is known of each day of a token. */
function byDay<Row extends SeriesRow>(known: Series<Row> | UpstreamError | undefined) {
  if (known === undefined) return () => null;
  if (known instanceof UpstreamError) return () => known;
  const rows = groupBy(known.rows, (row) => timeOf(row).slice(0, 10));
  return (day: string) => rows.get(day) ?? reasonFor(known, day);
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
  cells: readonly Cell<number>[],
  offered: readonly Cell<number>[],
  limits: Limits,
): readonly Cell<number>[] {
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
