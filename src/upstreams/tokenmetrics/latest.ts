import { addDays, dayOf, startOfDay } from '../../calendar.ts';
import { UpstreamError } from '../errors.ts';
import type { Demand } from '../rows/demand.ts';
import type { Found } from '../rows/row-reader.ts';
import { allCurrent, createLoader, type DayReader, type Loader } from './batches.ts';
import { daysOf } from './day-sets.ts';
import type { Provenance } from './endpoints.ts';
import { latestDays } from './plan.ts';
import { toStale } from './token-set.ts';

let newest: { readonly today: string; readonly days: readonly string[] } | undefined;

/** The days on which the latest row may be, the newest first. */
function newestDaysOf(today: string): readonly string[] {
  if (newest?.today === today) return newest.days;
  const days = daysOf({ from: addDays(today, 1 - latestDays), to: today }).reverse();
  newest = { today, days };
  return days;
}

/** The newest row of each token of a daily series. */
export function latest<Row extends Provenance>(
  reader: DayReader<number, Row>,
  demand: Demand,
  now: () => number,
): Loader<number, Row | null> {
  const { tally } = demand;
  const rowOf = (newestFirst: readonly DayFound<Row>[]): Row | null | UpstreamError => {
    const { row, unknown, error, failed } = latestOf(newestFirst);
    if (row === undefined) return error ?? null;
    if (unknown === undefined) return row;
    if (error !== undefined) {
      if (now() - startOfDay(unknown) > demand.maxStaleMs) return error;
      // It is answered after all.
      tally.failed -= failed;
      tally.stale += 1;
    }
    return toStale(row);
  };
  return createLoader<number, Row | null, number>({
    idOf: (id) => id,
    see: (subject) => {
      const days = newestDaysOf(dayOf(now()));
      const entries = allCurrent(
        reader,
        days.map((day) => ({ subject, day })),
      );
      if (entries === undefined) return undefined;
      let found: Row | null = null;
      let isUnknown = false;
      // All are given, as when they are waited for: the answer rests on all of them.
      for (const entry of entries) {
        const rows = reader.giveCurrent(entry, demand);
        if (rows?.length === 0) isUnknown ||= found === null;
        else if (rows?.[0] !== undefined) found ??= isUnknown ? toStale(rows[0]) : rows[0];
      }
      return found;
    },
    batch: async (ids) => {
      const days = newestDaysOf(dayOf(now()));
      const cells = ids.flatMap((subject) => days.map((day) => ({ subject, day })));
      const found = await reader.read(cells, demand);
      return ids.map((subject) =>
        rowOf(days.map((day) => ({ day, rows: found.get(reader.idOf({ subject, day })) ?? null }))),
      );
    },
  });
}

interface DayFound<Row> {
  readonly day: string;
  readonly rows: Found<readonly Row[]>;
}

interface Newest<Row> {
  readonly row?: Row | undefined;
  /** The first newer day of which nothing is known that is current, and why if it was asked for. */
  readonly unknown?: string | undefined;
  readonly error?: UpstreamError | undefined;
  /** Newer days that could not be asked for. */
  readonly failed: number;
}

/**
 * The first row of the newest day that has one. Where nothing current is known of a newer day, the
 * row was the latest until that day began.
 */
function latestOf<Row>(newestFirst: readonly DayFound<Row>[]): Newest<Row> {
  let unknown: string | undefined;
  let error: UpstreamError | undefined;
  let failed = 0;
  for (const { day, rows } of newestFirst) {
    if (rows instanceof UpstreamError) {
      // Its records are there and cannot be read: an older row is not the latest.
      if (rows.kind === 'bad-data') return { error: rows, failed };
      error ??= rows;
      failed += 1;
      unknown = day;
    } else if (rows !== null && rows.length === 0) {
      unknown = day;
    } else if (rows?.[0] !== undefined) {
      return { row: rows[0], unknown, error, failed };
    }
  }
  return { unknown, error, failed };
}
