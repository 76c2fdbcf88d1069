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

/** A row of a series: of a day, or of an hour. */
export type SeriesRow = DailyRow | HourlyRow;

/** The day or the instant a row is about; both sort by their text. */
export function timeOf(row: SeriesRow | { readonly date: string }): string {
  return 'timestamp' in row ? row.timestamp : row.date;
}

/** Of a record only the token it is about, for when the rest of it cannot be read. */
export const tokenRef = rowParser({ tokenId: shape.integer });

/** Rows by their token, in the order given. */
export function groupByToken<Row extends TokenRow>(rows: Iterable<Row>): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.tokenId);
    if (group === undefined) groups.set(row.tokenId, [row]);
    else group.push(row);
  }
  return groups;
}
