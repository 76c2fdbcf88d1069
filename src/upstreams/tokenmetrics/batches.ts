import DataLoader from 'dataloader';
import { addDays, type DayRange, dayOf, startOfDay } from '../../calendar.ts';
import { UpstreamError } from '../errors.ts';
import type { Cell } from '../tiling/cells.ts';
import type { Demand } from '../rows/demand.ts';
import type { Found, RowReader } from '../rows/row-reader.ts';
import { daysOf } from './day-sets.ts';
import type { Provenance } from './endpoints.ts';
import { latestDays } from './plan.ts';
import { groupBy } from './token-rows.ts';
import { toStale } from './token-set.ts';

/**
 * The kinds of loaders: what their keys are and which rows those need. All keys of a tick are one
 * batch and resolve together: what is loaded behind them is then one batch again.
 */

/** One value a key; absent ones are null. */
export function byKey<Key, Value, Id>(
  reader: RowReader<Key, Value>,
  demand: Demand,
  cacheKeyFn: (key: Key) => Id,
) {
  return new DataLoader<Key, Value | null, Id>(
    async (keys) => {
      const found = await reader.read(keys, demand);
      return keys.map((key) => found.get(reader.idOf(key)) ?? null);
    },
    { cacheKeyFn },
  );
}

/** All rows of a key; none where there are none. */
export function rowsByKey<Key, Row>(reader: RowReader<Key, readonly Row[]>, demand: Demand) {
  return new DataLoader<Key, readonly Row[], string>(
    async (keys) => {
      const found = await reader.read(keys, demand);
      return keys.map((key) => found.get(reader.idOf(key)) ?? []);
    },
    { cacheKeyFn: reader.idOf },
  );
}

export type DayReader<Subject, Row> = RowReader<Cell<Subject>, readonly Row[]>;

/** The rows of a range of days, newest first. Subjects of one range are asked for together. */
export function byRange<Key extends { readonly range: DayRange }, Subject, Row>(
  reader: DayReader<Subject, Row>,
  demand: Demand,
  subjectOf: (key: Key) => Subject,
) {
  return new DataLoader<Key, readonly Row[], string>(
    async (keys) => {
      const series = new Map<Key, readonly Row[] | UpstreamError>();
      const readAll = async (ofRange: readonly Key[]) => {
        const days = ofRange[0] === undefined ? [] : daysOf(ofRange[0].range).reverse();
        const cellsOf = (key: Key) => {
          const subject = subjectOf(key);
          return days.map((day) => ({ subject, day }));
        };
        const found = await reader.read(ofRange.flatMap(cellsOf), demand);
        for (const key of ofRange) {
          series.set(
            key,
            seriesOf(cellsOf(key).map((cell) => found.get(reader.idOf(cell)) ?? null)),
          );
        }
      };
      const ranges = groupBy(keys, ({ range }) => rangeId(range));
      await Promise.all([...ranges.values()].map(readAll));
      return keys.map((key) => series.get(key) ?? []);
    },
    { cacheKeyFn: (key) => `${String(subjectOf(key))} ${rangeId(key.range)}` },
  );
}

const rangeId = ({ from, to }: DayRange) => `${from} ${to}`;

/**
 * The rows of all days. A day that could not be asked for makes the series unknown; one whose records
 * could not be read is a gap in it, unless there is nothing else.
 */
function seriesOf<Row>(days: readonly Found<readonly Row[]>[]): readonly Row[] | UpstreamError {
  const rows: Row[] = [];
  let unread: UpstreamError | undefined;
  for (const day of days) {
    if (!(day instanceof UpstreamError)) rows.push(...(day ?? []));
    else if (day.kind === 'bad-data') unread = day;
    else return day;
  }
  return unread !== undefined && rows.length === 0 ? unread : rows;
}

/** The newest row of each token of a daily series. */
export function latest<Row extends Provenance>(
  reader: DayReader<number, Row>,
  demand: Demand,
  now: () => number,
) {
  const { tally } = demand;
  return new DataLoader<number, Row | null>(async (ids) => {
    const nowMs = now();
    const today = dayOf(nowMs);
    const days = daysOf({ from: addDays(today, 1 - latestDays), to: today }).reverse();
    const cells = ids.flatMap((subject) => days.map((day) => ({ subject, day })));
    const found = await reader.read(cells, demand);
    return ids.map((subject) => {
      const newest = latestOf(
        days.map((day) => ({ day, rows: found.get(reader.idOf({ subject, day })) ?? null })),
      );
      const { row, unknown, error, failed } = newest;
      if (row === undefined) return error ?? null;
      if (unknown === undefined) return row;
      if (error !== undefined) {
        if (nowMs - startOfDay(unknown) > demand.maxStaleMs) return error;
        // It is answered after all.
        tally.failed -= failed;
        tally.stale += 1;
      }
      return toStale(row);
    });
  });
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
function latestOf<Row>(
  newestFirst: readonly { readonly day: string; readonly rows: Found<readonly Row[]> }[],
): Newest<Row> {
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
