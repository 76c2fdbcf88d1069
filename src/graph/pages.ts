import type { Arguments } from '../pricing/field-cost.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { firstOf, itemsPerPage } from './page-size.ts';

/**
 * Connections over an upstream that numbers its pages. Whole pages of 100 are asked for and sliced,
 * so that paging on in small steps stays within a page that was read already.
 */
const upstreamPageRows = 100;

/** Positions count from 0 in the upstream's order. */
export interface Slice {
  readonly start: number;
  readonly end: number;
  /** Numbers of the upstream's pages that hold it, from 1. */
  readonly pages: readonly number[];
}

/** The rows that `(first, after)` ask for, and the pages they are on. */
export function sliceOf(args: Arguments): Slice {
  const first = firstOf(args, itemsPerPage);
  const cursor = decodeCursor(args, (key) => /^\d{1,7}$/.test(key));
  const start = cursor === undefined ? 0 : Number(cursor) + 1;
  const end = start + first;
  const pages: number[] = [];
  for (let page = Math.floor(start / upstreamPageRows); page * upstreamPageRows < end; page += 1) {
    pages.push(page + 1);
  }
  return { start, end, pages };
}

export interface LoadedPage<Row> {
  readonly rows: readonly Row[];
  readonly isLast: boolean;
}

/** Loads the pages of a slice and cuts it out; rows that two pages both hold appear once. */
export async function pageConnection<Row, Node>(
  args: Arguments,
  {
    load,
    keyOf,
    nodeOf,
  }: {
    readonly load: (page: number) => LoadedPage<Row> | Promise<LoadedPage<Row>>;
    readonly keyOf: (row: Row) => string | number;
    readonly nodeOf: (row: Row) => Node;
  },
) {
  const { start, end, pages } = sliceOf(args);
  const loaded = await Promise.all(
    pages.map(async (number) => ({ number, ...(await load(number)) })),
  );
  const seen = new Set<string | number>();
  const edges: { readonly cursor: string; readonly node: Node }[] = [];
  let hasMore = false;
  for (const { number, rows, isLast } of loaded) {
    rows.forEach((row, index) => {
      const position = (number - 1) * upstreamPageRows + index;
      if (position >= end) hasMore = true;
      if (position < start || position >= end || seen.has(keyOf(row))) return;
      seen.add(keyOf(row));
      edges.push({ cursor: encodeCursor(String(position)), node: nodeOf(row) });
    });
    // A full page may be followed by another; only asking would tell, and that costs a credit.
    if (!isLast && number * upstreamPageRows >= end) hasMore = true;
  }
  const page = connectionOf(edges, { hasNextPage: hasMore, hasPreviousPage: start > 0 });
  // A slice whose rows could all not be read is empty, and must not send a client back to the start.
  if (hasMore && edges.length === 0) page.pageInfo.endCursor = encodeCursor(String(end - 1));
  return page;
}

/** Execution takes an error among the items of a list for that item alone; its types do not say so. */
export function errorAsValue<T>(value: T | Error): T;
export function errorAsValue(value: unknown): unknown {
  return value;
}

/** Edges and what is known of their surroundings, as Relay wants them. */
export function connectionOf<Node>(
  edges: readonly { readonly cursor: string; readonly node: Node }[],
  surroundings: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean },
) {
  return {
    edges: [...edges],
    pageInfo: {
      ...surroundings,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
