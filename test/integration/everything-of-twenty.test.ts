import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  // In the last hour of a day, the 24 hours before it are of one day and not of two.
  const noonMs = Date.UTC(2026, 10, 20, 12);
  gateway = await startGateway({ now: () => noonMs });
});
afterAll(() => gateway.close());

const query = `{
  topTokens(first: 20) {
    nodes {
      symbol
      price { usd }
      tmGrade { grade }
      fundamentalGrade { grade }
      technologyGrade { grade }
      tradingSignal { signal }
      quantMetrics { sharpe }
      supportResistance { support { usd } resistance { usd } }
      correlations { name correlation }
      pricePrediction { scenarios { base { priceUsd } } }
      scenarioAnalysis { scenarios { priceUsd } }
      aiReport { summary }
      candles(first: 7) { nodes { start close } }
      hours: candles(interval: H1, first: 24) { nodes { start close } }
      indices { weightPercent index { name } }
      trendIndicators(first: 1) { nodes { indicators { indicator } } }
    }
  }
}`;

it('20 top tokens with everything are one request for each endpoint and page its rows need', async () => {
  const dry = await gateway.ask(query, {}, { headers: { 'x-cost-dry-run': 'true' } });
  const requests = await gateway.upstreamRequests(async () => {
    const { data, errors, extensions } = await gateway.ask(query);
    expect(errors).toBeUndefined();
    expect(data.topTokens.nodes).toHaveLength(20);
    expect(extensions.cost.credits.spent).toBeLessThanOrEqual(extensions.cost.credits.estimated);
    console.info('20 top tokens with everything:', JSON.stringify(extensions.cost));
  });
  expect(requests.length).toBeLessThanOrEqual(dry.extensions.cost.credits.estimated);

  const indices = requests.filter((path) => path === '/indices-holdings').length;
  const counts: Record<string, number> = {};
  for (const path of requests) counts[path] = (counts[path] ?? 0) + 1;
  // 20 tokens × 7 days are two pages; 20 × 2 days × 24 hours are ten of four; 20 × 17 rows four of five.
  expect(counts).toEqual({
    '/top-market-cap-tokens': 1,
    '/price': 1,
    '/tm-grade': 1,
    '/fundamental-grade': 1,
    '/technology-grade': 1,
    '/trading-signals': 1,
    '/quantmetrics': 1,
    '/resistance-support': 1,
    '/correlation': 1,
    '/price-prediction': 1,
    '/scenario-analysis': 1,
    '/ai-reports': 1,
    '/daily-ohlcv': 2,
    '/hourly-ohlcv': 10,
    '/all-trend-indicators': 4,
    // One index a request: the upstream takes no lists of them.
    '/indices': 1,
    '/indices-holdings': indices,
  });
  expect(indices).toBeGreaterThan(5);
});
