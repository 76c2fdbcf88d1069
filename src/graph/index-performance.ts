import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { basketQuery } from './basket.ts';
import { builder } from './builder.ts';
import { CryptoIndex } from './crypto-index.ts';
import { dailyArgs, dailyConnection, dailyCost, rangeCost } from './daily-series.ts';
import { Sourced } from './provenance.ts';

const IndexPerformance = builder
  .objectRef<Row<'indicesPerformance'>>('IndexPerformance')
  .implement({
    description: 'How an index stood on a day. Endpoint `/indices-performance`.',
    interfaces: [Sourced],
    fields: (t) => ({
      date: t.expose('date', { type: 'Date', nullable: false, description: 'The UTC day.' }),
      cumulativeRoi: t.exposeFloat('indexCumulativeRoi', {
        description: 'Return since inception, a fraction: 0.5 means +50 %.',
      }),
      marketCapUsd: t.expose('marketCap', { type: 'Decimal', description: 'In US dollars.' }),
      volumeUsd: t.expose('volume', { type: 'Decimal', description: 'In US dollars.' }),
      fdvUsd: t.expose('fdv', {
        type: 'Decimal',
        description: 'Fully diluted valuation, in US dollars.',
      }),
    }),
  });

const IndexPerformanceConnection = builder.connectionObject(
  {
    type: IndexPerformance,
    name: 'IndexPerformanceConnection',
    description: 'A page of days, newest first.',
  },
  { name: 'IndexPerformanceEdge', description: 'A day and its place in the series.' },
);

builder.objectField(CryptoIndex, 'performance', (t) =>
  t.field({
    type: IndexPerformanceConnection,
    description: 'How it stood by day, newest first: a credit for each index and every 29 days.',
    args: dailyArgs,
    ...dailyCost('indicesPerformance'),
    resolve: ({ id }, args, context) =>
      dailyConnection(args, context, (range) =>
        context.loaders.tokenMetrics.indexPerformance.load({ id, range }),
      ),
  }),
);

builder.queryField('basketPerformance', (t) =>
  t.field({
    type: IndexPerformanceConnection,
    description:
      'How the basket of a theme stood by day, newest first: a credit for every 29 days. Endpoint `/indices-index-specific-performance`.',
    args: {
      theme: t.arg.string({ required: true, description: 'The theme: `meme`.' }),
      ...dailyArgs,
    },
    ...rangeCost('themePerformance'),
    resolve: (_root, args, context) => {
      const { indexName: theme = '' } = basketQuery({ theme: args.theme }, 'theme');
      return dailyConnection(args, context, (range) =>
        context.loaders.tokenMetrics.themePerformance.load({ theme, range }),
      );
    },
  }),
);
