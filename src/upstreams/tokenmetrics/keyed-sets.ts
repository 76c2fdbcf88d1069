import { orError } from '../errors.ts';
import type { FetchScope, RowSet } from '../rows/row-set.ts';
import type { ChartName, Endpoint, Provenance } from './endpoints.ts';
import type { LifetimeOf } from './lifetimes.ts';
import { allStale, type SetOptions, toStale } from './token-set.ts';

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
