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
  readonly keysPerList: number;
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

/** The longest window of days that a list of so many keys can be asked for and fit one page. */
export function daysPerRequest(keys: number, { pageRows, windowDays }: PageLimits): number {
  return Math.max(1, Math.min(windowDays, Math.floor(pageRows / keys)));
}

/**
 * Covers a rectangle of keys × days with requests that each fit one page, so that a series needs no
 * second page: 100 keys × 29 days are 29 requests of 100 × 1, 3 keys × 29 days are one. Lists are of
 * one length but for the last, each asked in windows as long as it allows. Of the lengths that need
 * the fewest requests the shortest wins: a request that fails then takes the fewest keys along.
 */
export function tileSeries(keys: number, days: number, limits: PageLimits): Tiling {
  const isWithinPage = keys <= limits.pageRows && days <= daysPerRequest(keys, limits);
  return keys > 0 && days > 0 && isWithinPage
    ? { keysPerList: keys, requests: 1 }
    : bestTiling(keys, days, limits);
}

function bestTiling(keys: number, days: number, limits: PageLimits): Tiling {
  const requestsOfList = (size: number) =>
    size === 0 ? 0 : Math.ceil(days / daysPerRequest(size, limits));
  let best: Tiling = { keysPerList: 1, requests: keys * requestsOfList(1) };
  for (let size = 2; size <= Math.min(keys, limits.pageRows); size += 1) {
    const requests = Math.floor(keys / size) * requestsOfList(size) + requestsOfList(keys % size);
    if (requests < best.requests) best = { keysPerList: size, requests };
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
): { readonly keysPerList: number; readonly pagesPerList: number; readonly requests: number } {
  if (rowsPerKey >= pageRows) {
    const pagesPerList = Math.ceil(rowsPerKey / pageRows);
    return { keysPerList: 1, pagesPerList, requests: keys * pagesPerList };
  }
  const keysPerList = Math.max(1, Math.floor(pageRows / Math.max(1, rowsPerKey)));
  return { keysPerList, pagesPerList: 1, requests: Math.ceil(keys / keysPerList) };
}
