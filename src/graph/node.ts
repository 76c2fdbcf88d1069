import type { GraphContext } from '../context.ts';
import { badUserInput } from '../errors.ts';
import { priced } from '../pricing/field-cost.ts';
import { builder } from './builder.ts';
import { decodeGlobalId, decodeTokenId } from './global-id.ts';
import { itemsPerPage } from './page-size.ts';

/** Loads what an id names; null when there is nothing. */
async function load(id: string, argument: string, { loaders }: GraphContext) {
  const { typename } = decodeGlobalId(id, argument);
  if (typename !== 'Token') {
    throw badUserInput(argument, `is the id of a ${typename}: expected the id of a Token.`);
  }
  const row = await loaders.tokenMetrics.token.load(decodeTokenId(id, argument));
  return row === null ? null : { __typename: typename, ...row };
}

const Node = builder.nodeInterfaceRef();
const upstream = 'tokenMetrics';

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    description: 'Whatever has this id; null when nothing has.',
    args: { id: t.arg.id({ required: true, description: 'An `id` that this API answered.' }) },
    ...priced({
      bornOf: 'tokens',
      reads: () => [{ upstream, endpoint: 'tokens', kind: 'one', keys: 1 }],
    }),
    resolve: (_root, { id }, context) => load(id, 'id', context),
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
      reads: ({ ids }) => [
        {
          upstream,
          endpoint: 'tokens',
          kind: 'one',
          keys: Array.isArray(ids) ? Math.min(ids.length, itemsPerPage.max) : 0,
        },
      ],
    }),
    resolve: async (_root, { ids }, context) => {
      if (ids.length > itemsPerPage.max) {
        throw badUserInput(
          'ids',
          `has ${ids.length} members: expected ${itemsPerPage.max} at most.`,
        );
      }
      return Promise.all(ids.map((id) => load(id, 'ids', context)));
    },
  }),
}));
