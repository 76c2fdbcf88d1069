/**
 * How reads are cut into requests. The client issues what these functions say and the price of an
 * operation is computed from the same functions, so an estimate cannot drift from the traffic.
 */

export interface PageLimits {
  /** Rows one page can hold. */
  readonly pageRows: number;
  /** Days one request may span, both ends counted. */
  readonly windowDays: number;
}

export interface Tiling {
  readonly keysPerTile: number;
  readonly daysPerTile: number;
  readonly requests: number;
}

/** Cuts keys into lists of at most `size`, keeping their order. */
export function chunk<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) {
    chunks.push(items.slice(start, start + size));
  }
  return chunks;
}

/**
 * Covers a rectangle of keys × days with the fewest tiles that each fit one page, so that a series
 * needs no second page: 100 keys × 29 days are 29 tiles of 100 × 1, 3 keys × 29 days are one.
 * Of equally few tilings the one with the longest window wins.
 */
export function tileSeries(keys: number, days: number, limits: PageLimits): Tiling {
  let best: Tiling = { keysPerTile: 1, daysPerTile: 1, requests: keys * days };
  for (let daysPerTile = Math.min(days, limits.windowDays); daysPerTile >= 1; daysPerTile -= 1) {
    const keysPerTile = Math.min(keys, Math.floor(limits.pageRows / daysPerTile));
    const requests = Math.ceil(keys / keysPerTile) * Math.ceil(days / daysPerTile);
    if (requests < best.requests) best = { keysPerTile, daysPerTile, requests };
  }
  return best;
}

/**
 * Tiles a series that can only be read back from its newest row, a page at a time: short spans share
 * a page between keys, a span longer than a page is one key's pages one after the other.
 */
export function tileNewestFirst(
  keys: number,
  rowsPerKey: number,
  { pageRows }: Pick<PageLimits, 'pageRows'>,
): { readonly keysPerTile: number; readonly pagesPerTile: number; readonly requests: number } {
  if (rowsPerKey >= pageRows) {
    const pagesPerTile = Math.ceil(rowsPerKey / pageRows);
    return { keysPerTile: 1, pagesPerTile, requests: keys * pagesPerTile };
  }
  const keysPerTile = Math.max(1, Math.floor(pageRows / Math.max(1, rowsPerKey)));
  return { keysPerTile, pagesPerTile: 1, requests: Math.ceil(keys / keysPerTile) };
}
