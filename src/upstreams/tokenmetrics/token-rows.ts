import { rowParser, shape } from '../shape.ts';

/** What rows have in common, by how they belong to tokens. */

export interface TokenRow {
  readonly tokenId: number;
}
export interface DailyRow extends TokenRow {
  readonly date: string;
}
export interface HourlyRow extends TokenRow {
  readonly timestamp: string;
}

/** A row that names its token in words, which several tokens may share. */
export interface NamedRow extends TokenRow {
  readonly tokenSymbol: string;
  readonly tokenName: string;
}

/** A row of a series: of a day, or of an hour. */
export type SeriesRow = DailyRow | HourlyRow;

/** The day or the instant a row is about; both sort by their text. */
export function timeOf(row: SeriesRow | { readonly date: string }): string {
  return 'timestamp' in row ? row.timestamp : row.date;
}

/** The day of a row of a series. */
export const dayOfRow = (row: SeriesRow): string => timeOf(row).slice(0, 10);

/** Of a record only the token it is about, for when the rest of it cannot be read. */
export const tokenRef = rowParser({ tokenId: shape.integer });

/** Items by what they have in common, in the order given. */
export function groupBy<Item, Key>(
  items: Iterable<Item>,
  keyOf: (item: Item) => Key,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

interface RowsByKey<Key, Row> {
  has: (key: Key) => boolean;
  set: (key: Key, row: Row) => unknown;
}

/** Takes rows into a map: of those with the same key the first. */
export function takeOnce<Key, Row>(rows: RowsByKey<Key, Row>, keyOf: (row: Row) => Key) {
  return (row: Row): boolean => {
    const key = keyOf(row);
    if (rows.has(key)) return false;
    rows.set(key, row);
    return true;
  };
}
