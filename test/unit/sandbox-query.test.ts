import { describe, expect, test } from 'vitest';

import { parseDay } from '../../src/sandbox/data/day.ts';
import { dates, list, paging, sizes } from '../../src/sandbox/parameters.ts';
import type { Parameter } from '../../src/sandbox/parameters.ts';
import { readQuery, readQueryString } from '../../src/sandbox/query.ts';

const parameters: Readonly<Record<string, Parameter>> = {
  token_id: { kind: 'list', required: true },
  symbol: list,
  signal: { kind: 'choice', of: ['1', '-1', '0'] },
  ...dates,
  ...sizes,
  ...paging,
};

function read(text: string, spanDaysMax = 29) {
  return readQuery(readQueryString(`?token_id=1&${text}`), parameters, spanDaysMax);
}

describe('a query string', () => {
  test('may encode its commas, leave them bare or repeat the name', () => {
    for (const text of ['token_id=1%2C2', 'token_id=1,2', 'token_id=1&token_id=2']) {
      expect(readQueryString(text)).toEqual({ token_id: '1,2' });
    }
  });

  test('survives whatever is in it', () => {
    expect(readQueryString('%E0%A4%A=1&&=&a&__proto__=x&b=%')).toMatchObject({ a: '', b: '%' });
  });
});

describe('a query', () => {
  test('takes the paging defaults when it says nothing', () => {
    expect(read('')?.numbers).toEqual({ limit: 50, page: 1 });
  });

  test('trims the members of a list and drops empty ones', () => {
    expect(read('symbol= btc , ,eth')?.lists['symbol']).toEqual(['btc', 'eth']);
  });

  test('ignores what it does not know', () => {
    expect(read('start_date=nonsense&market_cap=x&base_symbol=BTC')).toEqual(read(''));
  });

  test.each([
    'limit=0',
    'limit=101',
    'limit=1000&page=0',
    'limit=1.5',
    'limit=-1',
    'limit=1e1',
    'limit=ten',
    'page=0',
    'page=-1',
    'page=x',
    'startDate=2025-02-30',
    'startDate=2025-13-01',
    'startDate=2025-1-1',
    'startDate=01/02/2025',
    'endDate=2025-01-01T00:00:00Z',
    'startDate=2025-01-02&endDate=2025-01-01',
    'startDate=2025-01-01&endDate=2025-01-31',
    'signal=2',
    'signal=up',
    'marketcap=big',
    'token_id=',
  ])('is refused for %s', (text) => {
    const { token_id: ids, ...rest } = readQueryString(`${text}`);
    const values = text.startsWith('token_id')
      ? { token_id: ids ?? '' }
      : { token_id: '1', ...rest };
    expect(readQuery(values, parameters, 29)).toBeUndefined();
  });

  test.each([
    'limit=1',
    'limit=100&page=7',
    'startDate=2024-02-29',
    'startDate=2025-01-01&endDate=2025-01-30',
    'startDate=2025-01-01&endDate=2025-01-01',
    'signal=-1',
    'marketcap=1e9&volume=0.5',
  ])('is accepted with %s', (text) => {
    expect(read(text)).toBeDefined();
  });

  test('may span years when the bound is lifted', () => {
    const query = read('startDate=2021-01-01&endDate=2024-12-31', Infinity);
    expect(query?.numbers['startDate']).toBe(parseDay('2021-01-01'));
  });
});
