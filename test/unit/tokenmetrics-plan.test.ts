import { beforeEach, expect, test } from 'vitest';

import { addDays, daysInclusive, HOUR_MS } from '../../src/calendar.ts';
import { createTokenMetricsClient } from '../../src/upstreams/tokenmetrics/client.ts';
import { endpoints } from '../../src/upstreams/tokenmetrics/endpoints.ts';
import { createListReader } from '../../src/upstreams/tokenmetrics/lists.ts';
import { latestDays, type Read, requestsFor } from '../../src/upstreams/tokenmetrics/plan.ts';
import { createTokenMetricsReads } from '../../src/upstreams/tokenmetrics/reads.ts';
import type { FetchScope } from '../../src/upstreams/rows/row-set.ts';
import type { UpstreamRequest } from '../../src/upstreams/wire/upstream.ts';

/** The reads over an upstream that has every row of every day and hour, and keeps to its own limits. */

const nowMs = Date.UTC(2025, 10, 20, 14, 25);
const to = '2025-11-20';
const scope: FetchScope = {
  onAttempt: () => Promise.resolve(),
  onUnsent: () => undefined,
};

let queries: Readonly<Record<string, string>>[];
let isFirstOnly: boolean;
let lists: ReturnType<typeof createListReader>;
let reads: ReturnType<typeof createTokenMetricsReads>;

beforeEach(() => {
  queries = [];
  isFirstOnly = false;
  lists = createListReader(() => nowMs);
  reads = createTokenMetricsReads({
    client: createTokenMetricsClient({
      upstream: {
        get: (request) => Promise.resolve(answer(request)),
        post: () => expect.fail('nothing is posted'),
      },
      version: 'v2',
      analystTimeoutMs: 1,
      now: () => nowMs,
      onDropped: (...dropped) => expect.fail(dropped.join()),
    }),
    lists,
    now: () => nowMs,
  });
});

function answer({ path, query }: UpstreamRequest) {
  queries.push(query);
  const all = [...idsOf(query), ...(query['symbol']?.split(',') ?? [])].map(String);
  const named = isFirstOnly ? all.slice(0, 1) : all;
  const rows: object[] = [];
  for (const time of timesOf(path, query)) {
    for (const name of named) {
      const times = /^\//.test(time) ? {} : { DATE: time, TIMESTAMP: time };
      const id = Number(name);
      const token = Number.isNaN(id) ? { TOKEN_ID: 1, TOKEN_SYMBOL: name } : { TOKEN_ID: id };
      rows.push({ TOKEN_NAME: 'A', TOKEN_SYMBOL: 'A', CURRENT_PRICE: 1, ...token, ...times });
    }
  }
  const limit = Number(query['limit'] ?? 50);
  const start = (Number(query['page'] ?? 1) - 1) * limit;
  const data = rows.slice(start, start + limit);
  return data.length === 0
    ? { status: 404, headers: {}, body: { message: 'Data not found' } }
    : { status: 200, headers: {}, body: { success: true, data } };
}

/** Days newest first, hours newest first, or the one row of an endpoint without times. */
function timesOf(path: string, { startDate, endDate }: Readonly<Record<string, string>>): string[] {
  if (startDate !== undefined && endDate !== undefined) {
    const days = daysInclusive(startDate, endDate);
    return Array.from({ length: days }, (_, back) => addDays(endDate, -back));
  }
  if (path !== endpoints.hourlyTradingSignals.path) return [path];
  const newest = Date.UTC(2025, 10, 20, 14);
  return Array.from({ length: 900 }, (_, back) => new Date(newest - back * HOUR_MS).toISOString());
}

const idsOf = (query: Readonly<Record<string, string>>) =>
  (query['token_id']?.split(',') ?? []).map(Number);
const idsUpTo = (keys: number) => Array.from({ length: keys }, (_, index) => 1000 + index);
const planned = (kind: Read['kind'], keys: number, span = 1) =>
  requestsFor({ kind, keys, span }, { lists: true });

const keyCounts = [1, 2, 3, 4, 20, 33, 34, 50, 51, 99, 100, 101, 120];

test.each(keyCounts)('%d tokens with one row each are as many requests as priced', async (keys) => {
  const found = await reads.tokenRows(endpoints.price, idsUpTo(keys), scope);
  expect([...found.keys()].sort()).toEqual(idsUpTo(keys));
  expect(queries).toHaveLength(planned('one', keys));
  expect(queries).toHaveLength(Math.ceil(keys / 100));
});

test.each(keyCounts)('the latest of %d tokens are as many requests as priced', async (keys) => {
  const range = { from: addDays(to, 1 - latestDays), to };
  const found = await reads.dailyRows(endpoints.traderGrades, idsUpTo(keys), range, scope);
  expect([...found.values()].map((known) => 'rows' in known && known.rows.length)).toEqual(
    idsUpTo(keys).map(() => latestDays),
  );
  expect(queries).toHaveLength(planned('latest', keys));
  expect(queries.length).toBeLessThanOrEqual(Math.ceil(keys / 33));
});

