import { daysInclusive } from '../../calendar.ts';
import { type Cell, rectanglesOf } from '../tiling/cells.ts';
import { UpstreamError } from '../errors.ts';
import { cellsOf, createDaySet, type DaySet, type Limits } from './day-sets.ts';
import type { Endpoint, Provenance } from './endpoints.ts';
import { pageLimits, pageRows } from './plan.ts';
import type { Series } from './series-reads.ts';
import { type SeriesRow, timeOf } from './token-rows.ts';
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
    read: async (rectangle, scope) => {
      const { subjects, from, to } = rectangle;
      const found = await reads.dailyRows(endpoint, subjects, { from, to }, scope);
      const rowsOf = new Map<string, (Row & Provenance)[]>();
      for (const known of found.values()) {
        if (!(known instanceof UpstreamError)) addByDay(rowsOf, known.rows);
      }
      return [...cellsOf(rectangle)].map((cell) => {
        const known = found.get(cell.subject);
        if (known instanceof UpstreamError) return [cell, known] as const;
        const rows = rowsOf.get(`${cell.subject} ${cell.day}`);
        return [cell, rows ?? (known === undefined ? null : reasonFor(known, cell.day))] as const;
      });
    },
  });
}

/** Why a day has no row: of the records that could not be read, one may be of this day. */
function reasonFor<Row>({ failed, unread }: Series<Row>, day: string): UpstreamError | null {
  return failed.find(({ from, to }) => from <= day && day <= to)?.error ?? unread ?? null;
}

function addByDay<Row extends SeriesRow>(rowsOf: Map<string, Row[]>, rows: readonly Row[]): void {
  for (const row of rows) {
    const key = `${row.tokenId} ${timeOf(row).slice(0, 10)}`;
    const day = rowsOf.get(key);
    if (day === undefined) rowsOf.set(key, [row]);
    else day.push(row);
  }
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
