import { tileNewestFirst, tileSeries } from '../tiling/tiling.ts';

/** The arithmetic of this upstream's pages; `reads.ts` sends what is planned here. */

/** The largest page, and the longest list of ids that can fill one. */
export const pageRows = 100;

/** Without a `limit` the upstream answers this many rows; some endpoints may not know the parameter. */
export const defaultPageRows = 50;

/** The longest date range of one request, both ends counted. */
export const windowDays = 29;

/**
 * The newest row of a daily series may be up to two days old: today's is not there before the
 * upstream's daily run.
 */
export const latestDays = 3;

/** Tokens that may share one symbol, as far as a price must allow for. */
export const tokensPerSymbolMax = 20;

/**
 * Symbols of one request: as many as are sure to fit its page, which also bounds the URL whatever
 * symbols are asked for.
 */
export const symbolsPerRequest = Math.floor(pageRows / tokensPerSymbolMax);

/** Tokens that may share one name, as far as a price must allow for. */
export const tokensPerNameMax = 4;
export const namesPerRequest = Math.floor(pageRows / tokensPerNameMax);

/** What of an endpoint decides how many requests a read needs. */
export interface ReadTraits {
  /** Whether several ids can be asked for at once. */
  readonly lists: boolean;
  /** Rows of one token and day; 1 unless told. */
  readonly rowsPerDay?: number | undefined;
  /** Members of the list that is read one by one, once it was seen whole. */
  readonly listed?: number | undefined;
}

/** The page as a series sees it: days instead of rows. */
export function pageLimits(rowsPerDay: number) {
  return { pageRows: Math.floor(pageRows / rowsPerDay), windowDays };
}

/** How much is to be read of one endpoint. */
export interface Read {
  readonly kind: 'one' | 'latest' | 'daily' | 'hourly' | 'symbol' | 'name' | 'each' | 'pages';
  /** Tokens or indices asked for; symbols for `symbol`, names for `name`, lists for `pages`; the most
   * there may be of a list for `each`. */
  readonly keys: number;
  /** How much of each: days for `daily`, hours for `hourly`, pages for `pages`; 1 for the others. */
  readonly span: number;
}

/** The requests a read needs at worst. */
export function requestsFor(
  { kind, keys, span }: Read,
  { lists, rowsPerDay = 1, listed }: ReadTraits,
): number {
  if (keys === 0 || span === 0) return 0;
  const seriesRequests = (tokens: number, days: number) => {
    const limits = pageLimits(rowsPerDay);
    return lists
      ? tileSeries(tokens, days, limits).requests
      : tokens * tileSeries(1, days, limits).requests;
  };
  switch (kind) {
    case 'one':
      return Math.ceil(keys / (lists ? pageRows : 1));
    case 'latest':
      return seriesRequests(keys, latestDays);
    case 'daily':
      return seriesRequests(keys, span);
    case 'hourly':
      return tileNewestFirst(keys, span, { pageRows }).requests;
    case 'symbol':
      return Math.ceil(keys / symbolsPerRequest);
    case 'name':
      return Math.ceil(keys / namesPerRequest);
    case 'each':
      return Math.min(keys, listed ?? keys);
    case 'pages':
      return keys * span;
  }
}
