import { afterAll, describe, expect, test } from 'vitest';

import { createSandbox } from '../../src/sandbox/sandbox.ts';

const sandbox = await createSandbox({ now: () => Date.UTC(2025, 10, 20, 14, 25) });
afterAll(() => sandbox.close());

async function ask(path: string): Promise<readonly any[]> {
  const response = await fetch(`${sandbox.url}/v2/${path}`, {
    headers: { 'x-api-key': sandbox.key },
  });
  const { data } = JSON.parse(await response.text());
  return data;
}

const column = (rows: readonly any[], name: string): any[] => rows.map((row) => row[name]);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('indices', () => {
  test('are at least six, active and passive', async () => {
    const all = await ask('indices');
    const active = await ask('indices?indicesType=active');
    const passive = await ask('indices?indicesType=passive');
    expect(all.length).toBeGreaterThanOrEqual(6);
    expect(column(active, 'TICKER')).toContain('TRDR');
    expect(column(passive, 'TICKER')).toContain('TEN');
    expect(active.length + passive.length).toBe(all.length);
  });

  test('hold tokens of the data set, a hundred percent of them', async () => {
    const prices = await ask('price?limit=100');
    const more = await ask('price?limit=100&page=2');
    const priceOf = new Map(
      [...prices, ...more].map(({ TOKEN_ID, CURRENT_PRICE }) => [TOKEN_ID, CURRENT_PRICE]),
    );
    for (const { ID, COINS } of await ask('indices')) {
      const held = await ask(`indices-holdings?id=${ID}&limit=100`);
      expect(held).toHaveLength(COINS);
      expect(sum(column(held, 'WEIGHT'))).toBeCloseTo(100, 6);
      for (const { TOKEN_ID, PRICE } of held) expect(PRICE).toBe(priceOf.get(TOKEN_ID));
    }
  });

  test('are told from the oldest day, and end where the index stands', async () => {
    const path = 'indices-performance?id=1&startDate=2025-11-01&endDate=2025-11-20';
    const days = column(await ask(path), 'DATE');
    expect(days).toHaveLength(20);
    expect(days).toEqual(days.toSorted());
    const [first] = await ask('indices-performance?id=1&limit=1');
    expect(first).toMatchObject({ DATE: '2023-01-01T00:00:00.000Z', INDEX_CUMULATIVE_ROI: 0 });
  });

  test('of a sector are the same by name and by number', async () => {
    const dates = 'startDate=2025-11-01&endDate=2025-11-20';
    const meme = (await ask('indices')).find(({ TICKER }) => TICKER === 'MEME');
    const byName = await ask(`indices-index-specific-performance?indexName=meme&${dates}`);
    const byId = await ask(`indices-performance?id=${meme.ID}&${dates}`);
    expect(byId).toEqual(byName.map((row) => ({ ID: meme.ID, ...row })));
  });

  test('lose the tokens that are missing everywhere', async () => {
    sandbox.faults.set({ missingIds: [3375] });
    const held = await ask('indices-holdings?id=1');
    sandbox.faults.clear();
    expect(column(held, 'TOKEN_ID')).not.toContain(3375);
  });
});

describe('moonshots', () => {
  test('are active or past, newest first, with text for numbers and no id', async () => {
    const active = await ask('moonshot-tokens');
    const past = await ask('moonshot-tokens?type=past&limit=100');
    expect(active).toEqual(await ask('moonshot-tokens?type=active'));
    expect(new Set(column(active, 'MOONSHOT_END_AT'))).toEqual(new Set([null]));
    expect(past).toHaveLength(100);
    for (const { MOONSHOT_AT, MOONSHOT_END_AT } of past) {
      expect(MOONSHOT_AT < MOONSHOT_END_AT && MOONSHOT_END_AT <= '2025-11-20T00:00:00.000Z').toBe(
        true,
      );
    }
    const starts = column(past, 'MOONSHOT_AT');
    expect(starts).toEqual(starts.toSorted().toReversed());
    expect(active[0]).not.toHaveProperty('TOKEN_ID');
    expect(active[0].MARKET_CAP).toMatch(/^\d+$/);
  });
});

describe('reports and investors', () => {
  test('some tokens have a report and the others are absent', async () => {
    const rows = await ask('ai-reports?token_id=3375,10430,3379,4239');
    expect(column(rows, 'TOKEN_ID')).toEqual([3375, 4239, 10430]);
    expect(column(rows, 'TOKEN_SYMBOL')).toEqual(['BTC', 'Shentu', 'GHST']);
    for (const { DEEP_DIVE: text } of rows) {
      expect(text).toMatch(/^# \S.* \| Crypto Deep Dive\n\n## /);
      expect(text.length).toBeGreaterThan(3000);
      expect(text.length).toBeLessThan(9000);
    }
  });

  test('investors fill more than a page, by name', async () => {
    const all = [
      ...(await ask('crypto-investors?limit=100')),
      ...(await ask('crypto-investors?limit=100&page=2')),
    ];
    expect(all.length).toBeGreaterThanOrEqual(120);
    expect(new Set(column(all, 'INVESTOR_NAME')).size).toBe(all.length);
    for (const row of all.filter(({ ROUND_COUNT }) => ROUND_COUNT === '1')) {
      expect(row.ROI_MEDIAN).toBe(row.ROI_AVERAGE);
    }
  });
});

describe('older paths', () => {
  test('indicators come by token, seventeen or two, and can be picked', async () => {
    const rows = await ask('all-trend-indicators?symbol=btc&limit=17');
    expect(new Set(column(rows, 'INDICATOR')).size).toBe(17);
    expect(rows[0]).toMatchObject({ SYMBOL: 'btc', DATE: '2025-11-20' });
    const picked = await ask('all-trend-indicators?token_id=3375&indicator=RSI,mom&limit=2');
    expect(column(picked, 'INDICATOR').toSorted()).toEqual(['mom', 'rsi']);
  });

  test('portfolios come oldest first, and each adds up to one', async () => {
    for (const path of ['trader-indices', 'investor-indices']) {
      const rows = await ask(`${path}?limit=100`);
      const dates = column(rows, 'PORTFOLIO_DATE');
      expect(dates).toEqual(dates.toSorted());
      const first = rows.filter(({ PORTFOLIO_DATE }) => PORTFOLIO_DATE === dates[0]);
      expect(sum(column(first, 'INDEX_WEIGHT'))).toBeCloseTo(1, 6);
    }
  });

  test('charts are where nobody can be', async () => {
    const response = await fetch(`${sandbox.url}/v2/market-movers-charts?timeFrame=1W`, {
      headers: { 'x-api-key': sandbox.key },
    });
    const body = JSON.parse(await response.text());
    expect(Object.keys(body)).toEqual(['success', 'message', 'chartUrl']);
    expect(new URL(body.chartUrl).hostname).toMatch(/\.invalid$/);
  });
});
