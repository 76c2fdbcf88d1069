import { addDays, dayOf, startOfDay } from '../../calendar.ts';
import { remembering } from '../../remembering.ts';
import { UpstreamError } from '../errors.ts';
import type { Demand } from '../rows/demand.ts';
import type { Entry } from '../rows/entry.ts';
import type { Found } from '../rows/row-reader.ts';
import { allCurrent, type DayReader } from './batches.ts';
import { cellOf, type DayCell, daysOf } from './day-sets.ts';
import type { Provenance } from './endpoints.ts';
import { createLoader, type Loader } from './loader.ts';
import { latestDays } from './plan.ts';
import { toStale } from './token-set.ts';

type CellsOf = (subject: number) => readonly DayCell<number>[];

/** The days on which a latest row may be, the newest first, and those of a token. */
interface Newest {
  readonly days: readonly string[];
  readonly cellsOf: CellsOf;
}

let newest: (Newest & { readonly today: string }) | undefined;

function newestOn(today: string): Newest {
  if (newest?.today === today) return newest;
  const days = daysOf({ from: addDays(today, 1 - latestDays), to: today }).reverse();
  const cellsOf = remembering((subject: number) => days.map((day) => cellOf(subject, day)));
  newest = { today, days, cellsOf };
  return newest;
}

/** What was in memory of a token a moment ago: its newest row, and what that rests on. */
interface Seen<Row> {
  /** The second in which it was looked up; memory is to know what is in use. */
  readonly second: number;
  readonly entries: readonly Entry<readonly Row[]>[];
  readonly row: Row | null;
}

/** The newest rows of a daily series that were in memory a moment ago, by token. */
export type SeenRows<Row> = Map<number, Seen<Row>>;

const seenMax = 5000;

/** The newest row of each token of a daily series. */
export function latest<Row extends Provenance>(
  reader: DayReader<number, Row>,
  demand: Demand,
  rows: SeenRows<Row> = new Map(),
): Loader<number, Row | null> {
  const { tally } = demand;
  const { now } = reader;
  const rowOf = (
    days: readonly string[],
    found: readonly Found<readonly Row[]>[],
  ): Row | null | UpstreamError => {
    const { row, unknown, error, failed } = latestOf(days, found);
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
  const look = (subject: number, nowMs: number): Seen<Row> | undefined => {
    const entries = allCurrent(reader, newestOn(dayOf(nowMs)).cellsOf(subject), nowMs);
    if (entries === undefined) return undefined;
    const found = { second: secondOf(nowMs), entries, row: newestIn(entries) };
    if (rows.size >= seenMax) rows.clear();
    rows.set(subject, found);
    return found;
  };
  return createLoader<number, Row | null, number>({
    idOf: (id) => id,
    now,
    tally,
    see: (subject, nowMs) => {
      const known = rows.get(subject);
      const isGood = known?.second === secondOf(nowMs) && known.entries.every(isCurrentAt(nowMs));
      const found = isGood ? known : look(subject, nowMs);
      if (found === undefined) return undefined;
      // All are given, as when they are waited for: the answer rests on all of them.
      for (const entry of found.entries) reader.giveCurrent(entry, demand, nowMs);
      return found.row;
    },
    batch: async (ids) => {
      const { days, cellsOf } = newestOn(dayOf(now()));
      const found = await reader.read(ids.flatMap(cellsOf), demand);
      return ids.map((_id, at) => rowOf(days, found.slice(at * latestDays, (at + 1) * latestDays)));
    },
  });
}

const secondOf = (ms: number) => Math.floor(ms / 1000);

const isCurrentAt = (nowMs: number) => (entry: Entry) =>
  entry.mark?.isCurrent === true && nowMs <= entry.freshUntilMs;

/** The newest row of days of which all is known, the newest day first. */
function newestIn<Row extends object>(days: readonly Entry<readonly Row[]>[]): Row | null {
  let isUnknown = false;
  for (const { value } of days) {
    if (value?.[0] !== undefined) return isUnknown ? toStale(value[0]) : value[0];
    if (value !== null) isUnknown = true;
  }
  return null;
}

interface Latest<Row> {
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
  newestFirst: readonly string[],
  found: readonly Found<readonly Row[]>[],
): Latest<Row> {
  let unknown: string | undefined;
  let error: UpstreamError | undefined;
  let failed = 0;
  let at = -1;
  for (const day of newestFirst) {
    at += 1;
    const rows = found[at] ?? null;
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
