import type { Chunk, RowSet } from '../rows/row-set.ts';
import { chunk } from '../tiling/tiling.ts';
import type { Endpoint, Provenance } from './endpoints.ts';
import type { LifetimeOf } from './lifetimes.ts';
import type { ListReader } from './lists.ts';
import { defaultPageRows, pageRows } from './plan.ts';
import type { TokenMetricsReads } from './reads.ts';
import type { TokenRow } from './token-rows.ts';

export interface SetOptions {
  readonly name: string;
  readonly reads: TokenMetricsReads;
  readonly lists: ListReader;
  readonly lifetimeOf: LifetimeOf;
}

/** Rows of an endpoint that has one for each token, by token id. */
export function createTokenSet<Row extends TokenRow>(
  endpoint: Endpoint<Row>,
  { name, reads, lists, lifetimeOf }: SetOptions,
): RowSet<number, Row & Provenance, number> {
  const { path } = endpoint;
  const listMax = () => (lists.acceptsLists(path) ? pageRows : 1);
  /** Tokens nobody asked for are seated only where they are sure to cost nothing. */
  const seatsMax = sureRowsOf(endpoint);

  return {
    name,
    shape: endpoint.row.shape,
    endpoint: path,
    keyOf: String,
    lifetimeOf: (_id, row, nowMs) => lifetimeOf({ isAbsent: row === null }, nowMs),
    chunksOf: (ids) =>
      // Sorted, so that the same tokens make the same request whatever order they were named in.
      listsOf(ids.toSorted(ascending), listMax()),
    requestsOf: (ids) => Math.ceil(ids.length / listMax()),
    join: (a, b) => joinedList(a, b, listMax()),
    fill: (ids, offered) =>
      isSureOfLists(endpoint, lists) ? offered.slice(0, Math.max(0, seatsMax - ids.length)) : [],
    fetch: (ids, scope) => reads.tokenRows(endpoint, ids, scope),
    toStale,
  };
}

/** Whether an endpoint is known to read lists, so that a longer one costs no more than a short one. */
export const isSureOfLists = (
  { path, listsUnproven }: Pick<Endpoint, 'path' | 'listsUnproven'>,
  lists: ListReader,
): boolean => listsUnproven !== true || lists.readsLists(path) === true;

/** Rows of one request that are sure to come. */
const sureRowsOf = ({ limitUnproven }: Pick<Endpoint, 'limitUnproven'>) =>
  limitUnproven === true ? defaultPageRows : pageRows;

/** Whether so many ids take one request, whatever tokens there are: no answer raises a doubt. */
export const isSureOfOneRequest = (
  endpoint: Omit<Endpoint, 'row'>,
  ids: number,
  lists: ListReader,
): boolean =>
  endpoint.withdrawnSince === undefined &&
  ids <= sureRowsOf(endpoint) &&
  isSureOfLists(endpoint, lists);

/** Lists of one request each. */
export const listsOf = <Key>(keys: readonly Key[], listMax: number): Chunk<Key, number>[] =>
  chunk(keys, listMax).map((list) => ({ keys: list, requests: 1, extent: list.length }));

/** How long two lists are as one, where they fit one request. */
export function joinedList(a: number, b: number, listMax: number): number | undefined {
  return a + b > listMax ? undefined : a + b;
}

const ascending = (a: number, b: number) => a - b;

/** A row that says of itself that its lifetime is over. */
export const toStale = <Row extends object>(row: Row): Row => ({ ...row, isStale: true });

/** The same of all rows. */
export const allStale = <Row extends object>(rows: readonly Row[]): readonly Row[] =>
  rows.map(toStale);
