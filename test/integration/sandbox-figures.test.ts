import { afterAll, describe, expect, test } from 'vitest';

import { createSandbox } from '../../src/sandbox/sandbox.ts';

const now = () => Date.UTC(2025, 10, 20, 14, 25);
const sandbox = await createSandbox({ now, keys: { 'tm-basic': 'basic' } });
const lenient = await createSandbox({ now, candleDaysMax: Infinity, spanDaysMax: Infinity });
afterAll(() => Promise.all([sandbox.close(), lenient.close()]));

async function ask(path: string, { url, key } = sandbox): Promise<readonly any[]> {
  const response = await fetch(`${url}/v2/${path}`, { headers: { 'x-api-key': key } });
  const { data } = JSON.parse(await response.text());
  return data;
}

const column = (rows: readonly any[], name: string): any[] => rows.map((row) => row[name]);

describe('candles', () => {
  test('of an hour close at the price that a signal of the hour names, and open where the last closed', async () => {
    const candles = await ask('hourly-ohlcv?token_id=3375&limit=100');
    const signals = await ask('hourly-trading-signals?token_id=3375&limit=100');
    expect(column(candles, 'TIMESTAMP')).toEqual(column(signals, 'TIMESTAMP'));
    expect(column(candles, 'CLOSE')).toEqual(column(signals, 'CLOSE'));
    expect(column(candles, 'OPEN').slice(0, -1)).toEqual(column(candles, 'CLOSE').slice(1));
    expect(candles[0].TIMESTAMP).toBe('2025-11-20T14:00:00.000Z');
  });

  test('of today close at the price of now', async () => {
    const [candle] = await ask('daily-ohlcv?token_id=3306&limit=1');
    const [price] = await ask('price?token_id=3306');
    expect(candle).toMatchObject({ DATE: '2025-11-20T00:00:00.000Z', CLOSE: price.CURRENT_PRICE });
  });

  test('of a day hold all hours of the day', async () => {
    const [day] = await ask('daily-ohlcv?token_id=776&startDate=2025-11-18&endDate=2025-11-18');
    const hours = (
      await ask('hourly-ohlcv?token_id=776&startDate=2025-11-18&endDate=2025-11-19&limit=100')
    ).filter(({ TIMESTAMP }) => {
      return TIMESTAMP > '2025-11-18T00:30' && TIMESTAMP < '2025-11-19T00:30';
    });
    expect(hours).toHaveLength(24);
    expect(day).toMatchObject({
      OPEN: hours.at(-1).OPEN,
      HIGH: Math.max(...column(hours, 'HIGH')),
      LOW: Math.min(...column(hours, 'LOW')),
      CLOSE: hours[0].CLOSE,
    });
    expect(day.LOW).toBeLessThan(day.HIGH);
  });

  test('go back 30 days and no further, unless all of history is offered', async () => {
    const days = await ask('daily-ohlcv?token_id=3375&limit=100');
    expect([days.length, days.at(-1).DATE]).toEqual([31, '2025-10-21T00:00:00.000Z']);
    expect(await ask('daily-ohlcv?token_id=3375&startDate=2025-10-21&limit=100')).toEqual(days);
    const old = 'daily-ohlcv?token_id=3375&startDate=2022-01-01&endDate=2022-02-28&limit=100';
    expect(await ask(old)).toEqual([]);
    expect(await ask(old, lenient)).toHaveLength(59);
    expect(await ask('daily-ohlcv?token_id=3375&limit=100&page=2', lenient)).toHaveLength(100);
  });
});

describe('quantmetrics', () => {
  test('are fractions that follow from each other, or nothing at all', async () => {
    const rows = await ask('quantmetrics?limit=100');
    const known = rows.filter(({ SHARPE }) => SHARPE !== null);
    expect(known.length).toBeGreaterThan(60);
    expect(rows.length - known.length).toBeGreaterThan(15);
    for (const row of known) {
      const { DAILY_RETURN_AVG: average, DAILY_RETURN_STD: deviation } = row;
      expect(row.SHARPE).toBeCloseTo((average / deviation) * Math.sqrt(252), 1.9);
      expect(row.VOLATILITY).toBeCloseTo(deviation * Math.sqrt(252), 1.9);
      expect(row.MAX_DRAWDOWN).toBeGreaterThanOrEqual(-1);
      expect(row.MAX_DRAWDOWN).toBeLessThan(0);
      expect(row.DAILY_VALUE_AT_RISK).toBeLessThanOrEqual(0);
    }
    expect(column(rows, 'TOKEN_ID')).toEqual(column(rows, 'TOKEN_ID').toSorted((a, b) => a - b));
  });

  test('can be screened by size', async () => {
    const rows = await ask('quantmetrics?marketcap=100000000000');
    expect(column(rows, 'TOKEN_SYMBOL')).toContain('BTC');
    expect(rows.length).toBeLessThan(6);
  });
});

describe('levels', () => {
  test('are dozens, oldest first, and none is of today', async () => {
    const rows = await ask('resistance-support?token_id=3375,3306');
    expect(column(rows, 'TOKEN_ID')).toEqual([3306, 3375]);
    const levels = column(rows, 'HISTORICAL_RESISTANCE_SUPPORT_LEVELS');
    expect(levels.map(({ length }) => length)).toEqual([50, 81]);
    for (const list of levels) {
      expect(column(list, 'date')).toEqual(column(list, 'date').toSorted());
      expect(list.at(-1).date < '2025-11-20').toBe(true);
    }
  });

  test('are not for everyone', async () => {
    const response = await fetch(`${sandbox.url}/v3/resistance-support`, {
      headers: { 'x-api-key': 'tm-basic' },
    });
    expect(response.status).toBe(401);
  });
});

