import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { createSandbox } from '../../src/sandbox/sandbox.ts';

const shared = process.env['ASSAY_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const samples = resolve(shared, 'samples/token-metrics');
const sandbox = await createSandbox({ now: () => Date.UTC(2025, 10, 20, 14, 25) });
afterAll(() => sandbox.close());

/** Columns that are documented as nullable but happen not to be null in the sample. */
const nullable: Readonly<Record<string, readonly string[]>> = {
  'trader-grades': ['TM_TRADER_GRADE_24H_PCT_CHANGE'],
  'investor-grades': [
    'TM_INVESTOR_GRADE_7D_PCT_CHANGE',
    'FUNDAMENTAL_GRADE',
    'TECHNOLOGY_GRADE',
    'ACTIVITY_SCORE',
  ],
  'trading-signals': [
    'TRADING_SIGNALS_RETURNS',
    'HOLDING_RETURNS',
    'TM_TRADER_GRADE',
    'TM_INVESTOR_GRADE',
  ],
  'tm-grade': ['TM_GRADE_24h_PCT_CHANGE', 'TM_TRADER_GRADE_24H_CHANGE'],
  'tm-grade-history': ['TM_GRADE_24h_PCT_CHANGE', 'TM_TRADER_GRADE_24H_CHANGE'],
  'fundamental-grade': [
    'FUNDAMENTAL_GRADE',
    'FUNDAMENTAL_GRADE_CLASS',
    'VC_SCORE',
    'TOKENOMICS_SCORE',
    'DEFI_SCANNER_SCORE',
  ],
  'fundamental-grade-history': [
    'FUNDAMENTAL_GRADE',
    'FUNDAMENTAL_GRADE_CLASS',
    'VC_SCORE',
    'TOKENOMICS_SCORE',
    'DEFI_SCANNER_SCORE',
  ],
  'technology-grade': [
    'TECHNOLOGY_GRADE',
    'ACTIVITY_SCORE',
    'REPOSITORY_SCORE',
    'COLLABORATION_SCORE',
    'SECURITY_SCORE',
    'DEFI_SCANNER_SCORE',
  ],
};

/** Columns the sample only shows as null: their type is documented, a number. */
const numericWhereKnown = new Set([
  'VC_SCORE',
  'TOKENOMICS_SCORE',
  'DEFI_SCANNER_SCORE',
  'SECURITY_SCORE',
]);

const cases = [
  ['official-examples', 'tokens', 'token_id=45273,45276'],
  ['official-examples', 'price', 'token_id=3375,3306'],
  ['official-examples', 'top-market-cap-tokens', 'top_k=50'],
  ['official-examples', 'trader-grades', 'limit=100'],
  ['official-examples', 'investor-grades', 'limit=100'],
  ['official-examples', 'trading-signals', 'limit=100'],
  ['reconstructed', 'tm-grade', 'limit=100'],
  ['reconstructed', 'tm-grade-history', 'limit=100'],
  ['reconstructed', 'fundamental-grade', 'limit=100'],
  ['reconstructed', 'fundamental-grade-history', 'limit=100'],
  ['reconstructed', 'technology-grade', 'limit=100'],
  ['reconstructed', 'hourly-trading-signals', 'token_id=3375,3306'],
] as const;

test.each(cases)('%s: %s has the same columns, types and nulls', async (folder, name, query) => {
  const file = resolve(samples, folder, `v2_${name}.json`);
  if (!existsSync(file)) {
    console.info(`Not compared with the sample of ${name}: no samples (set ASSAY_SHARED).`);
    return;
  }
  const expected = JSON.parse(readFileSync(file, 'utf8'));
  const response = await fetch(`${sandbox.url}/v2/${name}?${query}`, {
    headers: { 'x-api-key': sandbox.key },
  });
  const actual = JSON.parse(await response.text());
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  const [wanted] = expected.data;
  const kindsWanted = kindsOf(expected.data);
  for (const row of actual.data) expect(Object.keys(row)).toEqual(Object.keys(wanted));
  for (const [column, kinds] of kindsOf(actual.data)) {
    const allowed = new Set(kindsWanted.get(column));
    if (nullable[name]?.includes(column)) allowed.add('null');
    if (numericWhereKnown.has(column)) allowed.add('number');
    expect([column, [...kinds].filter((kind) => !allowed.has(kind))]).toEqual([column, []]);
  }
});

test('what the vendor publishes as null is null here too', async () => {
  const columnsWithNull = async (path: string) => {
    const response = await fetch(`${sandbox.url}/v2/${path}`, {
      headers: { 'x-api-key': sandbox.key },
    });
    const body = JSON.parse(await response.text());
    return [...kindsOf(body.data)].filter(([, kinds]) => kinds.has('null')).map(([name]) => name);
  };
  expect(await columnsWithNull('top-market-cap-tokens?top_k=50')).toEqual(['EXCHANGE_LIST']);
  expect(await columnsWithNull('investor-grades?limit=100')).toEqual(
    expect.arrayContaining(['DEFI_USAGE_SCORE', 'VC_SCORE', 'SECURITY_SCORE', 'REPOSITORY_SCORE']),
  );
  expect(await columnsWithNull('trading-signals?limit=100&startDate=2025-11-20')).toEqual(
    expect.arrayContaining(['TRADING_SIGNALS_RETURNS', 'HOLDING_RETURNS', 'TM_TRADER_GRADE']),
  );
});

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
  if (typeof value === 'string' && (column === 'DATE' || column === 'TIMESTAMP')) {
    return value.replace(/\d/g, '9');
  }
  if (Array.isArray(value)) {
    return `[${[...new Set(value.map((member) => kindOf(member, '')))].join()}]`;
  }
  if (typeof value !== 'object') return typeof value;
  if (column === 'CONTRACT_ADDRESS') return 'object';
  return `{${Object.entries(value)
    .map(([name, inner]) => `${name}:${kindOf(inner, name)}`)
    .join()}}`;
}
