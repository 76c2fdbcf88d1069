import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

import { createDataSet } from '../../src/sandbox/data/data-set.ts';
import { dayMs, dayOf, isoDay, parseDay } from '../../src/sandbox/data/day.ts';
import { recordedBtcGrades } from '../../src/sandbox/data/recorded-btc-grades.ts';
import type { Token } from '../../src/sandbox/data/tokens.ts';

const data = createDataSet('assay');
const today = dayOf(Date.UTC(2025, 10, 20));
const shared = process.env['ASSAY_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const samples = resolve(shared, 'samples/token-metrics');

function tokenOf(id: number): Token {
  const token = data.tokens.find((candidate) => candidate.id === id);
  if (token === undefined) throw new Error(`no token ${id}`);
  return token;
}

const bitcoin = tokenOf(3375);

function figuresOf(seed: string): readonly (number | null)[] {
  const { grades, market, signals, scores } = createDataSet(seed);
  return [
    market.price(bitcoin, Date.UTC(2025, 5, 1, 12, 34)),
    grades.trader(bitcoin, today),
    grades.investor(bitcoin, today),
    signals.returns(bitcoin, today),
    scores('COMMUNITY_SCORE', bitcoin, today),
  ];
}

describe('the data set', () => {
  test('is the same for the same seed and another for another', () => {
    expect(figuresOf('a')).toEqual(figuresOf('a'));
    expect(figuresOf('a')).not.toEqual(figuresOf('b'));
  });

  test('gives the same figures in whatever order they are asked', () => {
    const forwards = createDataSet('x').signals;
    const backwards = createDataSet('x').signals;
    const days = Array.from({ length: 400 }, (_, index) => bitcoin.firstDay + index * 4);
    const up = days.map((day) => forwards.returns(bitcoin, day));
    const down = days.toReversed().map((day) => backwards.returns(bitcoin, day));
    expect(down.toReversed()).toEqual(up);
    expect(new Set(up).size).toBeGreaterThan(20);
  });

  test('has more tokens than a page holds, and no id or slug twice', () => {
    expect(data.tokens.length).toBeGreaterThan(100);
    expect(new Set(data.tokens.map(({ id }) => id)).size).toBe(data.tokens.length);
    expect(new Set(data.tokens.map(({ slug }) => slug)).size).toBe(data.tokens.length);
  });

  test('has symbols that several tokens share', () => {
    const idsOf = (symbol: string) =>
      data.tokens.filter((token) => token.symbol === symbol).map(({ id }) => id);
    expect(idsOf('SOL')).toEqual([3988, 20613, 21865]);
    expect(idsOf('TON')).toEqual([2037, 3813]);
    expect(idsOf('PEPE')).toEqual([28902, 29270, 30483]);
  });

  test('ranks by market cap', () => {
    const caps = data.tokens.map(({ baseMarketCap }) => baseMarketCap);
    expect(caps).toEqual(caps.toSorted((a, b) => b - a));
    expect(data.tokens.slice(0, 3).map(({ symbol }) => symbol)).toEqual(['BTC', 'ETH', 'USDT']);
  });

  test('gives well-formed EVM addresses', () => {
    const evm = data.tokens.flatMap(({ addresses }) => addresses['ethereum'] ?? []);
    expect(evm.length).toBeGreaterThan(30);
    for (const address of evm) expect(address).toMatch(/^0x[0-9a-f]{40}$/);
  });
});

describe('prices', () => {
  test('stay near what the token is worth', () => {
    for (const token of data.tokens) {
      const ratio = data.market.price(token, today * dayMs) / token.basePrice;
      expect(ratio).toBeGreaterThan(0.45);
      expect(ratio).toBeLessThan(2.2);
    }
  });

  test('stand still for five minutes and then move', () => {
    const start = Date.UTC(2025, 10, 20, 10);
    const priceAt = (ms: number) => data.market.price(bitcoin, start + ms);
    expect(priceAt(299_999)).toBe(priceAt(0));
    expect(priceAt(300_000)).not.toBe(priceAt(0));
  });

  test('of micro coins are written with an exponent, those of bitcoin without decimals', () => {
    expect(JSON.stringify(data.market.price(tokenOf(776), today * dayMs))).toMatch(/e-9$/);
    expect(data.market.price(bitcoin, today * dayMs) % 1).toBe(0);
  });

  test('of a wrapped coin follow the coin', () => {
    const ratioOn = (day: number) =>
      data.market.price(tokenOf(16050), day * dayMs) / data.market.price(bitcoin, day * dayMs);
    for (let day = today - 300; day < today; day += 10) expect(ratioOn(day)).toBeCloseTo(0.999, 3);
  });
});

describe('grades and signals', () => {
  test('the trader grade is 0.8 of the technical and 0.2 of the quantitative grade', () => {
    for (const token of data.tokens.slice(0, 20)) {
      for (let day = today - 100; day <= today; day += 1) {
        const grade = data.grades.trader(token, day);
        const parts = 0.8 * data.grades.ta(token, day) + 0.2 * data.grades.quant(token, day);
        expect(Math.abs(grade - parts)).toBeLessThan(0.005_001);
        expect(grade).toBe(Number(grade.toFixed(2)));
      }
    }
  });

  test('grades reach all five verdicts', () => {
    const verdicts = new Set<number>();
    for (const token of data.tokens) {
      for (let day = today - 200; day <= today; day += 5) {
        verdicts.add(Math.min(4, Math.floor(data.grades.tm(token, day) / 20)));
      }
    }
    expect([...verdicts].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test('the trend is the last signal that was not zero, also across days without a row', () => {
    for (const token of data.tokens.slice(0, 40)) {
      let last = 0;
      let events = 0;
      for (let day = token.firstDay; day <= today; day += 1) {
        if (!data.has('signals', token, day)) continue;
        const signal = data.signals.signal(token, day);
        if (signal !== 0) [last, events] = [signal, events + 1];
        expect(data.signals.trend(token, day)).toBe(last);
      }
      expect(events / (today - token.firstDay)).toBeLessThan(0.15);
    }
  });

  test('returns do not move while the trend is down', () => {
    const { signals } = data;
    let still = 0;
    for (let day = bitcoin.firstDay + 1; day < today; day += 1) {
      if (signals.trend(bitcoin, day - 1) === 1) continue;
      expect(signals.returns(bitcoin, day)).toBe(signals.returns(bitcoin, day - 1));
      still += 1;
    }
    expect(still).toBeGreaterThan(100);
  });

  test('some days have no row, but none of the ten greatest tokens skips one', () => {
    const holes = (rank: number) => {
      const token = data.tokens[rank - 1] ?? bitcoin;
      return Array.from({ length: 1000 }, (_, index) => today - index).filter(
        (day) => day >= token.firstDay && !data.has('trader', token, day),
      ).length;
    };
    expect(holes(10)).toBe(0);
    expect(holes(20)).toBeGreaterThan(5);
    expect(holes(20)).toBeLessThan(40);
  });
});

describe('the recorded grades of bitcoin', () => {
  test('cover 757 days and no others, of which nine were left out', () => {
    const first = parseDay('2021-01-01') ?? 0;
    expect(recordedBtcGrades(first)).toEqual({ ta: 95.94, quant: 52.08 });
    expect(recordedBtcGrades(first - 1)).toBeUndefined();
    expect(recordedBtcGrades(first + 756)).toBeDefined();
    expect(recordedBtcGrades(first + 757)).toBeUndefined();
    const days = Array.from({ length: 757 }, (_, index) => first + index);
    expect(days.filter((day) => !data.has('trader', bitcoin, day))).toHaveLength(9);
    expect(data.has('trader', bitcoin, parseDay('2022-06-16') ?? 0)).toBe(false);
  });

  test('are what the vendor published', () => {
    const file = resolve(samples, 'timeseries/BTC_3375_trader_grades_2021-01-01_2023-01-27.csv');
    if (!existsSync(file)) {
      console.info('Not compared with the recorded grades: no samples (set ASSAY_SHARED).');
      return;
    }
    const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
    expect(lines).toHaveLength(748);
    const unlike: string[] = [];
    for (const line of lines) {
      const cells = line.split(',');
      const day = parseDay(cells[0] ?? '') ?? 0;
      expect(data.grades.ta(bitcoin, day)).toBeCloseTo(Number(cells[6]), 1.9);
      expect(data.grades.quant(bitcoin, day)).toBeCloseTo(Number(cells[7]), 1.9);
      const gap = Math.abs(data.grades.trader(bitcoin, day) - Number(cells[8]));
      if (gap > 0.02) unlike.push(isoDay(day));
    }
    // On three published days the grade does not follow from its own parts; ours always does.
    expect(unlike).toEqual(['2022-05-23', '2022-08-19', '2022-11-24']);
  });
});