describe('correlations', () => {
  test('name twenty partners, of which some are ambiguous and some unknown', async () => {
    const rows = await ask('correlation?limit=100');
    const tokens = [
      ...(await ask('tokens?limit=100')),
      ...(await ask('tokens?limit=100&page=2')),
    ].map(({ TOKEN_NAME }) => TOKEN_NAME.toLowerCase());
    const bearers = (name: string) => tokens.filter((each) => each === name.toLowerCase()).length;
    const partners = rows.flatMap(({ TOP_CORRELATION }) => TOP_CORRELATION ?? []);
    const counts = new Set(column(partners, 'token').map(bearers));
    expect(counts).toEqual(new Set([0, 1, 2]));
    for (const { TOP_CORRELATION: partnersOfOne } of rows) {
      if (partnersOfOne === null) continue;
      expect(partnersOfOne).toHaveLength(20);
      expect(new Set(column(partnersOfOne, 'token')).size).toBe(20);
    }
    expect(Math.max(...partners.map(({ correlation }) => Math.abs(correlation)))).toBeLessThan(
      1.001,
    );
  });

  test('go both ways', async () => {
    const rows = await ask('correlation?token_id=3375,3306,3988,3393,3315,3796,4015,3380');
    const pairs = new Map<string, number>();
    for (const { TOKEN_NAME, TOP_CORRELATION } of rows) {
      for (const { token, correlation } of TOP_CORRELATION) {
        pairs.set(`${TOKEN_NAME} ${token}`, correlation);
      }
    }
    const mutual = [...pairs].filter(([names]) => {
      const [a, b] = names.split(' ');
      return pairs.has(`${b} ${a}`);
    });
    expect(mutual.length).toBeGreaterThan(0);
    for (const [names, correlation] of mutual) {
      const [a, b] = names.split(' ');
      expect(pairs.get(`${b} ${a}`)).toBe(correlation);
    }
  });
});

describe('predictions', () => {
  test('start from the price of now', async () => {
    const [{ PRICE_PREDICTION: prediction }] = await ask('price-prediction?token_id=3988');
    const [price] = await ask('price?token_id=3988');
    expect(prediction.current_price).toBe(price.CURRENT_PRICE);
    for (const scenario of prediction.price_prediction) {
      const { predicted_price_bear: bear, predicted_price_base: base } = scenario;
      expect(bear).toBeLessThan(base);
      expect(base).toBeLessThan(scenario.predicted_price_moon);
      expect(scenario.predicted_roi_base).toBeCloseTo(base / price.CURRENT_PRICE - 1, 3);
    }
  });

  test('of scenarios are a grid of 6 market caps and 7 dominances', async () => {
    const [{ SCENARIO_ANALYSIS: grid }] = await ask('scenario-analysis?token_id=3375');
    expect(grid).toHaveLength(42);
    expect(new Set(column(grid, 'crypto_market_cap_trillion')).size).toBe(6);
    expect(new Set(column(grid, 'token_dominance')).size).toBe(7);
    expect(Math.max(...column(grid, 'token_dominance'))).toBeLessThan(1);
  });

  test('were forecasts of a week once', async () => {
    const earlier = await createSandbox({ now, pricePrediction: 'forecasts' });
    const [row] = await ask('price-prediction?token_id=14223', earlier);
    await earlier.close();
    expect(Object.keys(row.FORECASTS_FOR_NEXT_7_DAYS)).toHaveLength(7);
    const { forecast, forecast_lower, forecast_upper } =
      row.FORECASTS_FOR_NEXT_7_DAYS['7-day-forecast'];
    expect(forecast_lower).toBeLessThan(forecast);
    expect(forecast).toBeLessThan(forecast_upper);
    expect(row).not.toHaveProperty('TOKEN_SYMBOL');
  });
});

describe('the market', () => {
  test('is told day by day, newest first, and a day is missing', async () => {
    const rows = await ask('market-metrics?limit=100');
    const days = column(rows, 'DATE');
    expect(days[0]).toBe('2025-11-20');
    expect(days).toEqual(days.toSorted().toReversed());
    expect(Date.parse(days[0]) - Date.parse(days.at(-1))).toBeGreaterThan(99 * 86_400_000);
    let last = rows.at(-1).LAST_TM_GRADE_SIGNAL;
    let events = 0;
    for (const row of rows.toReversed()) {
      if (row.TM_GRADE_SIGNAL !== 0) [last, events] = [row.TM_GRADE_SIGNAL, events + 1];
      expect(row.LAST_TM_GRADE_SIGNAL).toBe(last);
    }
    expect(events).toBeGreaterThan(0);
    expect(rows[0].TOTAL_CRYPTO_MCAP).toBeGreaterThan(2e12);
  });

  test('feels something every hour', async () => {
    const rows = await ask('sentiments?limit=3');
    expect(column(rows, 'DATETIME').map((at) => at.slice(11, 13))).toEqual(['14', '13', '12']);
    for (const { NEWS_SUMMARY: text } of rows) expect(text.length).toBeGreaterThan(1000);
  });
});
