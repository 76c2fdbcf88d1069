import {
  getNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  isAbstractType,
  isObjectType,
  Kind,
} from 'graphql';
import type { GraphContext } from '../context.ts';
import { type FieldCost, priced } from '../pricing/field-cost.ts';
import { createFieldsOf } from '../pricing/selection.ts';
import type { Loaders } from '../upstreams/index.ts';
import type { Loader } from '../upstreams/tokenmetrics/loader.ts';

/**
 * Rows that hang on the id of a token alone. Where a client names the tokens itself, they are asked for
 * together with the tokens and not once those are there. The price stays what it is: all that shared a
 * request behind the tokens shares one beside them. Rows of endpoints that may have been withdrawn are
 * not among them, and those of endpoints that may not read lists only while they are known to: of a
 * token that there is not, they would have the upstream asked once more than was priced.
 */

type RowLoader<Row> = Pick<Loader<number, Row>, 'load' | 'loadMany'>;
type RowLoaderOf<Row> = (loaders: Loaders) => RowLoader<Row>;

/** Whether the rows of so many tokens cost what was priced, even where there are no such tokens. */
type IsSure = (loaders: Loaders, tokens: number) => boolean;

interface TokenRow<Row> {
  readonly loaderOf: RowLoaderOf<Row>;
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
export function rowOfToken<Row>(
  cost: FieldCost,
  loaderOf: RowLoaderOf<Row>,
  isSure: IsSure = () => true,
) {
  return {
    ...priced(cost),
    extensions: { cost, tokenRow: { loaderOf, isSure } },
    resolve: (token: { readonly tokenId: number }, _args: object, { loaders }: GraphContext) =>
      loaderOf(loaders).load(token.tokenId),
  };
}

export interface Prefetched {
  /** Resolves when all rows have come, or failed. */
  readonly rows: Promise<unknown>;
  /** Whether nothing else is going to be read below the tokens. */
  readonly isAll: boolean;
}

/**
 * Begins to load tokens, and the rows that are selected of them below the field. Nothing is prefetched,
 * and `undefined` answered, where no token has to be waited for: its fields ask at once.
 */
export function prefetchRows(
  tokenIds: readonly number[],
  { loaders, caller }: GraphContext,
  info: GraphQLResolveInfo,
): Prefetched | undefined {
  const { token } = loaders.tokenMetrics;
  if (!(token.loadMany(tokenIds) instanceof Promise)) return undefined;
  // A token that is known already waits for the others of its list, so its rows go with theirs.
  const present = tokenIds.filter((tokenId) => token.known(tokenId) !== null);
  const selected = selectedBelow(info);
  const allowed = selected.rows.filter(
    ({ scope }) => scope === undefined || caller.scopes.has(scope),
  );
  const rows = allowed.filter(({ isSure }) => isSure(loaders, present.length));
  if (rows.length === 0) return undefined;
  return {
    // Loaders remember: the field that needs a row is told of its failure.
    rows: Promise.allSettled(rows.map(async ({ loaderOf }) => loaderOf(loaders).loadMany(present))),
    isAll: !selected.hasOthers && rows.length === allowed.length,
  };
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

/** What is selected of tokens below a field. */
interface Selected {
  readonly rows: readonly (TokenRow<unknown> & Pick<FieldCost, 'scope'>)[];
  /** Whether fields are selected that read something else, or only if a limit allows it. */
  readonly hasOthers: boolean;
}

/** Compiled operations give the same nodes each time that the same is selected. */
const known = new WeakMap<GraphQLResolveInfo['fieldNodes'], Selected>();

function selectedBelow(info: GraphQLResolveInfo): Selected {
  const selected = known.get(info.fieldNodes) ?? select(info);
  known.set(info.fieldNodes, selected);
  return selected;
}

function select({ schema, fragments, variableValues, returnType, fieldNodes }: GraphQLResolveInfo) {
  const document = { kind: Kind.DOCUMENT, definitions: Object.values(fragments) } as const;
  const fieldsOf = createFieldsOf(schema, document, variableValues);
  const tokenType = schema.getType('Token');
  const rows = new Map<TokenRow<unknown>, Selected['rows'][number]>();
  let hasOthers = false;

  function visit(type: GraphQLObjectType, nodes: FieldNodes, isBelowToken: boolean): void {
    for (const found of fieldsOf(type, selectionSetsOf(nodes)).values()) {
      const field = type.getFields()[found[0].name.value];
      if (field === undefined) continue;
      const { tokenRow, cost } = field.extensions;
      const isRow = tokenRow !== undefined && cost?.rateLimit === undefined;
      if (isRow && type === tokenType && !isBelowToken) {
        rows.set(tokenRow, { ...tokenRow, scope: cost?.scope });
      } else if (cost?.reads !== undefined) hasOthers = true;
      const below = getNamedType(field.type);
      if (isObjectType(below)) visit(below, found, isBelowToken || type === tokenType);
      else if (isAbstractType(below)) hasOthers = true;
    }
  }

  const type = getNamedType(returnType);
  // `Node` is a token where the id says so.
  const top = isObjectType(type) ? type : tokenType;
  if (isObjectType(top)) visit(top, fieldNodes, false);
  return { rows: [...rows.values()], hasOthers };
}

type FieldNodes = GraphQLResolveInfo['fieldNodes'];

const selectionSetsOf = (nodes: FieldNodes) =>
  nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
