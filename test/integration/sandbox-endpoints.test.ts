import { afterAll, afterEach, describe, expect, test } from 'vitest';

import { coverage } from '../../src/sandbox/coverage.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';

const sandbox = await createSandbox({ now: () => Date.UTC(2025, 10, 20, 14, 25) });
afterEach(() => sandbox.faults.clear());
afterAll(() => sandbox.close());

/** Questions to one endpoint. */
interface Questions {
  /** All that is required, and nothing else. */
  readonly good: string;
  /** Adds up to a question that nothing answers; without it there is none. */
  readonly empty?: string;
  readonly bad: readonly string[];
}

const badPages = ['limit=0', 'limit=101', 'limit=1000&page=0', 'page=0', 'page=x'];
const badDates = ['startDate=2025-02-30', 'startDate=2025-11-03&endDate=2025-11-02'];
const pastAll = 'page=99999';
const noToken: Questions = { good: '', empty: 'token_id=1', bad: badPages };
const noTokenOnDates: Questions = { ...noToken, bad: [...badPages, ...badDates] };
const pages: Questions = { good: '', empty: pastAll, bad: badPages };
const chart: Questions = { good: '', bad: ['timeFrame=2W'] };

const sized = { ...noToken, bad: [...badPages, 'marketcap=great'] };
const ofIndex = { good: 'id=1', empty: 'id=999', bad: ['id=1,2', 'id=one', 'id=-1', ...badPages] };
const sector: Questions = { good: 'indexName=meme', empty: 'indexName=unheard-of', bad: badPages };
const portfolio = { good: 'type=trader', empty: pastAll, bad: ['type=active', ...badPages] };

/** By the last part of the path, which means the same in every generation. */
const questions: Readonly<Record<string, Questions>> = {
  tokens: noToken,
  'top-market-cap-tokens': { good: '', empty: pastAll, bad: ['top_k=0', 'top_k=101', 'page=0'] },
  price: noToken,
  'tm-grade': noToken,
  'tm-grade-history': noTokenOnDates,
  'fundamental-grade': noToken,
  'fundamental-grade-history': noTokenOnDates,
  'technology-grade': noTokenOnDates,
  'technology-grade-history': noTokenOnDates,
  'trading-signals': { ...noTokenOnDates, bad: [...badPages, ...badDates, 'signal=2'] },
  'hourly-trading-signals': { good: 'token_id=3375', empty: 'token_id=1', bad: badPages },
  'moonshot-tokens': { good: '', empty: pastAll, bad: ['type=future', ...badPages] },
  quantmetrics: sized,
  'resistance-support': noToken,
  correlation: noToken,
  'price-prediction': { ...noToken, empty: 'token_id=3379' },
  'market-metrics': { good: '', empty: 'startDate=2030-01-01', bad: [...badPages, ...badDates] },
  'daily-ohlcv': { ...noTokenOnDates, bad: [...badPages, ...badDates, 'startDate=2025-10-20'] },
  'hourly-ohlcv': { ...noTokenOnDates, bad: [...badPages, ...badDates, 'startDate=2025-10-20'] },
  indices: { good: '', empty: pastAll, bad: ['indicesType=lazy', ...badPages] },
  'indices-holdings': ofIndex,
  'indices-performance': { ...ofIndex, bad: [...ofIndex.bad, ...badDates] },
  'ai-reports': { ...noToken, empty: 'token_id=3379' },
  'crypto-investors': pages,
  tmai: { good: '', bad: [] },
  'trader-grades': { ...noTokenOnDates, bad: [...badPages, ...badDates, 'traderGrade=high'] },
  'investor-grades': { ...noTokenOnDates, bad: [...badPages, ...badDates, 'investorGrade=high'] },
  'scenario-analysis': noToken,
  sentiments: pages,
  'all-trend-indicators': { ...noTokenOnDates, empty: 'indicator=moon-phase' },
  'trader-indices': { good: '', empty: 'endDate=2022-06-30', bad: [...badPages, ...badDates] },
  'investor-indices': pages,
  'indices-tree-map': portfolio,
  'indices-index-specific-tree-map': sector,
  'indices-index-specific-performance': {
    ...sector,
    good: 'indexName=meme&startDate=2025-11-01&endDate=2025-11-20',
    bad: [...badPages, ...badDates],
  },
  'indices-index-transaction': portfolio,
  'indices-index-specific-index-transaction': sector,
  'token-details-price-charts': {
    good: 'token_id=3375&category=trader&timeFrame=1M&chartFilters=price',
    empty: 'token_id=1',
    bad: ['timeFrame=2W', 'category=gambler', 'token_id=3375,3306'],
  },
  'resistance-and-support-charts': {
    good: 'token_id=3375',
    empty: 'token_id=1',
    bad: ['timeFrame=2W', 'token_id=BTC'],
  },
  'annualized-historical-volatility-charts': chart,
  'indices-index-allocation-charts': { good: '', bad: ['category=gambler'] },
  'indices-roi-charts': { good: '', bad: ['category=gambler', 'timeFrame=2W'] },
  'market-percent-of-bullish-vs-bearish-charts': chart,
  'market-bull-and-bear-charts': chart,
  'market-percent-of-bullish-tm-grades': chart,
  'market-tm-grade-signal': chart,
  'bitcoin-vs-altcoin-season-charts': chart,
  'total-market-crypto-cap-charts': chart,
  'market-movers-charts': chart,
};

