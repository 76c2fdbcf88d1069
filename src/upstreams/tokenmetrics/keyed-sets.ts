import { hoursInclusive } from '../../calendar.ts';
import { orError, UpstreamError } from '../errors.ts';
import type { FetchScope, RowSet } from '../rows/row-set.ts';
import { chunk, tileNewestFirst } from '../tiling/tiling.ts';
import type { ChartName, Endpoint, Provenance } from './endpoints.ts';
import type { LifetimeOf } from './lifetimes.ts';
import { namesPerRequest, pageRows, symbolsPerRequest } from './plan.ts';
import { groupBy, type HourlyRow, type NamedRow } from './token-rows.ts';
import { allStale, joinedList, listsOf, type SetOptions, toStale } from './token-set.ts';

type Rows<Row> = readonly (Row & Provenance)[];
type Query = Readonly<Record<string, string>>;

/** One whole page of what an endpoint answers to a filter; pages count from 1. */
export interface PageKey {
  readonly query: Query;
  readonly page: number;
}

export interface ListPage<Row> {
  readonly rows: Rows<Row>;
  /** Whether nothing follows. */
  readonly isLast: boolean;
}

/** A picture, and what it is to show. */
export interface ChartKey {
  readonly name: ChartName;
  readonly query: Query;
}

const queryId = (query: Query) => JSON.stringify(Object.entries(query).sort());

/** What is read one key a request. */
function createSingleSet<Key, Value>(
  parts: Pick<RowSet<Key, Value>, 'name' | 'shape' | 'endpoint' | 'keyOf' | 'toStale'> & {
    readonly lifetimeOf: LifetimeOf;
    readonly read: (key: Key, scope: FetchScope) => Promise<Value | null>;
  },
): RowSet<Key, Value> {
  const { lifetimeOf, read, ...set } = parts;
  return {
    ...set,
    lifetimeOf: (_key, value, nowMs) => lifetimeOf({ isAbsent: value === null }, nowMs),
    chunksOf: (keys) => keys.map((key) => ({ keys: [key], requests: 1, extent: undefined })),
    requestsOf: (keys) => keys.length,
    join: () => undefined,
    fetch: (keys, scope) =>
      Promise.all(keys.map(async (key) => [key, await orError(read(key, scope))] as const)),
  };
}

/** Whole pages of a list, as the upstream orders them. */
export function createPageSet<Row extends object>(
  endpoint: Endpoint<Row>,
  { name, reads, lifetimeOf }: SetOptions,
  onRows: (rows: Rows<Row>) => void = () => {},
): RowSet<PageKey, ListPage<Row>> {
  return createSingleSet({
    name,
    shape: endpoint.row.shape,
    endpoint: endpoint.path,
    lifetimeOf,
    keyOf: ({ query, page }: PageKey) => `${page} ${queryId(query)}`,
    read: async ({ query, page }, scope) => {
      const list = await reads.listPage(endpoint, query, page, scope);
      onRows(list.rows);
      return list.rows.length === 0 ? null : list;
    },
    toStale: (list) => ({ ...list, rows: allStale(list.rows) }),
  });
}

/** What an index holds, by its id. */
export function createIndexSet<Row extends { readonly tokenId: number }>(
  endpoint: Endpoint<Row>,
  { name, reads, lifetimeOf }: SetOptions,
): RowSet<number, Rows<Row>> {
  return createSingleSet({
    name,
    shape: endpoint.row.shape,
    endpoint: endpoint.path,
    lifetimeOf,
    keyOf: String,
    read: async (id: number, scope) => {
      const rows = await reads.indexRows(endpoint, id, scope);
      return rows.length === 0 ? null : rows;
    },
    toStale: allStale,
  });
}

/** Where pictures are, by what they are to show. */
export function createChartSet({ name, reads, lifetimeOf }: SetOptions) {
  return createSingleSet({
    name,
    shape: 'chart',
    endpoint: name,
    lifetimeOf,
    keyOf: ({ name: chart, query }: ChartKey) => `${chart} ${queryId(query)}`,
    read: ({ name: chart, query }, scope) => reads.chart(chart, query, scope),
    toStale,
  });
}

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
