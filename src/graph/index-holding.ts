import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { CryptoIndex, type IndexNode, loadIndices } from './crypto-index.ts';
import { Sourced } from './provenance.ts';
import { Token } from './token.ts';

/** Indices whose holdings are looked through for a token; the upstream cannot be asked the other way. */
const indicesMax = 40;

type Holding = Row<'indicesHoldings'> & { readonly index: IndexNode };

const IndexHolding = builder.objectRef<Holding>('IndexHolding').implement({
  description: 'A token in an index. Endpoint `/indices-holdings`.',
  interfaces: [Sourced],
  fields: (t) => ({
    index: t.field({
      type: CryptoIndex,
      nullable: false,
      description: 'The index.',
      resolve: ({ index }) => index,
    }),
    token: t.field({
      type: Token,
      nullable: false,
      description: 'The token.',
      resolve: (row) => row,
    }),
    date: t.expose('date', { type: 'Date', description: 'The UTC day of the figures.' }),
    weightPercent: t.exposeFloat('weight', { description: 'Share of the index, in percent.' }),
    priceUsd: t.expose('price', { type: 'Decimal', description: 'Its price, in US dollars.' }),
    marketCapUsd: t.expose('marketCap', {
      type: 'Decimal',
      description: 'Its market cap, in US dollars.',
    }),
    roi: t.exposeFloat('currentRoi', {
      description: 'Return since it was taken in, a fraction: 0.5 means +50 %.',
    }),
    traderGrade: t.exposeFloat('traderGrade', { description: 'Its trader grade, 0 to 100.' }),
    traderGradeChange24h: t.exposeFloat('traderGradeChange24h', {
      description: 'Change of its trader grade in 24 hours.',
    }),
    iconUrl: t.exposeString('icon', { description: 'A picture of the token.' }),
  }),
});

builder.objectField(CryptoIndex, 'holdings', (t) =>
  t.field({
    type: [IndexHolding],
    nullable: { list: true, items: false },
    description:
      'The tokens it holds, heaviest first. The upstream answers one index a request, so each index is a credit.',
    ...priced({
      // The largest index there is holds a hundred.
      listSize: { assumedSize: 20, atWorst: 100 },
      reads: () => [{ upstream: 'tokenMetrics', endpoint: 'indicesHoldings', kind: 'one' }],
      rateLimit: { limit: 600, duration: 60 },
    }),
    resolve: async (index, _args, { loaders }) => {
      const rows = await loaders.tokenMetrics.indexHoldings.load(index.id);
      return rows
        .map((row) => ({ ...row, index }))
        .sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0));
    },
  }),
);

builder.objectField(Token, 'indices', (t) =>
  t.field({
    type: [IndexHolding],
    nullable: { list: true, items: false },
    description: `The indices that hold it. The upstream cannot be asked for them: the holdings of every index are read, up to ${indicesMax}, once for all tokens of an operation.`,
    ...priced({
      listSize: { assumedSize: 5 },
      reads: () => [
        { upstream: 'tokenMetrics', endpoint: 'indices', kind: 'pages', shared: 'all' },
        {
          upstream: 'tokenMetrics',
          endpoint: 'indicesHoldings',
          kind: 'each',
          keys: indicesMax,
          shared: 'every index',
        },
      ],
      rateLimit: { limit: 600, duration: 60 },
    }),
    resolve: async ({ tokenId }, _args, context) => {
      const indices = (await loadIndices(context)).slice(0, indicesMax);
      const holdings = await Promise.all(
        indices.map(async (index) => ({
          index,
          rows: await context.loaders.tokenMetrics.indexHoldings.load(index.id),
        })),
      );
      return holdings.flatMap(({ index, rows }) =>
        rows.filter((row) => row.tokenId === tokenId).map((row) => ({ ...row, index })),
      );
    },
  }),
);
