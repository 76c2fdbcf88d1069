import {
  getNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { GraphContext } from '../context.ts';
import { type FieldCost, priced } from '../pricing/field-cost.ts';
import { createFieldsOf } from '../pricing/selection.ts';
import type { Loaders } from '../upstreams/index.ts';

/**
 * Rows that hang on the id of a token alone. Where a client names the tokens itself, they are asked for
 * together with the tokens and not once those are there. The price stays what it is: all that shared a
 * request behind the tokens shares one beside them. Rows of endpoints that may have been withdrawn are
 * not among them, and those of endpoints that may not read lists only while they are known to: of a
 * token that there is not, they would have the upstream asked once more than was priced.
 */

type RowLoad<Row> = (tokenId: number, loaders: Loaders) => Row | Promise<Row>;

/** Whether the rows of so many tokens cost what was priced, even where there are no such tokens. */
type IsSure = (loaders: Loaders, tokens: number) => boolean;

interface TokenRow<Row> {
  readonly load: RowLoad<Row>;
  readonly isSure: IsSure;
}

declare module 'graphql' {
  // The names of graphql's own type parameters.

  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    /** How the row of a field of Token is loaded, and when it may be prefetched. */
    tokenRow?: TokenRow<unknown> | undefined;
  }
}

/** Options of a field of Token that is one row of its id: its price, its resolver, how it is prefetched. */
export function rowOfToken<Row>(cost: FieldCost, load: RowLoad<Row>, isSure: IsSure = () => true) {
  return {
    ...priced(cost),
    extensions: { cost, tokenRow: { load, isSure } },
    resolve: (token: { readonly tokenId: number }, _args: object, { loaders }: GraphContext) =>
      load(token.tokenId, loaders),
  };
}

/**
 * Begins to load tokens, and the rows that are selected of them below the field; resolves when all of
 * those have come, or failed. Nothing is prefetched, and `undefined` answered, where no token has to be
 * waited for: its fields ask at once.
 */
export function prefetchRows(
  tokenIds: readonly number[],
  { loaders, caller }: GraphContext,
  info: GraphQLResolveInfo,
): Promise<unknown> | undefined {
  const known = tokenIds.map((tokenId) => loaders.tokenMetrics.token.load(tokenId));
  if (!known.some((token) => token instanceof Promise)) return undefined;
  // A token that is known already waits for the others of its list, so its rows go with theirs.
  const present = tokenIds.filter((_tokenId, index) => known[index] !== null);
  const rows = [...selectedRows(info, caller.scopes)].filter(({ isSure }) =>
    isSure(loaders, present.length),
  );
  if (rows.length === 0) return undefined;
  const begin = ({ load }: TokenRow<unknown>, tokenId: number) =>
    new Promise((begun) => begun(load(tokenId, loaders)));
  // Loaders remember: the field that needs a row is told of its failure.
  return Promise.allSettled(rows.flatMap((row) => present.map((tokenId) => begin(row, tokenId))));
}

/**
 * What was found under an id. Where nothing was, nobody waits for its rows, which are paid for all the
 * same: that is told after them, so that the answer tells all that it has spent.
 */
export function toldAfter<T>(found: T | Error, rows: Promise<unknown> | undefined): T;
export function toldAfter(found: unknown, rows: Promise<unknown> | undefined): unknown {
  if (rows === undefined || (found !== null && !(found instanceof Error))) return found;
  return rows.then(() => found);
}

/** The rows that the caller is going to be given of the tokens below a field. */
function selectedRows(info: GraphQLResolveInfo, scopes: ReadonlySet<string>) {
  const { schema, fragments, variableValues } = info;
  const document = { kind: Kind.DOCUMENT, definitions: Object.values(fragments) } as const;
  const fieldsOf = createFieldsOf(schema, document, variableValues);
  const tokenType = schema.getType('Token');
  const rows = new Set<TokenRow<unknown>>();

  function visit(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): void {
    for (const nodes of fieldsOf(type, selectionSets).values()) {
      const field = type.getFields()[nodes[0].name.value];
      if (field === undefined) continue;
      const { tokenRow, cost } = field.extensions;
      if (tokenRow !== undefined && isGiven(cost, scopes)) rows.add(tokenRow);
      const below = getNamedType(field.type);
      // On the way to the tokens are the fields of a connection.
      if (type !== tokenType && isObjectType(below)) visit(below, selectionSetsOf(nodes));
    }
  }

  const type = getNamedType(info.returnType);
  // `Node` is a token where the id says so.
  const top = isObjectType(type) ? type : tokenType;
  if (isObjectType(top)) visit(top, selectionSetsOf(info.fieldNodes));
  return rows;
}

const selectionSetsOf = (nodes: GraphQLResolveInfo['fieldNodes']) =>
  nodes.flatMap(({ selectionSet }) => selectionSet ?? []);

/** A field that is forbidden reads nothing, and one under a limit may be refused. */
const isGiven = (cost: FieldCost | undefined, scopes: ReadonlySet<string>) =>
  (cost?.scope === undefined || scopes.has(cost.scope)) && cost?.rateLimit === undefined;
