import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { coverage } from '../../src/sandbox/coverage.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';

const shared = process.env['ASSAY_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const samples = resolve(shared, 'samples/token-metrics');
const now = () => Date.UTC(2025, 10, 20, 14, 25);
const sandbox = await createSandbox({ now });
const earlier = await createSandbox({ now, pricePrediction: 'forecasts' });
afterAll(() => Promise.all([sandbox.close(), earlier.close()]));

/** What is asked so that every kind of row comes back; elsewhere a full page of all tokens. */
const queries: Readonly<Record<string, string>> = {
  tokens: 'token_id=45273,45276,3375,3719',
  price: 'token_id=3375,3306',
  'top-market-cap-tokens': 'top_k=50',
  'hourly-trading-signals': 'token_id=3375,3306',
  'indices-holdings': 'id=8',
  'indices-performance': 'id=1&limit=100',
  'indices-index-specific-performance':
    'indexName=meme&startDate=2025-10-25&endDate=2025-11-20&limit=100',
  'indices-tree-map': 'type=investor',
  'indices-index-specific-tree-map': 'indexName=meme',
  'indices-index-transaction': 'type=investor',
  'indices-index-specific-index-transaction': 'indexName=meme',
  'token-details-price-charts': 'token_id=3375&category=trader&timeFrame=1M&chartFilters=price',
  'resistance-and-support-charts': 'token_id=3375',
};

/** Columns that are documented as nullable but happen not to be null in the sample. */
const nullable: Readonly<Record<string, readonly string[]>> = {
  'trader-grades': ['TM_TRADER_GRADE_24H_PCT_CHANGE'],
  'investor-grades': [
    ...['TM_INVESTOR_GRADE_7D_PCT_CHANGE', 'FUNDAMENTAL_GRADE', 'TECHNOLOGY_GRADE'],
    'ACTIVITY_SCORE',
  ],
  'trading-signals': [
    ...['TRADING_SIGNALS_RETURNS', 'HOLDING_RETURNS', 'TM_TRADER_GRADE', 'TM_INVESTOR_GRADE'],
  ],
  'tm-grade': [
    ...['TM_GRADE_24h_PCT_CHANGE', 'TM_TRADER_GRADE_24H_CHANGE'],
    ...['tm_grade_24_h_pct_change', 'tm_trader_grade_24_h_change'],
  ],
  'tm-grade-history': ['TM_GRADE_24h_PCT_CHANGE', 'TM_TRADER_GRADE_24H_CHANGE'],
  'fundamental-grade': ['FUNDAMENTAL_GRADE', 'FUNDAMENTAL_GRADE_CLASS'],
  'fundamental-grade-history': ['FUNDAMENTAL_GRADE', 'FUNDAMENTAL_GRADE_CLASS'],
  'technology-grade': [
    ...['TECHNOLOGY_GRADE', 'ACTIVITY_SCORE', 'REPOSITORY_SCORE', 'COLLABORATION_SCORE'],
  ],
  quantmetrics: [
    ...['VOLATILITY', 'ALL_TIME_RETURN', 'CAGR', 'SHARPE', 'SORTINO', 'MAX_DRAWDOWN', 'SKEW'],
    ...['TAIL_RATIO', 'RISK_REWARD_RATIO', 'PROFIT_FACTOR', 'KURTOSIS', 'DAILY_VALUE_AT_RISK'],
    ...['DAILY_RETURN_AVG', 'DAILY_RETURN_STD'],
  ],
  'indices-holdings': ['TRADER_GRADE_CHANGE_24H'],
  'ai-reports': ['CODE_REVIEW'],
  'scenario-analysis': ['SCENARIO_ANALYSIS'],
  tokens: ['max_supply', 'exchange_list'],
};

/** Columns the sample only shows as null: their type is documented, a number or a text. */
const onlyKnownAsNull: Readonly<Record<string, string>> = {
  VC_SCORE: 'number',
  TOKENOMICS_SCORE: 'number',
  DEFI_SCANNER_SCORE: 'number',
  SECURITY_SCORE: 'number',
};

/** Columns the sample lacks: it was taken before them, or without asking for them. */
const added: Readonly<Record<string, readonly string[]>> = {
  'indices-performance': ['ID'],
  v3_tokens: ['exchange_list', 'category_list', 'contract_address'],
};

const files = ['official-examples', 'reconstructed', 'third-party-recorded'].flatMap((folder) => {
  const path = resolve(samples, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path).map((file) => ({ folder, file: file.replace('.json', '') }));
});
if (files.length === 0) {
  console.info('The sandbox was not compared with recorded answers: no samples (ASSAY_SHARED).');
}

// A run without samples has one test, so that it is no failure to have none.
const compared = files.length === 0 ? [{ folder: '', file: '' }] : files;

describe('as the vendor answers, so does the sandbox', () => {
  test.each(compared)('$folder/$file', async ({ folder, file }) => {
    if (file === '') return;
    const [generation = '', name = ''] = file.split('_');
    const expected = JSON.parse(readFileSync(resolve(samples, folder, `${file}.json`), 'utf8'));
    const isOld = folder === 'official-examples' && name === 'price-prediction';
    const actual = await ask(generation, name, isOld ? earlier : sandbox);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    expect(kindOf({ ...actual, data: [] }, '')).toBe(kindOf({ ...expected, data: [] }, ''));
    if (expected.data === undefined) return;

    const extra = added[file] ?? added[name] ?? [];
    const columns = Object.keys(expected.data[0]);
    for (const row of actual.data) {
      expect(Object.keys(row).filter((column) => !extra.includes(column))).toEqual(columns);
    }
    const wanted = kindsOf(expected.data);
    for (const [column, kinds] of kindsOf(actual.data)) {
      if (extra.includes(column)) continue;
      const known = wanted.get(column) ?? new Set();
      const allowed = new Set([...known, onlyKnownAsNull[column]]);
      if (nullable[name]?.includes(column)) allowed.add('null');
      expect([column, [...kinds].filter((kind) => !allowed.has(kind))]).toEqual([column, []]);
      expect([column, kinds.has('null') || !known.has('null')]).toEqual([column, true]);
    }
  });

  test('there is a route for every sample', () => {
    const served = new Set(coverage.map(({ path }) => path));
    const missing = files
      .map(({ file }) => file.split('_'))
      .map(([generation = '', name = '']) => `/${generation}/${name}`)
      .filter((path) => !served.has(path));
    expect(missing).toEqual([]);
  });
});

test('what the vendor publishes as null is null here too', async () => {
  const columnsWithNull = async (name: string) => {
    const { data } = await ask('v2', name, sandbox);
    return [...kindsOf(data)].filter(([, kinds]) => kinds.has('null')).map(([column]) => column);
  };
  expect(await columnsWithNull('top-market-cap-tokens')).toEqual(['EXCHANGE_LIST']);
  expect(await columnsWithNull('investor-grades')).toEqual(
    expect.arrayContaining(['DEFI_USAGE_SCORE', 'VC_SCORE', 'SECURITY_SCORE', 'REPOSITORY_SCORE']),
  );
  expect(await columnsWithNull('trading-signals')).toEqual(
    expect.arrayContaining(['TRADING_SIGNALS_RETURNS', 'HOLDING_RETURNS', 'TM_TRADER_GRADE']),
  );
  expect(await columnsWithNull('quantmetrics')).toHaveLength(14);
  expect(await columnsWithNull('correlation')).toEqual(['TOP_CORRELATION']);
  expect(await columnsWithNull('crypto-investors')).toEqual(['INVESTOR_TWITTER']);
});

async function ask(generation: string, name: string, { url, key } = sandbox) {
  const question = { messages: [{ user: 'What is the next 100x coin ?' }] };
  const response = await fetch(`${url}/${generation}/${name}?${queries[name] ?? 'limit=100'}`, {
    headers: { 'x-api-key': key },
    ...(name === 'tmai' ? { method: 'POST', body: JSON.stringify(question) } : {}),
  });
  expect(response.status).toBe(200);
  return JSON.parse(await response.text());
}

/** Column to the kinds of values in it; dates by their shape, objects by the kinds of their keys. */
function kindsOf(rows: readonly object[]): Map<string, Set<string>> {
  const kinds = new Map<string, Set<string>>();
  for (const row of rows) {
    for (const [column, value] of Object.entries(row)) {
      kinds.set(column, (kinds.get(column) ?? new Set()).add(kindOf(value, column)));
    }
  }
  return kinds;
}

function kindOf(value: unknown, column: string): string {
  if (value === null) return 'null';
  if (typeof value === 'string') {
    if (/^\d{4}-\d\d-\d\d/.test(value)) return value.replace(/\d/g, '9');
    return /^-?\d+(\.\d+)?$/.test(value) ? 'numeric text' : 'text';
  }
  if (Array.isArray(value)) {
    return `[${[...new Set(value.map((member) => kindOf(member, '')))].join()}]`;
  }
  if (typeof value !== 'object') return typeof value;
  // Keys are chains and ids here, not columns.
  if (['CONTRACT_ADDRESS', 'TOP_GAINERS_ICONS', 'top_gainers_icons'].includes(column)) {
    return 'object';
  }
  return `{${Object.entries(value)
    .map(([name, inner]) => `${name}:${kindOf(inner, name)}`)
    .join()}}`;
}
