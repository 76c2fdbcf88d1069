import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { BasketBy, basketCost, basketQuery } from './basket.ts';
import { pageConnection } from './pages.ts';
import { Sourced } from './provenance.ts';
import { pageArgs } from './screen.ts';

const BasketTile = builder.objectRef<Row<'indexTreeMap'>>('BasketTile').implement({
  description:
    'A token of a basket as a tree map draws it: size by weight, colour by change. Endpoints `/indices-tree-map` and `/indices-index-specific-tree-map`.',
  interfaces: [Sourced],
  fields: (t) => ({
    symbol: t.exposeString('name', { nullable: false, description: 'What the tile is labelled.' }),
    weightPercent: t.exposeFloat('weight', { description: 'Share of the basket, in percent.' }),
    changePercent: t.exposeFloat('pctChange', { description: 'Change of the price, in percent.' }),
    coinGeckoId: t.exposeString('cgId', { description: 'The id of the token at CoinGecko.' }),
    chainId: t.exposeString('chainId', { description: "The upstream's number of the chain." }),
    address: t.exposeString('tokenAddress', { description: 'The contract on that chain.' }),
    iconUrl: t.exposeString('icon', { description: 'A picture of the token.' }),
  }),
});

const BasketTileConnection = builder.connectionObject(
  { type: BasketTile, name: 'BasketTileConnection', description: 'A page of tiles.' },
  { name: 'BasketTileEdge', description: 'A tile and its place in the list.' },
);

builder.queryField('basketTreeMap', (t) =>
  t.field({
    type: BasketTileConnection,
    description: 'The tree map of a basket.',
    args: {
      by: t.arg({ type: BasketBy, required: true, description: 'Which basket.' }),
      ...pageArgs,
    },
    ...basketCost('indexTreeMap', 'themeTreeMap'),
    resolve: (_root, args, { loaders }) => {
      const query = basketQuery(args.by);
      const { basketTreeMapPage, themeTreeMapPage } = loaders.tokenMetrics;
      const loader = args.by.kind ? basketTreeMapPage : themeTreeMapPage;
      return pageConnection(args, {
        load: (page) => loader.load({ query, page }),
        keyOf: (row) => `${row.name} ${row.tokenAddress}`,
        nodeOf: (row) => row,
      });
    },
  }),
);
