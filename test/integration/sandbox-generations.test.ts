import { afterAll, beforeEach, describe, expect, test } from 'vitest';

import { createSandbox } from '../../src/sandbox/sandbox.ts';

const sandbox = await createSandbox({ now: () => Date.UTC(2025, 10, 20, 14, 25) });
beforeEach(() => sandbox.faults.clear());
afterAll(() => sandbox.close());

async function ask(path: string): Promise<readonly any[]> {
  const response = await fetch(`${sandbox.url}${path}`, {
    headers: { 'x-api-key': sandbox.key },
  });
  const { data } = JSON.parse(await response.text());
  return data;
}

const column = (rows: readonly any[], name: string): any[] => rows.map((row) => row[name]);

describe('generation 3', () => {
  test('tells the same figures under other names, with the slug beside the symbol', async () => {
    const [before] = await ask('/v2/tm-grade?token_id=3375');
    const [after] = await ask('/v3/tm-grade?token_id=3375');
    expect(after).toEqual({
      token_id: 3375,
      token_name: 'Bitcoin',
      token_symbol: 'BTC',
      slug: 'bitcoin',
      tm_grade: before.TM_GRADE,
      tm_grade_signal: before.TM_GRADE_SIGNAL,
      tm_grade_24_h_pct_change: before.TM_GRADE_24h_PCT_CHANGE,
      tm_trader_grade_24_h_change: before.TM_TRADER_GRADE_24H_CHANGE,
      quant_grade: before.QUANT_GRADE,
      momentum: before.MOMENTUM,
    });
  });

  test('spells one column of the history another way', async () => {
    const [row] = await ask('/v3/tm-grade-history?token_id=3375&limit=1');
    expect(row).toHaveProperty('tm_grade_24h_pct_change');
    expect(row).not.toHaveProperty('tm_grade_24_h_pct_change');
  });

  test('sets digits apart', async () => {
    const [index] = await ask('/v3/indices?limit=1');
    expect(Object.keys(index)).toEqual(
      expect.arrayContaining(['24_h', '7_d', '1_m', '24_h_volume', 'all_time']),
    );
  });

  test.each([
    ...['price', 'tm-grade', 'quantmetrics', 'correlation', 'resistance-support', 'tokens'],
    ...['fundamental-grade', 'technology-grade', 'price-prediction', 'ai-reports'],
  ])('finds the tokens of %s by slug, name, symbol and id', async (name) => {
    const byId = await ask(`/v3/${name}?token_id=3375,3306`);
    expect(column(byId, 'slug')).toEqual(['ethereum', 'bitcoin']);
    expect(await ask(`/v3/${name}?slug=bitcoin,Ethereum`)).toEqual(byId);
    expect(await ask(`/v3/${name}?token_name=Bitcoin,ethereum`)).toEqual(byId);
    expect(await ask(`/v3/${name}?symbol=btc,ETH`)).toEqual(byId);
    // Generation 2 does not know slugs: what it does not know it does not read.
    expect((await ask(`/v2/${name}?slug=bitcoin&limit=3`)).length).toBe(3);
  });

  test('names a token of a name that two share', async () => {
    expect(column(await ask('/v3/price?token_name=Stacks'), 'slug')).toEqual([
      'stacks',
      'stacks-2',
    ]);
  });

  test('finds hourly signals by any filter, but not without one', async () => {
    const path = '/v3/hourly-trading-signals';
    expect(column(await ask(`${path}?slug=bitcoin&limit=1`), 'token_id')).toEqual([3375]);
    expect(await ask(`${path}?limit=1`)).toEqual([]);
  });

  test('shows the first of a list, and all where they are asked for', async () => {
    for (const name of ['tokens?token_id=3375', 'top-market-cap-tokens?top_k=1']) {
      const [short] = await ask(`/v3/${name}`);
      expect([short.exchange_list.length, short.category_list.length]).toEqual([3, 3]);
      const [some] = await ask(`/v3/${name}&expand=exchange_list`);
      expect(some.exchange_list.length).toBeGreaterThan(20);
      expect(some.category_list).toHaveLength(3);
      const [full] = await ask(`/v3/${name}&expand=exchange_list,category_list`);
      const [before] = await ask(`/v2/${name}`);
      expect(full.exchange_list).toEqual(before.EXCHANGE_LIST);
      expect(full.category_list).toEqual(before.CATEGORY_LIST);
    }
  });

  test('has the market in the row of a token', async () => {
    const [row] = await ask('/v3/tokens?slug=bitcoin');
    const [price] = await ask('/v2/price?token_id=3375');
    expect(row).toMatchObject({
      current_price: price.CURRENT_PRICE,
      app_link: 'https://app.tokenmetrics.com/bitcoin',
    });
    expect(row).not.toHaveProperty('tm_link');
    expect(row.high_24_h).toBeGreaterThanOrEqual(row.current_price);
    expect(row.low_24_h).toBeLessThanOrEqual(row.current_price);
    expect(row.market_cap / row.circulating_supply / row.current_price).toBeCloseTo(1, 5);
    expect(row.fully_diluted_valuation / row.total_supply / row.current_price).toBeCloseTo(1, 5);
    const limits = column(await ask('/v3/tokens?limit=100'), 'max_supply');
    expect(new Set(limits.map((limit) => limit === null))).toEqual(new Set([true, false]));
  });

  test('has words for signals, and links that work', async () => {
    const [row] = await ask('/v3/trading-signals?token_id=936&limit=1');
    expect(row).toMatchObject({ slug: 'decubate' });
    expect(row.app_link).toBe('https://app.tokenmetrics.com/decubate');
    expect(row).not.toHaveProperty('tm_link');
    const up = await ask('/v3/trading-signals?signal=1&limit=20');
    expect(new Set(column(up, 'token_signal_str'))).toEqual(new Set(['bullish']));
    expect(new Set(column(up, 'token_trend_str'))).toEqual(new Set(['up']));
  });

  test('sorts moonshots, and knows their tokens', async () => {
    const tokens = new Set(column(await ask('/v3/tokens?limit=100'), 'token_id'));
    const past = '/v3/moonshot-tokens?type=past&limit=100';
    const byTime = await ask(past);
    expect(column(byTime, 'moonshot_at')).toEqual(
      column(byTime, 'moonshot_at').toSorted().toReversed(),
    );
    expect(byTime.filter(({ token_id: id }) => tokens.has(id)).length).toBeGreaterThan(20);
    const gains = column(await ask(`${past}&sort_by=roi_pct`), 'moonshot_roi');
    expect(gains).toEqual(gains.toSorted((a, b) => b - a));
    const caps = column(await ask(`${past}&sort_by=market_cap_usd`), 'market_cap').map(Number);
    expect(caps).toEqual(caps.toSorted((a, b) => b - a));
    expect(await ask(`${past}&sort_by=tm_grade`)).not.toEqual(byTime);
    expect(await ask(`${past}&sort_by=name`)).toEqual([]);
  });

  test('has bad days too', async () => {
    sandbox.faults.set({ strangerRows: 1 });
    expect(column(await ask('/v3/price?slug=bitcoin'), 'token_id')).toEqual([3375, 900_001]);
    sandbox.faults.set({ firstIdOnly: true });
    expect(await ask('/v3/price?slug=bitcoin,ethereum')).toHaveLength(1);
    sandbox.faults.set({ path: '/v2/price', status: 503 });
    expect(await ask('/v3/price?slug=bitcoin')).toHaveLength(1);
  });
});
