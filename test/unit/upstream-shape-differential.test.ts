import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Read } from '../../src/upstreams/record-reader.ts';
import { rowParser, shape } from '../../src/upstreams/shape.ts';
import { endpoints } from '../../src/upstreams/tokenmetrics/endpoints.ts';
import { zodRows } from '../bench/zod-rows.ts';
import { shape as zodShape } from '../bench/zod-shape.ts';

/** The readers are written by hand for speed; the same in zod say what they must read. */

const digits = (length: number) =>
  fc.integer({ min: 0, max: 10 ** length - 1 }).map((n) => String(n).padStart(length, '0'));
const around = (max: number) =>
  fc.integer({ min: 0, max: max + 2 }).map((n) => String(n).padStart(2, '0'));

/** Dates in their spellings, whether they exist or not. */
const dates = fc
  .tuple(
    fc.tuple(digits(4), around(12), around(31)).map((parts) => parts.join('-')),
    fc.constantFrom('', 'T', ' '),
    fc.tuple(around(24), around(60), around(60)).map((parts) => parts.join(':')),
    fc.constantFrom('', '.0', '.000', '.454', '.454987', '.4x4'),
    fc.constantFrom('', 'Z', '+00:00', '+0000', '+02:00', 'z'),
  )
  .map(([day, mark, time, fraction, zone]) =>
    mark === '' ? day : `${day}${mark}${time}${fraction}${zone}`,
  );

/** A text with one character in place of another. */
const spoilt = (texts: fc.Arbitrary<string>) =>
  fc
    .tuple(texts, fc.nat(), fc.string({ maxLength: 1 }))
    .map(([text, at, by]) => text.slice(0, at % 30) + by + text.slice((at % 30) + 1));

const numerals = fc.oneof(
  fc.integer().map(String),
  fc.double().map(String),
  fc.constantFrom('0', '-0', ' 1 ', '1e999', '.5', '5.', '1e', '0x1', '1.0', '9007199254740993'),
);
const links = fc.constantFrom(
  ...['https://a.example/b', 'http://a', 'ftp://a', 'https://a/undefined', 'https://a/undefined/'],
);
const values = fc.oneof(
  fc.constantFrom(null, undefined, '', '  ', '\u00a0', true, false, NaN, Infinity, -0, 'btc', 'ß'),
  fc.oneof(fc.integer(), fc.double(), numerals, spoilt(numerals)),
  fc.oneof(dates, spoilt(dates), links, fc.string({ unit: 'binary' })),
);

const readers: readonly (readonly [string, Read<unknown>, { safeParse: (of: unknown) => any }])[] =
  [
    ['number', shape.number, zodShape.number],
    ['numberOrNull', shape.numberOrNull, zodShape.numberOrNull],
    ['integer', shape.integer, zodShape.integer],
    ['integerOrNull', shape.integerOrNull, zodShape.integerOrNull],
    ['text', shape.text, zodShape.text],
    ['symbol', shape.symbol, zodShape.symbol],
    ['textOrNull', shape.textOrNull, zodShape.textOrNull],
    ['instant', shape.instant, zodShape.instant],
    ['instantOrNull', shape.instantOrNull, zodShape.instantOrNull],
    ['day', shape.day, zodShape.day],
    ['dayOrNull', shape.dayOrNull, zodShape.dayOrNull],
    ['linkOrNull', shape.linkOrNull, zodShape.linkOrNull],
    ['list', shape.list(shape.number), zodShape.list(zodShape.number)],
    ['listOrNull', shape.listOrNull(shape.day), zodShape.listOrNull(zodShape.day)],
  ];

test.each(readers)('%s reads every value as its schema does', (_name, read, schema) => {
  const sampled = fc.oneof({ arbitrary: values, weight: 4 }, fc.array(values, { maxLength: 4 }));
  fc.assert(
    fc.property(sampled, (value) => {
      expect(read(value)).toStrictEqual(schema.safeParse(value).data);
    }),
    { numRuns: 1500 },
  );
});

test('every day of four centuries is read, and no other', () => {
  for (let year = 1900; year < 2300; year += 1) {
    for (let month = 0; month <= 13; month += 1) {
      for (const day of [0, 1, 28, 29, 30, 31, 32]) {
        const text = [year, month, day].map((part) => String(part).padStart(2, '0')).join('-');
        const ms = Date.parse(`${text}T00:00:00.000Z`);
        const exists = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
        if (shape.day(text) !== (exists ? text : undefined)) expect.unreachable(text);
      }
    }
  }
});

test('every time of a day is read, and no other', () => {
  const part = (value: number) => String(value).padStart(2, '0');
  for (let hour = 0; hour <= 25; hour += 1) {
    for (const minute of [0, 59, 60]) {
      for (const second of [0, 59, 60]) {
        const text = `2025-05-25T${part(hour)}:${part(minute)}:${part(second)}.454Z`;
        const exists = hour < 24 && minute < 60 && second < 60;
        expect(shape.instant(text)).toBe(exists ? text : undefined);
        expect(shape.day(text)).toBe(exists ? '2025-05-25' : undefined);
      }
    }
  }
});

