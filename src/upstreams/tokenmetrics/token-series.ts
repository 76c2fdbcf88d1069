import { type SeriesRow, timeOf } from './token-rows.ts';

/** Rows of series by their token, each time and part of a time once: of several rows the first. */
export class TokenSeries<Row extends SeriesRow> {
  /** Rows of all tokens. */
  size = 0;
  readonly #byToken = new Map<number, Map<string, Row>>();

  /** False for a row that is there already. */
  take(row: Row): boolean {
    const known = this.#byToken.get(row.tokenId);
    const rows = known ?? new Map<string, Row>();
    if (known === undefined) this.#byToken.set(row.tokenId, rows);
    const key = keyOf(row);
    if (rows.has(key)) return false;
    rows.set(key, row);
    this.size += 1;
    return true;
  }

  /** The rows of a token as they came. */
  of(tokenId: number): readonly Row[] {
    const rows = this.#byToken.get(tokenId);
    return rows === undefined ? [] : [...rows.values()];
  }
}

/** Newest first, and rows of one time in the order they came. */
export function newestFirst<Row extends SeriesRow>(rows: readonly Row[]): readonly Row[] {
  if (isNewestFirst(rows)) return rows;
  return rows.toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : timeOf(a) > timeOf(b) ? -1 : 0));
}

/** As rows nearly always come. */
function isNewestFirst(rows: readonly SeriesRow[]): boolean {
  let before: string | undefined;
  for (const row of rows) {
    const time = timeOf(row);
    if (before !== undefined && before < time) return false;
    before = time;
  }
  return true;
}

/** Of a row of which a time may have several: trend indicators have one for each indicator. */
function keyOf(row: SeriesRow): string {
  const time = timeOf(row);
  return 'indicator' in row ? `${time} ${String(row.indicator)}` : time;
}
