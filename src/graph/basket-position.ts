import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { priced } from '../pricing/field-cost.ts';
import { builder } from './builder.ts';
import { BasketKind } from './basket.ts';
import { pageConnection, sliceOf } from './pages.ts';
import { Sourced } from './provenance.ts';
import { readsPages } from './reads.ts';
import { pageArgs, pageListSize } from './screen.ts';
import { Token } from './token.ts';

const BasketPosition = builder.objectRef<Row<'traderIndices'>>('BasketPosition').implement({
  description: 'A token in a basket on a day. Endpoints `/trader-indices` and `/investor-indices`.',
  interfaces: [Sourced],
  fields: (t) => ({
    token: t.field({
      type: Token,
      nullable: false,
      description: 'The token.',
      resolve: (row) => row,
    }),
    date: t.expose('date', { type: 'Date', nullable: false, description: 'The UTC day.' }),
    weight: t.exposeFloat('indexWeight', { description: 'Share of the basket, a fraction.' }),
    initialPriceUsd: t.expose('initialPrice', {
      type: 'Decimal',
      description: 'The price at which it was taken in, in US dollars.',
    }),
    amount: t.expose('amountOfTokens', { type: 'Decimal', description: 'How many tokens.' }),
  }),
});

const BasketPositionConnection = builder.connectionObject(
  { type: BasketPosition, name: 'BasketPositionConnection', description: 'A page of positions.' },
  { name: 'BasketPositionEdge', description: 'A position and its place in the list.' },
);

builder.queryField('basketPositions', (t) =>
  t.field({
    type: BasketPositionConnection,
    description: 'The tokens of a basket by day, in the order of the upstream.',
    args: {
      kind: t.arg({ type: BasketKind, required: true, description: 'Which basket.' }),
      ...pageArgs,
    },
    ...priced({
      listSize: pageListSize,
      rateLimit: { limit: 120, duration: 60 },
      reads: (args, at) =>
        readsPages(
          args['kind'] === 'trader' ? 'traderIndices' : 'investorIndices',
          () => sliceOf(args).pages.length,
        )(args, at),
    }),
    resolve: (_root, args, { loaders }) => {
      const { traderBasketPage, investorBasketPage } = loaders.tokenMetrics;
      const loader = args.kind === 'trader' ? traderBasketPage : investorBasketPage;
      return pageConnection(args, {
        load: (page) => loader.load({ query: {}, page }),
        keyOf: (row) => `${row.tokenId} ${row.date}`,
        nodeOf: (row) => row,
      });
    },
  }),
);
