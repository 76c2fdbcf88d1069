import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { BasketBy, basketCost, basketQuery } from './basket.ts';
import { enumOf } from './open-enum.ts';
import { pageConnection } from './pages.ts';
import { Sourced } from './provenance.ts';
import { pageArgs } from './screen.ts';
import { Token } from './token.ts';

const BasketAction = builder.enumType('BasketAction', {
  description: 'What was done with a token of a basket. Open: new values may appear.',
  values: {
    INCREASE: { description: 'More of it was bought.' },
    DECREASE: { description: 'Some of it was sold.' },
    BUY: { description: 'It was taken in.' },
    SELL: { description: 'It was sold off.' },
    UNKNOWN: { description: 'A value of the upstream that is newer than this list.' },
  } as const,
});

const actions = new Map<string, typeof BasketAction.$inferType>([
  ['increase', 'INCREASE'],
  ['decrease', 'DECREASE'],
  ['buy', 'BUY'],
  ['sell', 'SELL'],
]);

const BasketTransaction = builder
  .objectRef<Row<'indexTransactions'>>('BasketTransaction')
  .implement({
    description:
      'A change of a basket. Endpoints `/indices-index-transaction` and `/indices-index-specific-index-transaction`.',
    interfaces: [Sourced],
    fields: (t) => ({
      token: t.field({
        type: Token,
        nullable: false,
        description: 'The token that was bought or sold.',
        resolve: (row) => row,
      }),
      date: t.expose('date', { type: 'Date', nullable: false, description: 'The UTC day.' }),
      action: t.field({
        type: BasketAction,
        description: 'What was done.',
        resolve: (row) => enumOf(actions, row.action),
      }),
      sizePercent: t.exposeFloat('transactionSizeInPct', {
        description: 'Size of the change, in percent of the basket.',
      }),
      sizeUsd: t.expose('transactionSizeInUsd', { type: 'Decimal', description: 'In US dollars.' }),
      sizeTokens: t.expose('transactionSizeInTokens', {
        type: 'Decimal',
        description: 'In tokens.',
      }),
      sector: t.exposeString('sector', { description: 'The theme of the basket, where told.' }),
      iconUrl: t.exposeString('icon', { description: 'A picture of the token.' }),
    }),
  });

const BasketTransactionConnection = builder.connectionObject(
  {
    type: BasketTransaction,
    name: 'BasketTransactionConnection',
    description: 'A page of changes, in the order of the upstream.',
  },
  { name: 'BasketTransactionEdge', description: 'A change and its place in the list.' },
);

builder.queryField('basketTransactions', (t) =>
  t.field({
    type: BasketTransactionConnection,
    description: 'What was bought and sold in a basket.',
    args: {
      by: t.arg({ type: BasketBy, required: true, description: 'Which basket.' }),
      ...pageArgs,
    },
    ...basketCost('indexTransactions', 'themeTransactions'),
    resolve: (_root, args, { loaders }) => {
      const query = basketQuery(args.by);
      const { basketTransactionPage, themeTransactionPage } = loaders.tokenMetrics;
      const loader = args.by.kind ? basketTransactionPage : themeTransactionPage;
      return pageConnection(args, {
        load: (page) => loader.load({ query, page }),
        keyOf: (row) => `${row.tokenId} ${row.date} ${row.action} ${row.transactionSizeInTokens}`,
        nodeOf: (row) => row,
      });
    },
  }),
);
