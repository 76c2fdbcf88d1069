import type { GraphQLResolveInfo } from 'graphql';
import type { GraphContext } from '../context.ts';
import { badUserInput } from '../errors.ts';
import type { Arguments } from '../pricing/field-cost.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { decodeNodeId } from './global-id.ts';
import { firstOf, itemsPerPage } from './page-size.ts';
import { connectionOf } from './pages.ts';
import { prefetchRows, toldAfter } from './prefetch.ts';
import type { TokenNode } from './token.ts';

/** Pages of a list of ids that a client names itself. */

/** The ids of one page of `(ids, first, after)`, with their positions. */
export function idsOf(args: Arguments, ids: readonly string[]) {
  if (ids.length > itemsPerPage.max) {
    throw badUserInput('ids', `has ${ids.length} members: expected ${itemsPerPage.max} at most.`);
  }
  const cursor = decodeCursor(args, (key) => /^\d{1,7}$/.test(key));
  const start = cursor === undefined ? 0 : Number(cursor) + 1;
  const first = typeof args['first'] === 'number' ? firstOf(args, itemsPerPage) : ids.length;
  const end = Math.min(start + first, ids.length);
  return {
    items: ids
      .slice(start, end)
      .map((id, index) => ({ position: start + index, tokenId: decodeNodeId(id, 'Token', 'ids') })),
    hasPreviousPage: start > 0,
    hasNextPage: end < ids.length,
  };
}

/** The tokens of a page, in the order of the ids; null where there is none. At once where all are known. */
export function tokensById(
  args: Arguments,
  ids: readonly string[],
  context: GraphContext,
  info: GraphQLResolveInfo,
) {
  const { items, ...surroundings } = idsOf(args, ids);
  const tokenIds = items.map(({ tokenId }) => tokenId);
  const connectionWith = (
    rows: readonly (TokenNode | Error | null)[],
    prefetched?: Promise<unknown>,
  ) => {
    const edges = items.map(({ position }, index) => {
      const node = toldAfter<TokenNode | null>(rows[index] ?? null, prefetched);
      return new PositionEdge(node, position);
    });
    return connectionOf<TokenNode | null>(edges, surroundings);
  };
  const rows = context.loaders.tokenMetrics.token.loadMany(tokenIds);
  if (!(rows instanceof Promise)) return connectionWith(rows);
  const prefetched = prefetchRows(tokenIds, context, info);
  if (prefetched?.isAll !== true) {
    return rows.then((arrived) => connectionWith(arrived, prefetched?.rows));
  }
  // Nothing of the list can be told before: one wait for all of it, and all of its fields answer at once.
  return Promise.all([rows, prefetched.rows]).then(([arrived]) => connectionWith(arrived));
}

/** An edge whose cursor is made when it is asked for. */
class PositionEdge {
  readonly node: TokenNode | null;
  readonly #position: number;

  constructor(node: TokenNode | null, position: number) {
    this.node = node;
    this.#position = position;
  }

  get cursor(): string {
    return encodeCursor(String(this.#position));
  }
}
