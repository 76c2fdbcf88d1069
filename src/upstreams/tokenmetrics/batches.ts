import type { DayRange } from '../../calendar.ts';
import { UpstreamError } from '../errors.ts';
import type { Demand } from '../rows/demand.ts';
import type { Entry } from '../rows/entry.ts';
import type { Found, RowReader } from '../rows/row-reader.ts';
import { cellOf, type DayCell, daysOf } from './day-sets.ts';
import { createLoader, type Loader } from './loader.ts';
import { groupBy } from './token-rows.ts';

/** The kinds of loaders: what their keys are and which rows those need. */

/** One value a key; absent ones are null. */
export function byKey<Key, Value, Id>(
  reader: RowReader<Key, Value>,
  demand: Demand,
  idOf: (key: Key) => Id,
): Loader<Key, Value | null> {
  return valuesByKey<Key, Value, Value | null, Id>(reader, demand, null, idOf);
}

/** All rows of a key; none where there are none. */
export function rowsByKey<Key, Row>(reader: RowReader<Key, readonly Row[]>, demand: Demand) {
  return valuesByKey<Key, readonly Row[], readonly Row[], string>(reader, demand, [], reader.idOf);
}

/** One value a key, and something else for the absent ones. */
export function valuesByKey<Key, Value extends Answer, Answer, Id>(
  reader: RowReader<Key, Value>,
  demand: Demand,
  absent: Answer,
  idOf: (key: Key) => Id,
): Loader<Key, Answer> {
  return createLoader<Key, Answer, Id>({
    idOf,
    now: reader.now,
    tally: demand.tally,
    see: (key, nowMs) => {
      const entry = reader.current(key, nowMs);
      return entry && (reader.giveCurrent(entry, demand, nowMs) ?? absent);
    },
    batch: async (keys) => {
      const found = await reader.read(keys, demand);
      return found.map((value) => value ?? absent);
    },
  });
}

export type DayReader<Subject, Row> = RowReader<DayCell<Subject>, readonly Row[]>;

/** What is known of all cells, if all of it is in memory and current. */
export function allCurrent<Subject, Row>(
  reader: DayReader<Subject, Row>,
  cells: readonly DayCell<Subject>[],
  nowMs: number,
): Entry<readonly Row[]>[] | undefined {
  const entries: Entry<readonly Row[]>[] = [];
  for (const cell of cells) {
    const entry = reader.current(cell, nowMs);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}

/** The rows of a range of days, newest first. Subjects of one range are asked for together. */
export function byRange<
  Key extends { readonly range: DayRange },
  Subject extends string | number,
  Row,
>(reader: DayReader<Subject, Row>, demand: Demand, subjectOf: (key: Key) => Subject) {
  const cellsOf = (key: Key) => {
    const subject = subjectOf(key);
    return daysOf(key.range)
      .reverse()
      .map((day) => cellOf(subject, day));
  };
  return createLoader<Key, readonly Row[], string>({
    idOf: (key) => `${String(subjectOf(key))} ${rangeId(key.range)}`,
    now: reader.now,
    tally: demand.tally,
    see: (key, nowMs) => {
      const entries = allCurrent(reader, cellsOf(key), nowMs);
      return entries?.flatMap((entry) => reader.giveCurrent(entry, demand, nowMs) ?? []);
    },
    batch: async (keys) => {
      const series = new Map<Key, readonly Row[] | UpstreamError>();
      const readAll = async (ofRange: readonly Key[]) => {
        const found = await reader.read(ofRange.flatMap(cellsOf), demand);
        const days = found.length / ofRange.length;
        for (const [at, key] of ofRange.entries()) {
          series.set(key, seriesOf(found.slice(at * days, (at + 1) * days)));
        }
      };
      const ranges = groupBy(keys, ({ range }) => rangeId(range));
      await Promise.all([...ranges.values()].map(readAll));
      return keys.map((key) => series.get(key) ?? []);
    },
  });
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