/** Records that fit; the tests spoil them. */
const identity = { TOKEN_ID: 3375, TOKEN_NAME: 'Bitcoin', TOKEN_SYMBOL: 'btc' };
const figures = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, 1.5]));
const instant = '2025-05-25T00:00:00.000Z';
const range = { forecast: 1, forecast_lower: '0.5', forecast_upper: null };
const scenario = { scenario: 2, predicted_price_base: 1, predicted_roi_moon: '2' };
const records: Readonly<Record<keyof typeof zodRows, Readonly<Record<string, unknown>>>> = {
  tokens: {
    ...identity,
    EXCHANGE_LIST: [{ exchange_id: 'gate', exchange_name: 'Gate' }, { exchange_id: 1 }],
    CATEGORY_LIST: [{ category_id: '25', category_name: 'A', category_slug: '' }, null],
    TM_LINK: 'https://app.tokenmetrics.com/bitcoin',
    CONTRACT_ADDRESS: { solana: 'AQi', ethereum: '', base: null },
  },
  price: { ...identity, CURRENT_PRICE: 1 },
  tmGrade: { ...identity, ...figures('TM_GRADE', 'TM_GRADE_24h_PCT_CHANGE'), MOMENTUM: 'x' },
  tmGradeHistory: { ...identity, DATE: instant, ...figures('TM_GRADE', 'QUANT_GRADE') },
  investorGrades: { ...identity, DATE: '2025-05-25', ...figures('TM_INVESTOR_GRADE', 'VC_SCORE') },
  tradingSignals: { ...identity, DATE: instant, TRADING_SIGNAL: -1, TOKEN_TREND: '1' },
  hourlyTradingSignals: { ...identity, TIMESTAMP: '2025-05-25 10:00:00.000', SIGNAL: '-1' },
  dailyOhlcv: { ...identity, DATE: instant, ...figures('OPEN', 'HIGH', 'LOW', 'CLOSE', 'VOLUME') },
  hourlyOhlcv: { ...identity, TIMESTAMP: instant, ...figures('OPEN', 'HIGH', 'LOW', 'CLOSE') },
  quantMetrics: { ...identity, DATE: '2025-05-25', ...figures('VOLATILITY', 'CAGR', 'SKEW') },
  correlation: { ...identity, TOP_CORRELATION: [{ correlation: '0.9', token: 'Ethereum' }] },
  resistanceSupport: {
    ...identity,
    HISTORICAL_RESISTANCE_SUPPORT_LEVELS: [{ date: '2021-01-14', level: 1 }, 2, '3', 'x', []],
  },
  pricePrediction: {
    ...identity,
    PRICE_PREDICTION: { current_price: 1, price_prediction: [scenario, [], 1] },
    FORECASTS_FOR_NEXT_7_DAYS: { '2-day-forecast': range, '1-day-forecast': range, x: range },
  },
  indicesHoldings: { ...identity, ICON: { large: 'https://a.example/b.png' }, WEIGHT: 0.5 },
};
const names = Object.keys(zodRows).filter((name) => Object.hasOwn(records, name)) as Name[];
type Name = keyof typeof zodRows;

const spellings = (name: string) =>
  fc.constantFrom(name, name, name, name.toLowerCase(), name.replaceAll('_', ''), `X${name}`);

/** A record with values spoilt at any depth, left out, spelled otherwise, twice, in another order. */
function mangled(value: unknown): fc.Arbitrary<unknown> {
  const kept = (whole: fc.Arbitrary<unknown>) =>
    fc.oneof({ arbitrary: whole, weight: 12 }, { arbitrary: values, weight: 1 });
  if (Array.isArray(value)) return kept(fc.tuple(...value.map(mangled)));
  if (typeof value !== 'object' || value === null) return kept(fc.constant(value));
  const fields = Object.entries(value).flatMap(([name, inner]) => {
    const field = fc.tuple(spellings(name), mangled(inner));
    return [field, fc.option(field, { freq: 6, nil: undefined })];
  });
  const picked = fc
    .tuple(fc.tuple(...fields), fc.nat({ max: 40 }))
    .map(([all, at]) => all.filter((field, index) => field !== undefined && index !== at));
  const ordered = picked.chain((all) =>
    fc.oneof(
      { arbitrary: fc.constant(all), weight: 3 },
      fc.shuffledSubarray(all, { minLength: all.length }),
    ),
  );
  return kept(ordered.map((all) => Object.fromEntries(all as [string, unknown][])));
}

test.each(names)('rows of %s, mangled, are the rows of its schema', (name) => {
  let rows = 0;
  const check = (record: unknown) => {
    const row = endpoints[name].row(record);
    expect(row).toStrictEqual(zodRows[name](record));
    if (row !== undefined) rows += 1;
  };
  check(records[name]);
  expect(rows).toBe(1);
  // One parser for all of them: what it remembers of one record must not tell on the next.
  fc.assert(fc.property(mangled(records[name]), check), { numRuns: 600 });
  expect(rows).toBeGreaterThan(1);
});

test('names without end, and more of them than are remembered, do not hide a field', () => {
  const { text, number } = shape;
  const row = rowParser({ tokenId: number, tokenName: text, currentPrice: number });
  const price = { TOKEN_ID: 3375, TOKEN_NAME: 'Bitcoin', CURRENT_PRICE: 2 };
  const strangers = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`NEW_${at}`, at]));
  const read = { tokenId: 3375, tokenName: 'Bitcoin', currentPrice: 2 };
  for (let times = 0; times < 2; times += 1) {
    expect(row({ ...strangers, ...price })).toEqual(read);
    expect(row({ ...price, ...strangers })).toEqual(read);
    expect(row({ current_price: 2, token_id: 3375, TOKEN_NAME: 'Bitcoin' })).toEqual(read);
  }
});
