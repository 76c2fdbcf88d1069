import { hoursInclusive } from '../../calendar.ts';
import { orError, UpstreamError } from '../errors.ts';
import type { RowSet } from '../rows/row-set.ts';
import { chunk, tileNewestFirst } from '../tiling/tiling.ts';
import type { Endpoint, Provenance } from './endpoints.ts';
import type { LifetimeOf } from './lifetimes.ts';
import { namesPerRequest, pageRows, symbolsPerRequest } from './plan.ts';
import { groupBy, type HourlyRow, type NamedRow } from './token-rows.ts';
import { allStale, joinedList, listsOf, type SetOptions } from './token-set.ts';

type Rows<Row> = readonly (Row & Provenance)[];

/** What several keys are asked for with in one list, every key with all rows that fit it. */
function createListSet<Key, Row extends object, Extent>(
  parts: Pick<
    RowSet<Key, Rows<Row>, Extent>,
    'name' | 'keyOf' | 'chunksOf' | 'requestsOf' | 'join' | 'fetch'
  > & {
    readonly endpoint: Endpoint<Row>;
    readonly lifetimeOf: LifetimeOf;
  },
): RowSet<Key, Rows<Row>, Extent> {
  const { endpoint, lifetimeOf, ...set } = parts;
  return {
    ...set,
    shape: endpoint.row.shape,
    endpoint: endpoint.path,
    lifetimeOf: (_key, rows, nowMs) => lifetimeOf({ isAbsent: rows === null }, nowMs),
    toStale: allStale,
  };
}

/** Tokens by a word that several may carry, compared without case. */
export function createWordSet<Row extends NamedRow>(
  endpoint: Endpoint<Row>,
  by: 'symbol' | 'name',
  { name, reads, lifetimeOf }: SetOptions,
  onRows: (rows: Rows<Row>) => void,
): RowSet<string, Rows<Row>, number> {
  const perRequest = by === 'symbol' ? symbolsPerRequest : namesPerRequest;
  const wordOf = (row: NamedRow) =>
    (by === 'symbol' ? row.tokenSymbol : row.tokenName).toUpperCase();
  return createListSet({
    name,
    endpoint,
    lifetimeOf,
    keyOf: (word: string) => word.toUpperCase(),
    chunksOf: (words) => listsOf(words.toSorted(), perRequest),
    requestsOf: (words) => Math.ceil(words.length / perRequest),
    join: (a, b) => joinedList(a, b, perRequest),
    fetch: async (words, scope) => {
      const rows =
        by === 'symbol'
          ? await reads.symbolRows(endpoint, words, scope)
          : await reads.nameRows(endpoint, words, scope);
      onRows(rows);
      const byWord = groupBy(rows, wordOf);
      return words.map((word) => [word, byWord.get(word.toUpperCase()) ?? null] as const);
    },
  });
}

/** So many tokens since the same hour. */
interface HoursExtent {
  readonly fromMs: number;
  readonly tokens: number;
}

/** The hours of a token since an instant. */
export interface HoursKey {
  readonly tokenId: number;
  readonly range: { readonly fromMs: number };
}

/** Series that are read back from their newest hour, by token and first hour. */
export function createHoursSet<Row extends HourlyRow>(
  endpoint: Endpoint<Row>,
  { name, reads, lifetimeOf }: SetOptions,
  now: () => number,
): RowSet<HoursKey, Rows<Row>, HoursExtent> {
  const tile = (keys: number, fromMs: number) =>
    tileNewestFirst(keys, hoursInclusive(fromMs, now()), { pageRows });
  const byStart = (keys: readonly HoursKey[]) => groupBy(keys, ({ range }) => range.fromMs);

  return createListSet({
    name,
    endpoint,
    lifetimeOf,
    keyOf: ({ tokenId, range }: HoursKey) => `${tokenId} ${range.fromMs}`,
    chunksOf: (keys) =>
      [...byStart(keys)].flatMap(([fromMs, ofStart]) => {
        const { keysPerList, pagesPerList } = tile(ofStart.length, fromMs);
        return chunk(ofStart, keysPerList).map((list) => ({
          keys: list,
          requests: pagesPerList,
          extent: { fromMs, tokens: list.length },
        }));
      }),
    requestsOf: (keys) => {
      let requests = 0;
      for (const [fromMs, { length }] of byStart(keys)) requests += tile(length, fromMs).requests;
      return requests;
    },
    join: (a, b) => {
      if (a.fromMs !== b.fromMs) return undefined;
      const { keysPerList } = tile(a.tokens + b.tokens, a.fromMs);
      const tokens = joinedList(a.tokens, b.tokens, keysPerList);
      return tokens === undefined ? undefined : { ...a, tokens };
    },
    fetch: async (keys, scope) => {
      const reading = [...byStart(keys)].map(async ([fromMs, ofStart]) => {
        const ids = ofStart.map(({ tokenId }) => tokenId);
        const found = await orError(reads.hourlyRows(endpoint, ids, fromMs, scope));
        return ofStart.map((key) => {
          const known = found instanceof UpstreamError ? found : found.get(key.tokenId);
          return [key, known ?? null] as const;
        });
      });
      return (await Promise.all(reading)).flat();
    },
  });
}
