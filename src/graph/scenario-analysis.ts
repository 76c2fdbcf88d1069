import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { Sourced } from './provenance.ts';
import { readsOne } from './reads.ts';
import { Token } from './token.ts';

type Analysis = Row<'scenarioAnalysis'>;

const DominanceScenario = builder
  .objectRef<Analysis['scenarioAnalysis'][number]>('DominanceScenario')
  .implement({
    description: 'A market cap of all crypto and a share of it, and the price that follows.',
    fields: (t) => ({
      marketCapTrillions: t.exposeFloat('marketCapTrillions', {
        description: 'The market cap of all crypto, in trillions of US dollars.',
      }),
      dominance: t.exposeFloat('dominance', {
        description: "The token's share of it, a fraction.",
      }),
      priceUsd: t.expose('priceUsd', { type: 'Decimal', description: 'The price, in US dollars.' }),
    }),
  });

const ScenarioAnalysis = builder.objectRef<Analysis>('ScenarioAnalysis').implement({
  description: 'Prices for a grid of market caps and shares. Endpoint `/scenario-analysis`.',
  interfaces: [Sourced],
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', description: 'The UTC day of the analysis.' }),
    scenarios: t.field({
      type: [DominanceScenario],
      nullable: false,
      description: 'The grid, as the upstream orders it.',
      ...priced({ listSize: { assumedSize: 42 } }),
      resolve: (row) => row.scenarioAnalysis,
    }),
  }),
});

builder.objectField(Token, 'scenarioAnalysis', (t) =>
  t.field({
    type: ScenarioAnalysis,
    description: 'The latest scenario analysis; null when the token has none.',
    deprecationReason:
      'Withdrawn upstream in August 2025 and may stop answering; use `pricePrediction.scenarios`. Removed after 2027-06-30.',
    ...priced({ reads: readsOne('scenarioAnalysis') }),
    resolve: ({ tokenId }, _args, { loaders }) =>
      loaders.tokenMetrics.scenarioAnalysis.load(tokenId),
  }),
);
