import { describe, expect, test } from 'vitest';

import { createDataSet } from '../../src/sandbox/data/data-set.ts';
import { dayMs, dayOf, hourMs } from '../../src/sandbox/data/day.ts';
import type { Token } from '../../src/sandbox/data/tokens.ts';
import { snakeName, snakeRow } from '../../src/sandbox/renaming.ts';

const data = createDataSet('assay');
const today = dayOf(Date.UTC(2025, 10, 20));

function tokenOf(id: number): Token {
  const token = data.tokenOf(id);
  if (token === undefined) throw new Error(`no token ${id}`);
  return token;
}

const bitcoin = tokenOf(3375);
const ether = tokenOf(3306);

describe('candles', () => {
  test('hold every price of their time', () => {
    const hour = today * 24 + 9;
    const candle = data.candles.hourly(bitcoin, hour);
    const prices = Array.from({ length: 61 }, (_, minute) =>
      data.market.price(bitcoin, (hour - 1) * hourMs + minute * 60_000),
    );
    expect(candle.OPEN).toBe(prices[0]);
    expect(candle.CLOSE).toBe(prices.at(-1));
    expect([candle.HIGH, candle.LOW]).toEqual([Math.max(...prices), Math.min(...prices)]);
  });

  test('of a day that has just begun have one price', () => {
    const { OPEN, HIGH, LOW, CLOSE } = data.candles.daily(bitcoin, today, today * dayMs);
    expect(new Set([OPEN, HIGH, LOW, CLOSE]).size).toBe(1);
  });

  test('have a volume that glides from day to day', () => {
    const at = (hour: number) => data.candles.hourly(bitcoin, today * 24 + hour).VOLUME;
    const [night, noon, midnight] = [at(0), at(12), at(24)];
    expect(night).toBeCloseTo(data.market.volume(bitcoin, today), 0);
    expect(noon).toBeCloseTo((night + midnight) / 2, 0);
  });
});

describe('levels', () => {
  test('are as many as the vendor had found in May 2025', () => {
    const may = dayOf(Date.UTC(2025, 4, 26));
    expect(data.levels(bitcoin, may)).toHaveLength(76);
    expect(data.levels(ether, may)).toHaveLength(48);
  });

  test('stay where they were found', () => {
    const before = data.levels(ether, today - 200);
    expect(data.levels(ether, today).slice(0, before.length)).toEqual(before);
    expect(data.levels(ether, today).length).toBeGreaterThan(before.length);
  });

  test('of a token of yesterday are none', () => {
    const young = tokenOf(45273);
    expect(data.levels(young, young.firstDay + 1)).toEqual([]);
  });
});

describe('correlations', () => {
  test('leave the token itself out, and ten are closer than the other ten', () => {
    for (const token of data.tokens.slice(0, 40)) {
      const partners = data.correlations(token, today);
      if (partners === null) continue;
      expect(partners).toHaveLength(20);
      const sorted = partners.map(({ correlation }) => correlation).sort((a, b) => b - a);
      expect(sorted[9]).toBeGreaterThan(sorted[10] ?? 1);
      expect(partners.map((partner) => partner.token)).not.toContain(token.name);
    }
  });

  test('of a wrapped coin are closest to its coin', () => {
    const partners = data.correlations(tokenOf(16050), today) ?? [];
    const best = partners.toSorted((a, b) => b.correlation - a.correlation)[0];
    expect(['Bitcoin', 'Coinbase Wrapped Btc']).toContain(best?.token);
    expect(best?.correlation).toBeGreaterThan(0.95);
  });

  test('are in no order, and some tokens have none', () => {
    const values = (data.correlations(bitcoin, today) ?? []).map(({ correlation }) => correlation);
    expect(values).not.toEqual(values.toSorted((a, b) => b - a));
    const none = data.tokens.filter((token) => data.correlations(token, today) === null);
    expect(none.length).toBeGreaterThan(15);
    expect(none.length).toBeLessThan(60);
  });
});

describe('baskets', () => {
  test('have distinct ids and names, and members of their category', () => {
    const { all } = data.baskets;
    for (const name of ['id', 'name', 'ticker', 'sector'] as const) {
      expect(new Set(all.map((basket) => basket[name])).size).toBe(all.length);
    }
    const meme = all.find(({ sector }) => sector === 'meme');
    const slugs = meme?.members.map(({ token }) =>
      token.categories.some(({ category_slug: slug }) => slug === 'meme-token'),
    );
    expect(slugs).toEqual(Array.from({ length: 8 }, () => true));
  });

  test('weigh a hundred percent at any time, however prices move', () => {
    for (const basket of data.baskets.all) {
      for (let day = today - 700; day <= today; day += 50) {
        const weights = data.baskets.weights(basket, day * dayMs);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(100, 6);
        expect(Math.min(...weights)).toBeGreaterThan(0);
      }
    }
  });

  test('are worth one dollar on their first day, made of tokens there were by then', () => {
    const firstDay = dayOf(Date.UTC(2023, 0, 1));
    for (const basket of data.baskets.all) {
      const first = Math.max(...basket.members.map(({ token }) => token.firstDay));
      expect(first).toBeLessThanOrEqual(firstDay);
      expect(data.baskets.worth(basket, Date.UTC(2023, 0, 1))).toBeCloseTo(1, 9);
    }
  });
});

test('the market misses a day now and then, but never one with a signal', () => {
  const { totals } = data;
  const days = Array.from({ length: 1500 }, (_, index) => today - index);
  const events = days.filter((day) => totals.signal(day) !== 0);
  expect(events.length).toBeGreaterThan(8);
  expect(events.filter((day) => !totals.has(day))).toEqual([]);
  const missing = days.filter((day) => !totals.has(day)).length;
  expect(missing).toBeGreaterThan(30);
  expect(missing).toBeLessThan(100);
});

describe('moonshots', () => {
  test('do not overlap, and end as they were announced', () => {
    const shots = data.moonshots(today);
    const later = data.moonshots(today + 40);
    for (const { token, startDay, endDay } of shots) {
      expect(token.rank).toBeGreaterThan(45);
      expect(startDay).toBeLessThanOrEqual(today);
      const known = later.find((shot) => shot.token === token && shot.startDay === startDay);
      if (known !== undefined && endDay !== null) expect(known.endDay).toBe(endDay);
      if (known !== undefined && endDay === null) expect(known.endDay).toBeGreaterThan(today);
    }
    const active = shots.filter(({ endDay }) => endDay === null);
    expect(new Set(active.map(({ token }) => token)).size).toBe(active.length);
    expect(active.length).toBeGreaterThan(5);
  });
});

describe('a column of generation 3', () => {
  test.each([
    ['TOKEN_ID', 'token_id'],
    ['24H', '24_h'],
    ['1M', '1_m'],
    ['24H_VOLUME', '24_h_volume'],
    ['TM_GRADE_24h_PCT_CHANGE', 'tm_grade_24_h_pct_change'],
    ['TRADER_GRADE_CHANGE_24H', 'trader_grade_change_24_h'],
  ])('%s is called %s', (before, after) => expect(snakeName(before)).toBe(after));

  test('is named, its value is left alone', () => {
    const value = [{ category_id: 1, SomeKey: '2H' }];
    expect(snakeRow({ CATEGORY_LIST: value }, undefined)).toEqual({ category_list: value });
    expect(Object.keys(snakeRow({ TOKEN_SYMBOL: 'BTC', DATE: '' }, 'bitcoin'))).toEqual([
      ...['token_symbol', 'slug', 'date'],
    ]);
  });
});
