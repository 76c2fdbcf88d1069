import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { dailyArgs, dailyConnection, rangeCost } from './daily-series.ts';
import { Sourced } from './provenance.ts';
import { Signal, signalOf } from './signal.ts';

const MarketMetrics = builder.objectRef<Row<'marketMetrics'>>('MarketMetrics').implement({
  description: 'The whole market on a day. Endpoint `/market-metrics`.',
  interfaces: [Sourced],
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', nullable: false, description: 'The UTC day.' }),
    totalMarketCapUsd: t.expose('totalCryptoMcap', {
      type: 'Decimal',
      description: 'The market cap of all crypto, in US dollars.',
    }),
    altcoinMarketCapUsd: t.expose('altsMarketCap', {
      type: 'Decimal',
      description: 'The market cap of all but Bitcoin, in US dollars; on newer rows.',
    }),
    bitcoinMarketCapUsd: t.expose('btcMarketCap', {
      type: 'Decimal',
      description: 'The market cap of Bitcoin, in US dollars; on newer rows.',
    }),
    bitcoinPriceUsd: t.expose('btcPrice', {
      type: 'Decimal',
      description: 'The price of Bitcoin, in US dollars; on newer rows.',
    }),
    highGradePercent: t.exposeFloat('tmGradePercHighCoins', {
      description: 'Share of the tokens that have a high grade, in percent.',
    }),
    volatilityIndex: t.exposeFloat('volIndex', {
      description: 'The volatility index of the market; on newer rows.',
    }),
    signal: t.field({
      type: Signal,
      description: 'The signal of the day for the market.',
      resolve: (row) => signalOf(row.tmGradeSignal),
    }),
    trend: t.field({
      type: Signal,
      description: 'The last signal that was not NEUTRAL, up to this day.',
      resolve: (row) => signalOf(row.lastTmGradeSignal),
    }),
  }),
});

const MarketMetricsConnection = builder.connectionObject(
  {
    type: MarketMetrics,
    name: 'MarketMetricsConnection',
    description: 'A page of days, newest first; a day the upstream left out is missing.',
  },
  { name: 'MarketMetricsEdge', description: 'A day and its place in the series.' },
);

builder.queryField('marketMetrics', (t) =>
  t.field({
    type: MarketMetricsConnection,
    description: 'The whole market by day, newest first: a credit for every 29 days.',
    args: dailyArgs,
    ...rangeCost('marketMetrics'),
    resolve: (_root, args, context) =>
      dailyConnection(args, context, (range) =>
        context.loaders.tokenMetrics.marketMetrics.load({ range }),
      ),
  }),
);
