import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { rowOfToken } from './prefetch.ts';
import { Sourced } from './provenance.ts';
import { readsOne } from './reads.ts';
import { Token } from './token.ts';

const Price = builder.objectRef<Row<'price'>>('Price').implement({
  description:
    'The current price of a token. The upstream tells no time with it, so `asOf` is when it was fetched; it changes about every five minutes.',
  interfaces: [Sourced],
  fields: (t) => ({
    usd: t.field({
      type: 'Decimal',
      nullable: false,
      description: 'The price of one token in US dollars.',
      resolve: (row) => row.currentPrice,
    }),
  }),
});

builder.objectField(Token, 'price', (t) =>
  t.field({
    type: Price,
    description: 'The current price; null when the upstream has none. Endpoint `/price`.',
    ...rowOfToken({ reads: readsOne('price') }, ({ tokenMetrics }) => tokenMetrics.price),
  }),
);
