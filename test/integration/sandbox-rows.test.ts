import { afterAll, describe, expect, test } from 'vitest';

import { createSandbox } from '../../src/sandbox/sandbox.ts';

const now = () => Date.UTC(2025, 10, 20, 14, 25);
const sandbox = await createSandbox({ now });
const shuffled = await createSandbox({ now, shuffleTies: true });
afterAll(() => Promise.all([sandbox.close(), shuffled.close()]));

/** The columns these tests look at; a row has some of them. */
interface Row {
  readonly TOKEN_ID: number;
  readonly TOKEN_NAME: string;
  readonly TOKEN_SYMBOL: string;
  readonly DATE: string;
  readonly TIMESTAMP: string;
  readonly TM_TRADER_GRADE: number;
  readonly TM_TRADER_GRADE_24H_PCT_CHANGE: number | null;
  readonly TRADING_SIGNAL: number;
  readonly TOKEN_TREND: number;
  readonly SIGNAL: string;
  readonly POSITION: string;
}

async function ask(path: string, { url, key } = sandbox) {
  const response = await fetch(`${url}${path}`, { headers: { 'x-api-key': key } });
  const body = JSON.parse(await response.text());
  const data: readonly Row[] = body.data;
  return { body, data };
}

const column = <Name extends keyof Row>(rows: readonly Row[], name: Name) =>
  rows.map((row) => row[name]);

describe('filters', () => {
  test('a shared symbol brings every token that bears it, in any case', async () => {
    const { data } = await ask('/v2/tokens?symbol=sol, Pepe');
    expect(column(data, 'TOKEN_ID')).toEqual([3988, 20613, 21865, 28902, 29270, 30483]);
  });

  test('members are OR-ed, filters are AND-ed', async () => {
    const { data } = await ask('/v2/tokens?symbol=SOL,TON&category=layer-1');
    expect(column(data, 'TOKEN_NAME')).toEqual(['Toncoin', 'Solana']);
  });

  test('a category goes by slug or name, an exchange by id, a contract by chain and address', async () => {
    const bySlug = await ask('/v2/tokens?category=layer-1&limit=100');
    const byName = await ask('/v2/tokens?category=Layer 1 (L1)&limit=100');
    expect(bySlug.body).toEqual(byName.body);
    const { data } = await ask('/v2/tokens?exchange=hyperliquid-spot');
    expect(column(data, 'TOKEN_SYMBOL')).toContain('HYPE');
    const contract = '0xDAC17F958D2ee523a2206206994597C13D831ec7';
    const byContract = await ask(`/v2/tokens?blockchain_address=ethereum:${contract}`);
    expect(column(byContract.data, 'TOKEN_ID')).toEqual([3379]);
  });

  test('a minimum is inclusive and applies to each row', async () => {
    const all = await ask('/v2/trader-grades?token_id=3375&limit=100');
    const grades = column(all.data, 'TM_TRADER_GRADE');
    const bound = grades.toSorted((a, b) => a - b)[50] ?? NaN;
    const { data } = await ask(`/v2/trader-grades?token_id=3375&limit=50&traderGrade=${bound}`);
    expect(Math.min(...column(data, 'TM_TRADER_GRADE'))).toBe(bound);
    expect(column(data, 'TM_TRADER_GRADE')).toEqual(grades.filter((grade) => grade >= bound));
  });

  test('a market cap screen leaves the small tokens out', async () => {
    const { data } = await ask('/v2/trading-signals?marketcap=100000000000&limit=100');
    const names = new Set(column(data, 'TOKEN_SYMBOL'));
    expect(names).toContain('BTC');
    expect(names.size).toBeLessThan(6);
  });

  test('a signal screen returns rows of that signal only, newest first', async () => {
    const { data } = await ask('/v2/trading-signals?signal=-1&limit=100');
    expect(new Set(column(data, 'TRADING_SIGNAL'))).toEqual(new Set([-1]));
    expect(column(data, 'TOKEN_TREND').every((trend) => trend === -1)).toBe(true);
    const days = column(data, 'DATE');
    expect(days).toEqual(days.toSorted().toReversed());
  });
});

