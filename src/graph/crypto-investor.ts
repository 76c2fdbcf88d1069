import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { pageConnection, sliceOf } from './pages.ts';
import { Sourced } from './provenance.ts';
import { readsPages } from './reads.ts';
import { pageArgs, pageListSize } from './screen.ts';

const CryptoInvestor = builder.objectRef<Row<'cryptoInvestors'>>('CryptoInvestor').implement({
  description: 'Who puts money into crypto projects. Endpoint `/crypto-investors`.',
  interfaces: [Sourced],
  fields: (t) => ({
    name: t.exposeString('investorName', { nullable: false, description: 'The name to show.' }),
    website: t.exposeString('investorWebsite', { description: 'The website.' }),
    twitter: t.exposeString('investorTwitter', { description: 'The page at X, formerly Twitter.' }),
    roundCount: t.exposeInt('roundCount', { description: 'Funding rounds it took part in.' }),
    roiAverage: t.exposeFloat('roiAverage', {
      description: 'Mean return of its investments, a fraction: -0.79 means -79 %.',
    }),
    roiMedian: t.exposeFloat('roiMedian', {
      description: 'Median return of its investments, a fraction.',
    }),
  }),
});

const CryptoInvestorConnection = builder.connectionObject(
  { type: CryptoInvestor, name: 'CryptoInvestorConnection', description: 'A page of investors.' },
  { name: 'CryptoInvestorEdge', description: 'An investor and its place in the list.' },
);

builder.queryField('cryptoInvestors', (t) =>
  t.field({
    type: CryptoInvestorConnection,
    description: 'Who puts money into crypto projects, in the order of the upstream.',
    args: pageArgs,
    ...priced({
      listSize: pageListSize,
      reads: readsPages('cryptoInvestors', (args) => sliceOf(args).pages.length),
      rateLimit: { limit: 120, duration: 60 },
    }),
    resolve: (_root, args, { loaders }) =>
      pageConnection(args, {
        load: (page) => loaders.tokenMetrics.cryptoInvestorPage.load({ query: {}, page }),
        keyOf: (row) => row.investorName,
        nodeOf: (row) => row,
      }),
  }),
);