const badRequest = { success: false, message: 'Some thing wrong', length: 0, data: [] };
const notFound = { success: false, message: 'Data not found', length: 0, data: [] };

async function send(path: string, { query = '', method = 'GET' } = {}) {
  const response = await fetch(`${sandbox.url}${path}?${query}`, {
    method,
    headers: { 'x-api-key': sandbox.key },
    ...(method === 'POST' ? { body: '{"messages":[{"user":"What of BTC?"}]}' } : {}),
  });
  return { status: response.status, text: await response.text() };
}

async function ask(path: string, options: { query?: string; method?: string } = {}) {
  const { status, text } = await send(path, options);
  return { status, body: JSON.parse(text) };
}

/** The later of two values of a parameter stands in for the earlier. */
function withParameters(query: string, more: string): string {
  const all = new URLSearchParams(query);
  for (const [name, value] of new URLSearchParams(more)) all.set(name, value);
  return all.toString();
}

test('everything served is asked for here, and nothing else', () => {
  expect(coverage.filter(({ generation }) => generation === 'v2')).toHaveLength(49);
  expect(coverage.filter(({ generation }) => generation === 'v3')).toHaveLength(24);
  const names = new Set(coverage.map(({ path }) => path.split('/')[2]));
  expect([...names].sort()).toEqual(Object.keys(questions).sort());
});

describe.each(coverage)('$method $path', ({ path, method }) => {
  const { good, empty, bad } = questions[path.split('/')[2] ?? ''] ?? noToken;

  test('answers', async () => {
    const { status, body } = await ask(path, { query: good, method });
    expect(status).toBe(200);
    expect(body.success).toBe(true);
    if (body.data === undefined) return;
    expect(body.message).toBe('Data fetched successfully');
    expect(body.length).toBe(body.data.length);
    expect(body.length).toBeGreaterThan(0);
    expect(body.length).toBeLessThanOrEqual(50);
    const key = path.startsWith('/v3') ? /^[a-z0-9_]+$/ : /^[A-Zh0-9_]+$|^tm_link$/;
    for (const column of Object.keys(body.data[0])) expect(column).toMatch(key);
  });

  test('answers the same again', async () => {
    const first = await ask(path, { query: good, method });
    expect(await ask(path, { query: good, method })).toEqual(first);
  });

  test.each(empty === undefined ? [] : [empty])('finds nothing for %s', async (nothing) => {
    const query = withParameters(good, nothing);
    expect(await ask(path, { query, method })).toEqual({ status: 404, body: notFound });
  });

  test.each(bad)('refuses %s', async (wrong) => {
    const query = withParameters(good, wrong);
    expect(await ask(path, { query, method })).toEqual({ status: 400, body: badRequest });
  });

  test.each([...new URLSearchParams(good).keys()])('requires %s', async (name) => {
    const all = new URLSearchParams(good);
    all.delete(name);
    const query = all.toString();
    expect(await ask(path, { query, method })).toEqual({ status: 400, body: badRequest });
  });

  test('can break', async () => {
    sandbox.faults.set({ path, truncatedJson: true, times: 1 });
    const { text } = await send(path, { query: good, method });
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    sandbox.faults.set({ path, status: 503, times: 1 });
    expect((await send(path, { query: good, method })).status).toBe(503);
  });

  test('answers no other method', async () => {
    const other = method === 'GET' ? 'POST' : 'GET';
    expect(await ask(path, { query: good, method: other })).toEqual({
      status: 404,
      body: notFound,
    });
  });
});

test.each([
  ...['tmai', 'sentiments', 'trader-grades', 'investor-grades', 'scenario-analysis'],
  ...['indices-tree-map', 'trader-indices', 'market-movers-charts', 'all-trend-indicators'],
])('%s is no path of generation 3', async (name) => {
  expect(await ask(`/v3/${name}`)).toEqual({ status: 404, body: notFound });
});