describe('rows', () => {
  test('newest first, up to today, with one token a day behind', async () => {
    const { data } = await ask('/v2/trader-grades?token_id=3375,3306&limit=4');
    expect(data.map((row) => [row.DATE.slice(0, 10), row.TOKEN_ID])).toEqual(
      expect.arrayContaining([
        ['2025-11-20', 3375],
        ['2025-11-19', 3306],
      ]),
    );
    expect(data[0]).toMatchObject({ DATE: '2025-11-20T00:00:00.000Z', TOKEN_ID: 3375 });
    expect(column(data, 'DATE').filter((date) => date.startsWith('2025-11-20'))).toHaveLength(1);
  });

  test('both ends of a span are in it', async () => {
    const { data } = await ask(
      '/v2/trader-grades?token_id=3375&startDate=2021-03-01&endDate=2021-03-03',
    );
    expect(column(data, 'DATE').map((date) => date.slice(0, 10))).toEqual([
      '2021-03-03',
      '2021-03-02',
      '2021-03-01',
    ]);
  });

  test('the percentage goes with the grade of the day before, and is null without one', async () => {
    const path = '/v2/trader-grades?token_id=3375&startDate=2021-01-01&endDate=2021-01-20';
    const rows = (await ask(path)).data.toReversed();
    expect(rows[0]?.TM_TRADER_GRADE_24H_PCT_CHANGE).toBeNull();
    expect(rows).toHaveLength(20);
    for (const [index, row] of rows.entries()) {
      const before = rows[index - 1]?.TM_TRADER_GRADE;
      if (before === undefined) continue;
      const change = ((row.TM_TRADER_GRADE - before) / before) * 100;
      expect(row.TM_TRADER_GRADE_24H_PCT_CHANGE).toBeCloseTo(change, 1);
    }
  });

  test('pages join without a gap or a repetition', async () => {
    const pages = await Promise.all(
      [1, 2, 3].map((page) => ask(`/v2/tokens?limit=50&page=${page}`)),
    );
    const ids = pages.flatMap(({ data }) => column(data, 'TOKEN_ID'));
    expect(pages.map(({ body }) => body.length)).toEqual([50, 50, ids.length - 100]);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(ids.length);
    const whole = (await ask('/v2/trading-signals?limit=100')).data;
    const halves = [
      ...(await ask('/v2/trading-signals?limit=50')).data,
      ...(await ask('/v2/trading-signals?limit=50&page=2')).data,
    ];
    expect(halves).toEqual(whole);
  });

  test('ties keep their places, unless they are shuffled', async () => {
    const path = '/v2/tm-grade-history?startDate=2025-11-20&endDate=2025-11-20&limit=100';
    const orders = await Promise.all([1, 2, 3].map(async () => (await ask(path, shuffled)).data));
    expect(new Set(orders.map((rows) => String(column(rows, 'TOKEN_ID')))).size).toBe(3);
    expect((await ask(path)).data).toEqual((await ask(path)).data);
  });

  test('the latest grade is the newest row of its history', async () => {
    for (const name of ['tm-grade', 'fundamental-grade', 'technology-grade']) {
      for (const id of [3375, 936, 14223]) {
        const [newest] = (await ask(`/v2/${name}?token_id=${id}`)).data;
        const [row] = (await ask(`/v2/${name}-history?token_id=${id}&limit=1`)).data;
        expect(row).toMatchObject(newest ?? {});
        expect(newest?.TOKEN_ID).toBe(id);
      }
    }
  });

  test('the greatest tokens come in the order of their rank, page by page', async () => {
    const { data } = await ask('/v2/top-market-cap-tokens?top_k=3');
    expect(column(data, 'TOKEN_SYMBOL')).toEqual(['BTC', 'ETH', 'USDT']);
    const next = await ask('/v2/top-market-cap-tokens?top_k=3&page=2');
    expect(column(next.data, 'TOKEN_SYMBOL')).toEqual(['XRP', 'BNB', 'SOL']);
  });

  test('names are not spelled alike everywhere', async () => {
    const [now] = (await ask('/v2/tm-grade?token_id=3369')).data;
    const [technical] = (await ask('/v2/technology-grade?token_id=3369')).data;
    const old = '/v2/trader-grades?token_id=3455&startDate=2023-06-01&endDate=2023-06-20';
    expect(now?.TOKEN_NAME).toBe('XRP');
    expect(technical?.TOKEN_NAME).toBe('Xrp');
    expect((await ask(old)).data[0]?.TOKEN_NAME).toBe('Aelf');
  });

  test('hours go back at least 30 days and are text where the vendor has text', async () => {
    const path = '/v2/hourly-trading-signals?token_id=3375&limit=100';
    const first = (await ask(path)).data;
    expect(first[0]?.TIMESTAMP).toBe('2025-11-20T14:00:00.000Z');
    expect(['0', '1', '-1']).toContain(first[0]?.SIGNAL);
    expect(['0', '1']).toContain(first[0]?.POSITION);
    const eighth = (await ask(`${path}&page=8`)).data;
    expect(eighth.at(-1)?.TIMESTAMP.slice(0, 10)).toBe('2025-10-18');
  });

  test('the link of a signal is the vendor’s broken one, the slug stands beside it', async () => {
    const [row] = (await ask('/v2/trading-signals?token_id=936')).data;
    expect(row).toMatchObject({
      TM_LINK: 'https://app.tokenmetrics.com/undefined',
      tm_link: 'decubate',
      TRADING_SIGNALS_RETURNS: null,
      HOLDING_RETURNS: null,
    });
  });
});
