import type { GraphContext } from '../context.ts';
import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { decodeNodeId } from './global-id.ts';
import { registerNode } from './node.ts';
import { pageConnection, sliceOf } from './pages.ts';
import { Sourced } from './provenance.ts';
import { readsPages } from './reads.ts';
import { pageArgs, pageListSize } from './screen.ts';

export type IndexNode = Row<'indices'>;

export const CryptoIndex = builder.objectRef<IndexNode>('CryptoIndex');

builder.node(CryptoIndex, {
  name: 'CryptoIndex',
  description: 'A basket of tokens that a model keeps. Endpoint `/indices`.',
  interfaces: [Sourced],
  id: { resolve: (index) => String(index.id) },
  fields: (t) => ({
    indexNumber: t.exposeInt('id', {
      nullable: false,
      description: "Token Metrics' own number of the index.",
    }),
    name: t.exposeString('name', { nullable: false, description: 'The name to show.' }),
    ticker: t.exposeString('ticker', { description: 'The ticker symbol.' }),
    priceUsd: t.expose('price', {
      type: 'Decimal',
      description: 'Price of a share, in US dollars.',
    }),
    coinCount: t.exposeInt('coins', { description: 'Tokens it holds.' }),
    changePercent24h: t.exposeFloat('24h', { description: 'Change in 24 hours, in percent.' }),
    changePercent7d: t.exposeFloat('7d', { description: 'Change in seven days, in percent.' }),
    changePercent1m: t.exposeFloat('1m', { description: 'Change in a month, in percent.' }),
    changePercentAllTime: t.exposeFloat('allTime', {
      description: 'Change since inception, in percent.',
    }),
    volume24hUsd: t.expose('24hVolume', {
      type: 'Decimal',
      description: 'Traded in 24 hours, in US dollars.',
    }),
    marketCapUsd: t.expose('marketCap', {
      type: 'Decimal',
      description: 'Market cap of its tokens, in US dollars.',
    }),
    grade: t.exposeFloat('indexGrade', { description: 'Its grade, 0 to 100.' }),
  }),
});

const allIndices = { query: {}, page: 1 } as const;
const readsAll = {
  upstream: 'tokenMetrics',
  endpoint: 'indices',
  kind: 'pages',
  shared: 'all',
} as const;

/** Every index: there is no way to ask for one, and all of them fit a page. */
export async function loadIndices({ loaders }: GraphContext): Promise<readonly IndexNode[]> {
  return (await loaders.tokenMetrics.indexPage.load(allIndices)).rows;
}

async function loadIndex(id: number, context: GraphContext): Promise<IndexNode | null> {
  return (await loadIndices(context)).find((index) => index.id === id) ?? null;
}

registerNode('CryptoIndex', {
  load: loadIndex,
  read: readsAll,
  idOf: ({ id }: IndexNode) => id,
});

const IndexStyle = builder.enumType('IndexStyle', {
  description: 'How an index is kept.',
  values: {
    ACTIVE: { value: 'active', description: 'Its tokens change with the signals.' },
    PASSIVE: { value: 'passive', description: 'Its tokens follow a rule.' },
  } as const,
});

const CryptoIndexConnection = builder.connectionObject(
  { type: CryptoIndex, name: 'CryptoIndexConnection', description: 'A page of indices.' },
  { name: 'CryptoIndexEdge', description: 'An index and its place in the list.' },
);

builder.queryFields((t) => ({
  indices: t.field({
    type: CryptoIndexConnection,
    description: 'Baskets of tokens that a model keeps, in the order of the upstream.',
    args: {
      style: t.arg({ type: IndexStyle, description: 'Only those kept this way.' }),
      ...pageArgs,
    },
    ...priced({
      listSize: pageListSize,
      reads: readsPages('indices', (args) => sliceOf(args).pages.length),
      rateLimit: { limit: 120, duration: 60 },
    }),
    resolve: (_root, args, { loaders }) =>
      pageConnection(args, {
        load: (page) =>
          loaders.tokenMetrics.indexPage.load({
            query: args.style ? { indicesType: args.style } : {},
            page,
          }),
        keyOf: (row) => row.id,
        nodeOf: (row) => row,
      }),
  }),
  index: t.field({
    type: CryptoIndex,
    description: 'One index; null when there is none.',
    args: { id: t.arg.id({ required: true, description: 'Its `id`.' }) },
    ...priced({ reads: () => [readsAll], rateLimit: { limit: 600, duration: 60 } }),
    resolve: (_root, { id }, context) => loadIndex(decodeNodeId(id, 'CryptoIndex', 'id'), context),
  }),
}));
