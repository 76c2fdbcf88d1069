import { describe, expect, test } from 'vitest';

import type { Read } from '../../src/upstreams/record-reader.ts';
import { canonicalName, rowParser, shape } from '../../src/upstreams/shape.ts';
import {
  hourlySignalRow,
  priceRow,
  tmGradeRow,
  tokenRow,
  tradingSignalRow,
} from '../../src/upstreams/tokenmetrics/rows.ts';

/** What a shape makes of a value; the text `refused` when it takes it for wrong. */
const read = (reader: Read<unknown>, value: unknown): unknown => {
  const parsed = reader(value);
  return parsed === undefined ? 'refused' : parsed;
};

describe('numbers', () => {
  test.each([
    [1.5, 1.5],
    [0, 0],
    ['86.63', 86.63],
    [' -3.43 ', -3.43],
    ['+0.5', 0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e-7', 1e-7],
    ['1.2E+10', 1.2e10],
    ['0', 0],
    ['-0', -0],
  ])('%j is %d', (value, expected) => {
    expect(read(shape.number, value)).toBe(expected);
  });

  test.each([
    ...['NaN', 'Infinity', '-Infinity', '1e999', '-1e999', '1,234.5', '0x10', '1_000', '12abc'],
    ...['--1', '1e', 'e5', '.', true, [], [1], {}, Number.NaN, Number.POSITIVE_INFINITY, '٣'],
  ])('%j is no number', (value) => {
    expect(read(shape.number, value)).toBe('refused');
    expect(read(shape.numberOrNull, value)).toBe('refused');
  });

  test('null, absent and blank are null where there may be none, and wrong where there must be one', () => {
    for (const value of [null, undefined, '', '   ']) {
      expect(read(shape.numberOrNull, value)).toBeNull();
      expect(read(shape.integerOrNull, value)).toBeNull();
      expect(read(shape.textOrNull, value)).toBeNull();
      expect(read(shape.dayOrNull, value)).toBeNull();
      expect(read(shape.linkOrNull, value)).toBeNull();
      expect(read(shape.number, value)).toBe('refused');
      expect(read(shape.integer, value)).toBe('refused');
    }
  });

  test('an integer may be a text, and may not have a fraction or be too large to be exact', () => {
    expect(read(shape.integer, '-1')).toBe(-1);
    expect(read(shape.integer, '3375.0')).toBe(3375);
    for (const value of ['1.5', 1.5, '9007199254740993', 1e20]) {
      expect(read(shape.integer, value)).toBe('refused');
    }
  });
});

describe('dates', () => {
  test.each([
    ['2025-05-25T00:00:00.000Z', '2025-05-25T00:00:00.000Z'],
    ['2025-05-26', '2025-05-26T00:00:00.000Z'],
    ['2023-11-08 10:00:00.000', '2023-11-08T10:00:00.000Z'],
    ['2023-11-08 10:00:00', '2023-11-08T10:00:00.000Z'],
    ['2025-03-19T23:26:09.454Z', '2025-03-19T23:26:09.454Z'],
    ['2025-03-19T23:26:09.4Z', '2025-03-19T23:26:09.400Z'],
    ['2025-03-19T23:26:09.454987Z', '2025-03-19T23:26:09.454Z'],
    ['2025-03-19T23:26:09+00:00', '2025-03-19T23:26:09.000Z'],
    [' 2025-05-26 ', '2025-05-26T00:00:00.000Z'],
  ])('%j is %s', (value, expected) => {
    expect(read(shape.instant, value)).toBe(expected);
    expect(read(shape.day, value)).toBe(expected.slice(0, 10));
  });

  test.each([
    ...['2025-02-30', '2025-13-01', '2025-05-25T24:00:00Z', '2025-05-25T10:61:00Z', 'yesterday'],
    ...['2025-05-25T10:00:00+02:00', '25.05.2025', '2025-5-1', '', 1748131200000, null, undefined],
  ])('%j is no UTC date', (value) => {
    expect(read(shape.instant, value)).toBe('refused');
    expect(read(shape.day, value)).toBe('refused');
  });
});

describe('links and lists', () => {
  test('a link is a link, and `…/undefined` is none', () => {
    const link = 'https://app.tokenmetrics.com/bitcoin';
    expect(read(shape.linkOrNull, link)).toBe(link);
    for (const none of [
      'https://app.tokenmetrics.com/undefined',
      'https://app.tokenmetrics.com/undefined/',
      'bitcoin',
      'javascript:alert(1)',
    ]) {
      expect(read(shape.linkOrNull, none)).toBeNull();
    }
    const named = 'https://app.tokenmetrics.com/undefined-protocol';
    expect(read(shape.linkOrNull, named)).toBe(named);
  });

  test('a list is empty when it is no list, and has only the members that fit', () => {
    const numbers = shape.list(shape.number);
    for (const none of [null, undefined, {}, 'a', 1]) expect(read(numbers, none)).toEqual([]);
    expect(read(numbers, [1, '2', null, 'x', [3], { a: 4 }])).toEqual([1, 2]);
  });
});

describe('rows', () => {
  test('one name has many spellings', () => {
    for (const spelling of [
      'TM_GRADE_24h_PCT_CHANGE',
      'TM_GRADE_24H_PCT_CHANGE',
      'tm_grade_24_h_pct_change',
      'tm_grade_24h_pct_change',
      'tmGrade24hPctChange',
    ]) {
      expect(canonicalName(spelling)).toBe('tmgrade24hpctchange');
      const row = tmGradeRow({
        TOKEN_ID: 3375,
        TOKEN_NAME: 'Bitcoin',
        TOKEN_SYMBOL: 'BTC',
        [spelling]: -1.4,
      });
      expect(row?.tmGrade24hPctChange).toBe(-1.4);
    }
  });

  test('a record in v3 is the same row as in v2', () => {
    const v2 = { TOKEN_ID: 1, TOKEN_NAME: 'A', TOKEN_SYMBOL: 'A', TM_GRADE: 72.4, MOMENTUM: 'x' };
    const v3 = Object.fromEntries(Object.entries(v2).map(([k, v]) => [k.toLowerCase(), v]));
    expect(tmGradeRow(v3)).toEqual(tmGradeRow(v2));
    expect(tmGradeRow(v3)).toMatchObject({ tokenId: 1, tmGrade: 72.4, momentum: 'x' });
  });

  test('a row with every number as text is the row with numbers, nested ones too', () => {
    const record = {
      TOKEN_ID: 45273,
      TOKEN_NAME: 'Doug',
      TOKEN_SYMBOL: 'DOUG',
      EXCHANGE_LIST: [{ exchange_id: 'raydium2', exchange_name: 'Raydium' }],
      CATEGORY_LIST: [{ category_id: 25, category_name: 'Solana', category_slug: 'solana' }],
      TM_LINK: 'https://app.tokenmetrics.com/doug-2',
      CONTRACT_ADDRESS: { solana: 'AQi', ethereum: '', base: null },
    };
    const texts = {
      ...record,
      TOKEN_ID: '45273',
      CATEGORY_LIST: [{ ...record.CATEGORY_LIST[0], category_id: '25' }],
    };
    expect(tokenRow(texts)).toEqual(tokenRow(record));
    expect(tokenRow(record)).toEqual({
      tokenId: 45273,
      tokenName: 'Doug',
      tokenSymbol: 'DOUG',
      exchangeList: [{ id: 'raydium2', name: 'Raydium' }],
      categoryList: [{ id: 25, name: 'Solana', slug: 'solana' }],
      tmLink: 'https://app.tokenmetrics.com/doug-2',
      appLink: null,
      contractAddress: [{ chain: 'solana', address: 'AQi' }],
    });
  });

  test('hourly signals that are words of digits are numbers', () => {
    const row = hourlySignalRow({
      TIMESTAMP: '2025-08-12T14:00:00.000Z',
      ...{ TOKEN_ID: 3375, TOKEN_NAME: 'Bitcoin', TOKEN_SYMBOL: 'BTC' },
      ...{ CLOSE: 119250, SIGNAL: '-1', POSITION: '1' },
    });
    expect(row).toMatchObject({ close: 119250, signal: -1, position: 1 });
  });

  test('symbols are upper case, whatever the endpoint', () => {
    const price = { TOKEN_ID: 1, CURRENT_PRICE: 1, TOKEN_NAME: 'Bitcoin', TOKEN_SYMBOL: 'btc' };
    expect(priceRow(price)?.tokenSymbol).toBe('BTC');
  });

  test('fields nobody knows are ignored, of two spellings the first counts', () => {
    const row = tradingSignalRow({
      ...{ TOKEN_ID: 1, TOKEN_NAME: 'A', TOKEN_SYMBOL: 'A', DATE: '2025-03-03' },
      ...{ TRADING_SIGNAL: 0, trading_signal: 1, tm_link: 'a', TM_LINK: 'b', NEW_FIELD: { a: 1 } },
      ...{ __proto__: { TOKEN_TREND: 1 }, constructor: 1 },
    });
    expect(row).toEqual({
      ...{ tokenId: 1, tokenName: 'A', tokenSymbol: 'A', date: '2025-03-03' },
      ...{ tradingSignal: 0, tokenTrend: null, tradingSignalsReturns: null },
      ...{ holdingReturns: null, tmTraderGrade: null, tmInvestorGrade: null },
    });
  });

  test.each([null, undefined, 1, 'row', [], [1], {}, { TOKEN_ID: 'x' }, { TOKEN_ID: 1 }, true])(
    '%j is no row, and no reason to fall over',
    (record) => {
      for (const parse of [tokenRow, priceRow, tmGradeRow, tradingSignalRow, hourlySignalRow]) {
        expect(parse(record)).toBeUndefined();
      }
    },
  );

  test('one value that cannot be read makes its row wrong', () => {
    const parse = rowParser({ a: shape.numberOrNull, b: shape.integer });
    expect(parse({ A: 1, B: 2 })).toEqual({ a: 1, b: 2 });
    expect(parse({ A: {}, B: 2 })).toBeUndefined();
    expect(parse({ A: 1, B: 2.5 })).toBeUndefined();
  });
});
