import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { rowOfToken } from './prefetch.ts';
import { Sourced } from './provenance.ts';
import { readsOne } from './reads.ts';
import { Token } from './token.ts';

type Prediction = Row<'pricePrediction'>;
type Details = NonNullable<Prediction['pricePrediction']>;
type Scenario = Details['scenarios'][number];
type Outcome = Scenario['base'];

const PriceOutcome = builder.objectRef<Outcome>('PriceOutcome').implement({
  description: 'What a token may come to in one scenario.',
  fields: (t) => ({
    priceUsd: t.expose('priceUsd', { type: 'Decimal', description: 'The price, in US dollars.' }),
    roi: t.exposeFloat('roi', {
      description: 'The return until then, a fraction: 0.5 means +50 %.',
    }),
    marketCapUsd: t.expose('marketCapUsd', {
      type: 'Decimal',
      description: 'The market cap, in US dollars.',
    }),
    fdvUsd: t.expose('fdvUsd', {
      type: 'Decimal',
      description: 'The fully diluted valuation, in US dollars.',
    }),
  }),
});

const PriceScenario = builder.objectRef<Scenario>('PriceScenario').implement({
  description: 'A market cap of all crypto, and what the token may be worth in it.',
  fields: (t) => {
    const outcome = (name: 'bear' | 'base' | 'moon', description: string) =>
      t.field({ type: PriceOutcome, description, resolve: (scenario) => scenario[name] });
    return {
      marketCapTrillions: t.exposeFloat('marketCapTrillions', {
        description: 'The market cap of all crypto, in trillions of US dollars.',
      }),
      bear: outcome('bear', 'The token does worse than its peers.'),
      base: outcome('base', 'The token does as its peers.'),
      moon: outcome('moon', 'The token does better than its peers.'),
    };
  },
});

const PriceForecast = builder
  .objectRef<Prediction['forecastsForNext7Days'][number]>('PriceForecast')
  .implement({
    description: 'A price forecast for a day to come.',
    fields: (t) => ({
      days: t.exposeInt('days', {
        nullable: false,
        description: 'Days from the day of the forecast.',
      }),
      priceUsd: t.expose('priceUsd', { type: 'Decimal', description: 'The price, in US dollars.' }),
      lowerUsd: t.expose('lowerUsd', { type: 'Decimal', description: 'The lower bound.' }),
      upperUsd: t.expose('upperUsd', { type: 'Decimal', description: 'The upper bound.' }),
    }),
  });

const PricePrediction = builder.objectRef<Prediction>('PricePrediction').implement({
  description:
    'What a model expects of the price of a token. The endpoint answers long-term scenarios since August 2025 and answered a week of forecasts before: one of the two lists is empty. A model, not advice. Endpoint `/price-prediction`.',
  interfaces: [Sourced],
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', description: 'The UTC day of the prediction.' }),
    predictedDate: t.field({
      type: 'Date',
      description: 'The day the scenarios are about.',
      resolve: ({ pricePrediction }) => pricePrediction?.predictedDate,
    }),
    categoryName: t.string({
      description: 'The group of tokens it is compared with.',
      resolve: ({ pricePrediction }) => pricePrediction?.categoryName,
    }),
    currentPriceUsd: t.field({
      type: 'Decimal',
      description: 'The price the prediction started from, in US dollars.',
      resolve: ({ pricePrediction }) => pricePrediction?.currentPriceUsd,
    }),
    ownPastPerformance: t.float({
      description: 'The past performance of the token, a fraction.',
      resolve: ({ pricePrediction }) => pricePrediction?.ownPastPerformance,
    }),
    peersPastPerformance: t.float({
      description: 'The past performance of its peers on average, a fraction.',
      resolve: ({ pricePrediction }) => pricePrediction?.peersPastPerformance,
    }),
    scenarios: t.field({
      type: [PriceScenario],
      nullable: false,
      description: 'Long-term scenarios.',
      ...priced({ listSize: { assumedSize: 6 } }),
      resolve: ({ pricePrediction }) => pricePrediction?.scenarios ?? [],
    }),
    forecasts: t.field({
      type: [PriceForecast],
      nullable: false,
      description: 'Forecasts for the next seven days, nearest first.',
      ...priced({ listSize: { assumedSize: 7 } }),
      resolve: (row) => row.forecastsForNext7Days,
    }),
    predictedReturn7d: t.exposeFloat('predictedReturns7d', {
      description: 'The return forecast for seven days, a fraction.',
    }),
  }),
});

builder.objectField(Token, 'pricePrediction', (t) =>
  t.field({
    type: PricePrediction,
    description: 'The latest price prediction; null when the token has none.',
    ...rowOfToken(
      { reads: readsOne('pricePrediction') },
      ({ tokenMetrics }) => tokenMetrics.pricePrediction,
    ),
  }),
);
