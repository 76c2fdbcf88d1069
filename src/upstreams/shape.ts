import { createHash } from 'node:crypto';
import { toDay, toInstant } from './instants.ts';
import {
  type Fields,
  type Read,
  type RecordReader,
  recordReader,
  type Values,
} from './record-reader.ts';

/**
 * Lenient readers for upstream values: numbers that arrive as strings, dates in several spellings,
 * fields that are absent, null or empty. What cannot be read makes the row wrong, never the process.
 * They are plain functions, so that reading a row does not cost more than parsing its JSON.
 */

const numeral = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function number(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const text = value.trim();
    // `1e999` is Infinity, which no JSON answer can hold.
    return numeral.test(text) ? finite(Number(text)) : undefined;
  }
  return typeof value === 'number' ? finite(value) : undefined;
}

const finite = (value: number) => (Number.isFinite(value) ? value : undefined);

function integer(value: unknown): number | undefined {
  const read = number(value);
  return Number.isSafeInteger(read) ? read : undefined;
}

const anyText = (value: unknown) => (typeof value === 'string' ? value : undefined);
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
const instant = (value: unknown) => (typeof value === 'string' ? toInstant(value) : undefined);
const day = (value: unknown) => (typeof value === 'string' ? toDay(value) : undefined);

function symbol(value: unknown): string | undefined {
  const read = text(value);
  return read === undefined || isUpperCase(read) ? read : read.toUpperCase();
}

/** Sure of it: `toUpperCase` makes a new text and costs as much as the rest of a small row. */
function isUpperCase(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) >= 0x61) return false;
  return true;
}

/** `null` stands for null, undefined and the blank string alike. */
function orNull<Value>(read: Read<Value>): Read<Value | null> {
  return (value) => (isNone(value) ? null : read(value));
}

const isNone = (value: unknown) =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

function link(value: unknown): string | null | undefined {
  if (typeof value !== 'string') return undefined;
  return /^https?:\/\//.test(value) && !/\/undefined\/?$/.test(value) ? value : null;
}

function readList<Value>(values: unknown, member: Read<Value>): readonly Value[] | null {
  if (!Array.isArray(values)) return null;
  const list: Value[] = [];
  for (const value of values) {
    const read = member(value);
    if (read !== undefined) list.push(read);
  }
  return list;
}

export const shape = {
  number,
  numberOrNull: orNull(number),
  integer,
  integerOrNull: orNull(integer),
  anyText,
  text,
  /** In upper case, whatever the endpoint: `/price` alone of its upstream says `btc`. */
  symbol,
  textOrNull: orNull(anyText),
  /** A UTC instant, `2025-05-25T00:00:00.000Z`, from any of the upstreams' spellings. */
  instant,
  instantOrNull: orNull(instant),
  /** A UTC day, `2025-05-25`, from any of the upstreams' spellings. */
  day,
  dayOrNull: orNull(day),
  /** A link, or null for the upstream's `…/undefined`. */
  linkOrNull: orNull(link),
  /** A list without the members that do not fit; null when there is none. */
  listOrNull:
    <Value>(member: Read<Value>): Read<readonly Value[] | null> =>
    (values) =>
      readList(values, member),
  /** The same, empty when there is none. */
  list:
    <Value>(member: Read<Value>): Read<readonly Value[]> =>
    (values) =>
      readList(values, member) ?? [],
  /** A record within a row; its names are taken as they are. */
  object: <Named extends Fields>(fields: Named) => recordReader(fields, (name) => name),
  /** The name and value of each field of a record; empty when there is none. */
  entries: (record: unknown): readonly [string, unknown][] =>
    typeof record === 'object' && record !== null ? Object.entries(record) : [],
  /** What the first reader that fits makes of it. */
  either:
    <First, Second>(first: Read<First>, second: Read<Second>): Read<First | Second> =>
    (value) => {
      const read = first(value);
      return read === undefined ? second(value) : read;
    },
  /** What fits, made into something else. */
  map:
    <From, To>(reader: Read<From>, to: (read: From) => To): Read<To> =>
    (value) => {
      const read = reader(value);
      return read === undefined ? undefined : to(read);
    },
  /** Null for what does not fit. */
  readableOrNull:
    <Value>(reader: Read<Value>): Read<Value | null> =>
    (value) =>
      reader(value) ?? null,
};

/** One reading for `TM_GRADE_24h_PCT_CHANGE`, `tm_grade_24_h_pct_change` and `tmGrade24hPctChange`. */
export function canonicalName(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

export interface RowParser<Row> extends RecordReader<Row> {
  /** Changes with the names of a row's fields. */
  readonly shape: string;
}

/**
 * Parses one upstream record into a row with camelCase names; `undefined` when it does not fit.
 * Fields nobody asked for are ignored.
 */
export function rowParser<Named extends Fields>(fields: Named): RowParser<Values<Named>> {
  const shape = createHash('sha256').update(Object.keys(fields).sort().join()).digest('hex');
  return Object.assign(recordReader(fields, canonicalName), { shape: shape.slice(0, 8) });
}

/** The same rows with fields derived from theirs. */
export function derivedRow<Row extends object, Derived>(
  parser: RowParser<Row>,
  derive: (row: Row) => Derived,
): RowParser<Row & Derived> {
  const derived = <Whole extends Row>(read: Read<Whole>) =>
    shape.map(read, (row) => ({ ...row, ...derive(row) }));
  return Object.assign(derived(parser), {
    with: <More extends object>(more: More) => derived(parser.with(more)),
    shape: parser.shape,
  });
}