const spans = [1, 2, 3, 14, 28, 29, 30, 59, 366];

test.each(keyCounts)(
  'days of %d tokens are read once each, on one page each, in as many requests as priced',
  async (keys) => {
    for (const days of spans.filter((span) => keys * span <= 6000)) {
      queries = [];
      const ids = idsUpTo(keys);
      const range = { from: addDays(to, 1 - days), to };
      const found = await reads.dailyRows(endpoints.tradingSignals, ids, range, scope);
      expect([keys, days, queries.length]).toEqual([keys, days, planned('daily', keys, days)]);

      const covered = new Set<string>();
      for (const { startDate = '', endDate = '', page, ...query } of queries) {
        const span = daysInclusive(startDate, endDate);
        expect(page).toBeUndefined();
        expect(span).toBeLessThanOrEqual(29);
        expect(span * idsOf(query).length).toBeLessThanOrEqual(100);
        for (const id of idsOf(query)) {
          for (let back = 0; back < span; back += 1)
            covered.add(`${id} ${addDays(endDate, -back)}`);
        }
      }
      const asked = queries.reduce(
        (sum, { startDate = '', endDate = '', ...query }) =>
          sum + daysInclusive(startDate, endDate) * idsOf(query).length,
        0,
      );
      expect([covered.size, asked]).toEqual([keys * days, keys * days]);

      const newestFirst = Array.from({ length: days }, (_, back) => addDays(to, -back));
      for (const id of ids) {
        const rows = found.get(id);
        expect(rows && 'rows' in rows && rows.rows.map(({ date }) => date)).toEqual(newestFirst);
      }
    }
  },
);

test('an endpoint without lists is asked id by id, each for as many days as one id allows', async () => {
  isFirstOnly = true;
  const range = { from: addDays(to, -28), to };
  const ids = idsUpTo(10);
  const first = await reads.dailyRows(endpoints.tmGradeHistory, ids, range, scope);
  expect(first.size).toBe(10);
  queries = [];
  const again = await reads.dailyRows(endpoints.tmGradeHistory, ids, range, scope);
  expect([...again.values()].every((known) => 'rows' in known && known.rows.length === 29)).toBe(
    true,
  );
  expect(queries.map(({ token_id }) => token_id)).toEqual(ids.map(String));
  expect(queries).toHaveLength(
    requestsFor(
      { kind: 'daily', keys: 10, span: 29 },
      { lists: lists.acceptsLists('/tm-grade-history') },
    ),
  );
  // Others are not blamed for it.
  expect(lists.acceptsLists('/tm-grade')).toBe(true);
});

test.each([
  [1, 1],
  [1, 24],
  [1, 100],
  [1, 101],
  [1, 696],
  [2, 24],
  [4, 25],
  [5, 25],
  [10, 3],
  [3, 150],
  [100, 1],
])('%d tokens over %d hours are as many requests as priced', async (keys, hours) => {
  const fromMs = Date.UTC(2025, 10, 20, 14) - (hours - 1) * HOUR_MS;
  const ids = idsUpTo(keys);
  const found = await reads.hourlyRows(endpoints.hourlyTradingSignals, ids, fromMs, scope);
  expect(queries).toHaveLength(planned('hourly', keys, hours));
  for (const id of ids) {
    const rows = found.get(id);
    expect(Array.isArray(rows) && rows.length).toBe(hours);
  }
});

test('symbols are asked for in upper case, each once, five to a request', async () => {
  const rows = await reads.symbolRows(endpoints.tokens, ['sol', 'SOL', 'Btc', 'eth'], scope);
  expect(queries).toEqual([{ symbol: 'BTC,ETH,SOL', limit: '100' }]);
  expect(rows).toHaveLength(1);
  queries = [];
  const many = Array.from({ length: 12 }, (_, index) => `S${String.fromCharCode(65 + index)}`);
  await reads.symbolRows(endpoints.tokens, many, scope);
  expect(queries).toHaveLength(planned('symbol', 12));
});

test('reading nothing costs nothing', () => {
  for (const kind of ['one', 'latest', 'daily', 'hourly', 'symbol', 'pages'] as const) {
    expect(requestsFor({ kind, keys: 0, span: 5 }, { lists: true })).toBe(0);
    expect(requestsFor({ kind, keys: 5, span: 0 }, { lists: true })).toBe(0);
  }
});

test('without lists every id is priced by itself', () => {
  const single = (kind: Read['kind'], keys: number, span = 1) =>
    requestsFor({ kind, keys, span }, { lists: false });
  expect(single('one', 7)).toBe(7);
  expect(single('latest', 7)).toBe(7);
  expect(single('daily', 7, 29)).toBe(7);
  expect(single('daily', 7, 30)).toBe(14);
});
