import { type GraphQLResolveInfo, type GraphQLSchema, isObjectType } from 'graphql';
import type { GraphContext } from '../context.ts';
import { badUserInput } from '../errors.ts';
import { type FieldRead, priced } from '../pricing/field-cost.ts';
import { builder } from './builder.ts';
import { decodeGlobalId, encodeGlobalId } from './global-id.ts';
import { itemsPerPage } from './page-size.ts';
import { type Prefetched, toldAfter } from './prefetch.ts';

/** How a type of nodes is found by the number in its ids. */
export interface NodeSource {
  readonly load: (id: number, context: GraphContext) => object | null | Promise<object | null>;
  /** Begins to load what the fields of its objects will need, as `prefetchRows` does. */
  readonly prefetch?: (
    ids: readonly number[],
    context: GraphContext,
    info: GraphQLResolveInfo,
  ) => Prefetched | undefined;
  readonly read: FieldRead;
  /** The number of one of its objects; a method, so that each type may take its own. */
  idOf(node: object): number;
}

const sources = new Map<string, NodeSource>();

/** Makes a type reachable through `node` and `nodes`; each type registers itself. */
export function registerNode(typename: string, source: NodeSource): void {
  sources.set(typename, source);
}

/** Pothos makes a promise of every id; these are at hand. */
export function answerIdsAtOnce(schema: GraphQLSchema): void {
  for (const [typename, source] of sources) {
    const type = schema.getType(typename);
    const field = isObjectType(type) ? type.getFields()['id'] : undefined;
    if (field === undefined) throw new Error(`${typename} is registered as a node and has no id`);
    field.resolve = (node: object) => encodeGlobalId(typename, source.idOf(node));
  }
}

function sourceOf(globalId: string, argument: string) {
  const { typename, id } = decodeGlobalId(globalId, argument);
  const source = sources.get(typename);
  if (source === undefined || !/^\d{1,10}$/.test(id)) {
    const known = [...sources.keys()].join(' or ');
    throw badUserInput(argument, `is no id of a ${known}: got the id of a ${typename}.`);
  }
  return { typename, id: Number(id), source };
}

/** What has the ids, in their order: null for unknown ones, an error for those that failed. */
async function loadNodes(
  globalIds: readonly string[],
  argument: string,
  context: GraphContext,
  info: GraphQLResolveInfo,
) {
  // Ids are read before anything is loaded: a malformed one refuses the list, a failing one itself.
  const named = globalIds.map((globalId) => sourceOf(globalId, argument));
  const prefetched = [...new Set(named.map(({ source }) => source))].flatMap((source) => {
    const ids = named.filter((node) => node.source === source).map(({ id }) => id);
    return source.prefetch?.(ids, context, info)?.rows ?? [];
  });
  const load = async ({ typename, id, source }: (typeof named)[number]) => {
    const row = await source.load(id, context);
    return row === null ? null : { __typename: typename, ...row };
  };
  const found = await Promise.allSettled(named.map(load));
  const rows = prefetched.length === 0 ? undefined : Promise.all(prefetched);
  return found.map((result) => {
    const node = result.status === 'fulfilled' ? result.value : asError(result.reason);
    return toldAfter<typeof node | null>(node, rows);
  });
}

/** What loading ids reads, type by type; ids that will be refused read nothing. */
function readsOf(globalIds: readonly unknown[]): FieldRead[] {
  const keys = new Map<NodeSource, number>();
  for (const globalId of globalIds.slice(0, itemsPerPage.max)) {
    try {
      const { source } = sourceOf(String(globalId), 'id');
      keys.set(source, (keys.get(source) ?? 0) + 1);
    } catch {
      // The resolver refuses it, in the client's words.
    }
  }
  return [...keys].map(([{ read }, count]) =>
    read.shared === undefined ? { ...read, keys: count } : read,
  );
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('thrown value is no Error');
}

const Node = builder.nodeInterfaceRef();

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    description: 'Whatever has this id; null when nothing has.',
    args: { id: t.arg.id({ required: true, description: 'An `id` that this API answered.' }) },
    ...priced({ bornOf: 'tokens', reads: ({ id }) => readsOf([id]) }),
    resolve: async (_root, { id }, context, info) =>
      (await loadNodes([id], 'id', context, info))[0] ?? null,
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: true, items: true },
    description: 'Whatever has these ids, in their order, with null for unknown ones.',
    args: {
      ids: t.arg.idList({ required: true, description: 'Up to 100 ids that this API answered.' }),
    },
    ...priced({
      listSize: { assumedSize: itemsPerPage.max, slicingArguments: ['ids'], max: itemsPerPage.max },
      bornOf: 'tokens',
      rateLimit: { limit: 1200, duration: 60 },
      reads: ({ ids }) => readsOf(Array.isArray(ids) ? ids : []),
    }),
    resolve: (_root, { ids }, context, info) => {
      if (ids.length > itemsPerPage.max) {
        throw badUserInput(
          'ids',
          `has ${ids.length} members: expected ${itemsPerPage.max} at most.`,
        );
      }
      return loadNodes(ids, 'ids', context, info);
    },
  }),
}));
