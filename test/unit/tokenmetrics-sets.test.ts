import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addDays, HOUR_MS } from '../../src/calendar.ts';
import type { FetchScope } from '../../src/upstreams/rows/row-set.ts';
import type { Found, RowReader } from '../../src/upstreams/rows/row-reader.ts';
import { createMemoryRows } from '../../src/upstreams/rows/memory-rows.ts';
import { createRowCounters } from '../../src/upstreams/rows/row-counts.ts';
import { createRowReader } from '../../src/upstreams/rows/row-reader.ts';
import { byKey, byRange, rowsByKey } from '../../src/upstreams/tokenmetrics/batches.ts';
import { latest } from '../../src/upstreams/tokenmetrics/latest.ts';
import {
  cellOf,
  createQueryDaySet,
  type DayCell,
  daysOf,
} from '../../src/upstreams/tokenmetrics/day-sets.ts';
import { endpoints as e } from '../../src/upstreams/tokenmetrics/endpoints.ts';
import {
  createChartSet,
  createIndexSet,
  createPageSet,
} from '../../src/upstreams/tokenmetrics/keyed-sets.ts';
import { createHoursSet, createWordSet } from '../../src/upstreams/tokenmetrics/list-sets.ts';
import { createLifetimeOf } from '../../src/upstreams/tokenmetrics/lifetimes.ts';
import { createListReader } from '../../src/upstreams/tokenmetrics/lists.ts';
import { createTokenMetricsLoaders } from '../../src/upstreams/tokenmetrics/loaders.ts';
import { createTokenMetricsReaders } from '../../src/upstreams/tokenmetrics/readers.ts';
import { createTokenDaySet } from '../../src/upstreams/tokenmetrics/token-day-set.ts';
import { createTokenSet } from '../../src/upstreams/tokenmetrics/token-set.ts';
import { createRandom } from '../support/random.ts';
import { failure, freezeTime, operation, over, pass, startMs } from '../support/fake-rows.ts';

beforeEach(freezeTime);
afterEach(() => vi.useRealTimers());

const today = '2026-03-10';
const yesterday = '2026-03-09';
const settledDay = '2026-03-08';
const scope: FetchScope = {
  onAttempt: () => Promise.resolve(),
  onUnsent: () => {},
};
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('lifetimes', () => {
  const at = (time: string) => Date.parse(`2026-03-10T${time}Z`);
  const of = (
    endpoint: Parameters<typeof createLifetimeOf>[0],
    settings?: Parameters<typeof createLifetimeOf>[1],
  ) => createLifetimeOf(endpoint, settings);
  const present = { isAbsent: false };
  const absent = { isAbsent: true };

  test('are the endpoint’s, as long again to refresh, and a dozen of them to stand in', () => {
    expect(of(e.fundamentalGrade)(present, startMs)).toEqual({
      ...{ freshMs: 6 * HOUR_MS, revalidateMs: 6 * HOUR_MS, standInMs: 72 * HOUR_MS },
    });
    // An hour at least, and a week at most.
    expect(of({ freshSeconds: 60 })(present, startMs).standInMs).toBe(HOUR_MS);
    expect(of(e.tokens)(present, startMs).standInMs).toBe(168 * HOUR_MS);
  });

  test('of what is written every hour end ten minutes past it', () => {
    const lifetimeOf = of(e.hourlyTradingSignals);
    const minutesAt = (time: string) => lifetimeOf(present, at(time)).freshMs / 60_000;
    expect(minutesAt('12:00:00')).toBe(10);
    expect(minutesAt('12:09:00')).toBe(1);
    expect(minutesAt('12:10:00')).toBe(60);
    expect(minutesAt('12:40:00')).toBe(30);
    expect(minutesAt('00:05:00')).toBe(5);
    expect(lifetimeOf(present, at('12:09:00'))).toMatchObject({
      ...{ revalidateMs: HOUR_MS, isPunctual: true },
    });
  });

  test('of absence are an hour at most, and a day where the day is over', () => {
    expect(of(e.tokens)(absent, startMs).freshMs).toBe(HOUR_MS);
    expect(of({ freshSeconds: 60 })(absent, startMs).freshMs).toBe(60_000);
    const settled = { isAbsent: true, isSettled: true };
    expect(of(e.dailyOhlcv)(settled, startMs).freshMs).toBe(24 * HOUR_MS);
    expect(of({ freshSeconds: 48 * 3600 })(settled, startMs).freshMs).toBe(48 * HOUR_MS);
  });

  test('of what is settled never end', () => {
    const settled = { isAbsent: false, isSettled: true };
    for (const endpoint of [e.dailyOhlcv, e.hourlyOhlcv]) {
      expect(of(endpoint)(settled, startMs).freshMs).toBe(Infinity);
    }
    expect(of(e.dailyOhlcv, { fresh: 1 })(settled, startMs).freshMs).toBe(Infinity);
  });

  test('can be set: all three, or the first and what follows from it', () => {
    expect(of(e.price, { fresh: 1, revalidate: 2, standIn: 3 })(present, startMs)).toEqual({
      ...{ freshMs: 1000, revalidateMs: 2000, standInMs: 3000 },
    });
    expect(of(e.price, { fresh: 7200 })(present, startMs)).toEqual({
      ...{ freshMs: 2 * HOUR_MS, revalidateMs: 2 * HOUR_MS, standInMs: 24 * HOUR_MS },
    });
    expect(of(e.price, { fresh: 0, revalidate: 0, standIn: 0 })(present, startMs)).toEqual({
      ...{ freshMs: 0, revalidateMs: 0, standInMs: 0 },
    });
    // What an operator sets holds for hourly rows too.
    expect(of(e.hourlyOhlcv, { fresh: 60 })(present, startMs).freshMs).toBe(60_000);
  });
});

/** What sets are made with, over reads that answer as a test says. */
function parts(endpoint: (typeof e)[keyof typeof e], reads: object = {}) {
  const lists = createListReader(() => Date.now());
  return {
    ...{ name: endpoint.path, lists, lifetimeOf: createLifetimeOf(endpoint, undefined) },
    reads: reads as any,
  };
}

/** Lets a set find out whether its endpoint reads lists. */
async function prove(lists: ReturnType<typeof createListReader>, path: string, isRead: boolean) {
  await lists.byToken([1, 2], {
    ...{ path, listMax: 100, readsLists: () => Promise.resolve(isRead) },
    ask: (ids) => Promise.resolve(new Map(ids.slice(0, isRead ? 2 : 1).map((id) => [id, 'a row']))),
  });
}

describe('the set of an endpoint with one row a token', () => {
  test('asks for a hundred at once, in order of their ids', () => {
    const set = createTokenSet(e.price, parts(e.price));
    const ids = numbers(1, 150).toReversed();
    expect(set.chunksOf(ids)).toEqual([
      { keys: numbers(1, 100), requests: 1, extent: 100 },
      { keys: numbers(101, 150), requests: 1, extent: 50 },
    ]);
    const [full, half] = set.chunksOf(ids);
    if (full === undefined || half === undefined) throw new Error('expected two chunks');
    expect(set.join(full.extent, half.extent)).toBeUndefined();
    expect(set.join(half.extent, half.extent)).toBe(100);
  });

  test('asks one by one where the upstream has turned out to read no lists', async () => {
    const options = parts(e.tmGrade);
    const set = createTokenSet(e.tmGrade, options);
    await prove(options.lists, e.tmGrade.path, false);
    const chunks = set.chunksOf([1, 2]);
    expect(chunks.map(({ keys }) => keys)).toEqual([[1], [2]]);
    expect(chunks[0] && chunks[1] && set.join(chunks[0].extent, chunks[1].extent)).toBeUndefined();
    expect(set.fill?.([1], [2, 3])).toEqual([]);
  });

  test('has seats for a page, or for the fifty rows that are sure to come', () => {
    const proven = createTokenSet(e.quantMetrics, parts(e.quantMetrics));
    expect(proven.fill?.(numbers(1, 98), numbers(101, 110))).toEqual([101, 102]);
    const unproven = createTokenSet(e.price, parts(e.price));
    expect(unproven.fill?.(numbers(1, 48), numbers(101, 110))).toEqual([101, 102]);
    expect(unproven.fill?.(numbers(1, 60), numbers(101, 110))).toEqual([]);
  });

  test('has seats only when lists are known to be read', async () => {
    const options = parts(e.tmGrade);
    const set = createTokenSet(e.tmGrade, options);
    expect(set.fill?.([1], [2, 3])).toEqual([]);
    await prove(options.lists, e.tmGrade.path, true);
    expect(set.fill?.([1], [2, 3])).toEqual([2, 3]);
  });

  test('says of absence and of staleness what its rows say', () => {
    const set = createTokenSet(e.price, parts(e.price));
    const row = { tokenId: 1, currentPrice: 2 } as any;
    expect(set.lifetimeOf(1, row, startMs).freshMs).toBe(300_000);
    expect(createTokenSet(e.tokens, parts(e.tokens)).lifetimeOf(1, null, startMs).freshMs).toBe(
      HOUR_MS,
    );
    expect(set.toStale(row)).toEqual({ ...row, isStale: true });
    expect(set).toMatchObject({ name: '/price', endpoint: '/price' });
    expect(set.shape).toMatch(/^[0-9a-f]{8}$/);
  });
});

const provenance = { source: 'SANDBOX' as const, fetchedAtMs: startMs };
const signal = (tokenId: number, date: string) => ({ tokenId, date, ...provenance }) as any;
const cell = cellOf<number>;
const cellsOf = (subjects: readonly number[], from: string, to: string) =>
  subjects.flatMap((subject) => daysOf({ from, to }).map((day) => cellOf(subject, day)));

describe('the set of a series of each token', () => {
  test('keeps settled days for ever, and today and yesterday as long as the endpoint says', () => {
    const set = createTokenDaySet(e.tradingSignals, parts(e.tradingSignals));
    const freshMs = (day: string, rows: readonly any[] | null) =>
      set.lifetimeOf(cell(1, day), rows, startMs).freshMs;
    expect([today, yesterday, settledDay, '2020-01-01'].map((day) => freshMs(day, [{}]))).toEqual([
      ...[HOUR_MS, HOUR_MS, Infinity, Infinity],
    ]);
    expect([today, yesterday, settledDay].map((day) => freshMs(day, null))).toEqual([
      ...[HOUR_MS, HOUR_MS, 24 * HOUR_MS],
    ]);
  });

  test('keeps a day that is over and lacks rows for a day', () => {
    const set = createTokenDaySet(e.hourlyOhlcv, parts(e.hourlyOhlcv));
    const freshMs = (rows: number) =>
      set.lifetimeOf(
        cell(1, settledDay),
        Array.from({ length: rows }, () => ({}) as any),
        startMs,
      ).freshMs;
    expect([freshMs(23), freshMs(24)]).toEqual([24 * HOUR_MS, Infinity]);
  });

  test('lets nothing about today or yesterday outlive today', () => {
    const set = createTokenDaySet(e.tradingSignals, parts(e.tradingSignals));
    const lateMs = Date.parse(`${today}T23:59:00Z`);
    const freshMs = (day: string, rows: readonly any[] | null) =>
      set.lifetimeOf(cell(1, day), rows, lateMs).freshMs;
    expect([today, yesterday].flatMap((day) => [freshMs(day, []), freshMs(day, null)])).toEqual([
      ...[60_000, 60_000, 60_000, 60_000],
    ]);
    expect(freshMs(settledDay, [{}])).toBe(Infinity);
  });

  test('cuts what is missing into as few requests as it needs, and joins where that needs no more', () => {
    const set = createTokenDaySet(e.tradingSignals, parts(e.tradingSignals));
    const whole = set.chunksOf(cellsOf([1, 2, 3], '2026-02-01', '2026-03-01'));
    expect(whole).toMatchObject([
      { requests: 1, extent: { subjects: [1, 2, 3], from: '2026-02-01', to: '2026-03-01' } },
    ]);
    const apart = [...cellsOf([1], '2026-01-01', '2026-01-02'), ...cellsOf([1], today, today)];
    const [first, second] = set.chunksOf(apart);
    if (first === undefined || second === undefined) throw new Error('expected two chunks');
    expect([first, second].map(({ keys, requests }) => [keys.length, requests])).toEqual([
      [2, 1],
      [1, 1],
    ]);
    const far = set.chunksOf(cellsOf([1], '2025-01-01', '2025-01-01'))[0];
    expect(far && set.join(second.extent, far.extent)).toBeUndefined();
    const near = set.chunksOf(cellsOf([2], settledDay, settledDay))[0];
    expect(near && set.join(second.extent, near.extent)).toEqual({
      ...{ subjects: [1, 2], from: settledDay, to: today },
    });
  });

  test('every key is in one chunk, whatever is missing', () => {
    const set = createTokenDaySet(e.hourlyOhlcv, parts(e.hourlyOhlcv));
    const random = createRandom(3);
    for (let run = 0; run < 200; run += 1) {
      const cells = cellsOf(numbers(1, random.integer(1, 5)), '2026-02-01', '2026-02-20').filter(
        () => random.chance(0.4),
      );
      const keys = set.chunksOf(cells).flatMap((chunk) => chunk.keys);
      expect(new Set(keys)).toEqual(new Set(cells));
      expect(keys).toHaveLength(cells.length);
    }
  });

  test('tells apart a day with rows, a day without, and a day nobody can know', async () => {
    const [unread, gone] = [failure({ kind: 'bad-data' }), failure({ kind: 'timeout' })];
    const asked: unknown[] = [];
    const hour = (number: number) => signal(1, `${yesterday}T0${number}:00`);
    const reads = {
      dailyRows: (_endpoint: unknown, ids: readonly number[], range: unknown) => {
        asked.push([ids, range]);
        return Promise.resolve(
          new Map<number, unknown>([
            [1, { rows: [signal(1, today), hour(5), hour(4)], failed: [] }],
            [2, gone],
            [3, { rows: [signal(3, today)], unread, failed: [] }],
            [5, { rows: [], failed: [{ from: yesterday, to: yesterday, error: gone }] }],
          ]),
        );
      },
    };
    const set = createTokenDaySet(e.tradingSignals, parts(e.tradingSignals, reads));
    const found = new Map(
      [...(await set.fetch(cellsOf([1, 2, 3, 4, 5], settledDay, today), scope))].map(
        ([key, rows]) => [set.keyOf(key), rows],
      ),
    );
    expect(asked).toEqual([[[1, 2, 3, 4, 5], { from: settledDay, to: today }]]);
    expect(Object.fromEntries(found)).toEqual({
      ...{ [`1 ${settledDay}`]: null, [`1 ${yesterday}`]: [hour(5), hour(4)] },
      ...{ [`1 ${today}`]: [signal(1, today)] },
      ...{ [`2 ${settledDay}`]: gone, [`2 ${yesterday}`]: gone, [`2 ${today}`]: gone },
      ...{ [`3 ${settledDay}`]: unread, [`3 ${yesterday}`]: unread },
      ...{ [`3 ${today}`]: [signal(3, today)] },
      ...{ [`4 ${settledDay}`]: null, [`4 ${yesterday}`]: null, [`4 ${today}`]: null },
      ...{ [`5 ${settledDay}`]: null, [`5 ${yesterday}`]: gone, [`5 ${today}`]: null },
    });
  });

  test('a rectangle that fails is a failure of its own cells, and a bug is nobody’s', async () => {
    const gone = failure();
    const fails: { error: Error } = { error: gone };
    const reads = {
      dailyRows: (_endpoint: unknown, _ids: unknown, { from }: { from: string }) =>
        from.startsWith('2025') ? Promise.reject(fails.error) : Promise.resolve(new Map()),
    };
    const set = createTokenDaySet(e.tradingSignals, parts(e.tradingSignals, reads));
    const cells = [cell(1, '2025-01-01'), cell(1, today)];
    expect([...(await set.fetch(cells, scope))]).toEqual([
      [cells[0], gone],
      [cells[1], null],
    ]);
    fails.error = new TypeError('a bug');
    await expect(set.fetch(cells, scope)).rejects.toBe(fails.error);
  });

  test('seats days of other tokens that fit the same request, and no others', () => {
    const set = createTokenDaySet(e.tradingSignals, parts(e.tradingSignals));
    const offered = [cell(2, today), cell(3, settledDay), cell(2, yesterday), cell(1, yesterday)];
    expect(set.fill?.(cellsOf([1], yesterday, today), offered)).toEqual([
      ...[cell(2, today), cell(2, yesterday), cell(1, yesterday)],
    ]);
    // 25 days of three tokens and of one more fill the page.
    const month = cellsOf([1, 2, 3], '2026-02-14', today);
    expect(set.fill?.(month, [cell(4, today), cell(5, today)])).toEqual([cell(4, today)]);
    expect(set.fill?.(cellsOf([1], '2025-02-14', today), [cell(4, today)])).toEqual([]);
    const apart = [cell(1, '2025-01-01'), cell(1, today)];
    expect(set.fill?.(apart, [cell(4, today), cell(4, '2025-01-01')])).toEqual([]);
    // However long the range is: with two tokens for fifty days the page is full.
    const long = cellsOf([1], '2026-01-20', today);
    expect(set.fill?.(long, [cell(4, today), cell(5, today)])).toEqual([cell(4, today)]);
    const requestsOf = (cells: readonly DayCell<number>[]) =>
      set.chunksOf(cells).reduce((sum, { requests }) => sum + requests, 0);
    for (const cells of [month, long, cellsOf([1], yesterday, today)]) {
      const seated = set.fill?.(cells, cellsOf(numbers(2, 99), yesterday, today)) ?? [];
      expect(seated.length).toBeGreaterThan(0);
      expect(requestsOf([...cells, ...seated])).toBe(requestsOf(cells));
    }
  });

  test('seats nobody while lists are not known to be read', async () => {
    const options = parts(e.tmGradeHistory);
    const set = createTokenDaySet(e.tmGradeHistory, options);
    expect(set.fill?.([cell(1, today)], [cell(2, today)])).toEqual([]);
    await prove(options.lists, e.tmGradeHistory.path, true);
    expect(set.fill?.([cell(1, today)], [cell(2, today)])).toEqual([cell(2, today)]);
    await prove(options.lists, e.tmGradeHistory.path, false);
  });

  test('where no lists are read every token is asked for by itself', async () => {
    const options = parts(e.tmGradeHistory);
    const set = createTokenDaySet(e.tmGradeHistory, options);
    await prove(options.lists, e.tmGradeHistory.path, false);
    const [two] = set.chunksOf(cellsOf([1, 2], yesterday, today));
    expect(two).toMatchObject({ requests: 2 });
    expect(set.fill?.([cell(1, today)], [cell(2, today)])).toEqual([]);
  });

  test('marks every row of a stale day', () => {
    const set = createTokenDaySet(e.tradingSignals, parts(e.tradingSignals));
    expect(set.toStale([signal(1, today), signal(1, today)])).toEqual([
      { ...signal(1, today), isStale: true },
      { ...signal(1, today), isStale: true },
    ]);
  });
});

describe('the set of a series without tokens', () => {
  test('asks by its query, day by day, each subject by itself', async () => {
    const asked: unknown[] = [];
    const gone = failure();
    const reads = {
      rangeRows: (_endpoint: unknown, query: Record<string, string>, range: unknown) => {
        asked.push([query, range]);
        return query['id'] === '2'
          ? Promise.reject(gone)
          : Promise.resolve([{ date: today }, { date: settledDay }]);
      },
    };
    const set = createQueryDaySet(
      e.indicesPerformance,
      (id) => ({ id }),
      parts(e.indicesPerformance, reads),
    );
    const cells = ['1', '2'].flatMap((subject) =>
      daysOf({ from: settledDay, to: today }).map((day) => cellOf(subject, day)),
    );
    expect(set.chunksOf(cells)).toMatchObject([{ requests: 2 }]);
    const found = [...(await set.fetch(cells, scope))].map(([{ subject, day }, rows]) => [
      ...[subject, day, rows],
    ]);
    expect(found).toEqual([
      ['1', settledDay, [{ date: settledDay }]],
      ['1', yesterday, null],
      ['1', today, [{ date: today }]],
      ...[settledDay, yesterday, today].map((day) => ['2', day, gone]),
    ]);
    expect(asked).toEqual([
      [{ id: '1' }, { from: settledDay, to: today }],
      [{ id: '2' }, { from: settledDay, to: today }],
    ]);
    expect(set.fill).toBeUndefined();
  });
});

describe('sets of other keys', () => {
  test('pages are kept by number and filter; an empty one is absent, and all rows are told', async () => {
    const told: unknown[] = [];
    const gone = failure();
    const reads = {
      listPage: (_endpoint: unknown, _query: unknown, page: number) =>
        page === 3
          ? Promise.reject(gone)
          : Promise.resolve({ rows: page === 1 ? [{ tokenId: 1 }] : [], isLast: page > 1 }),
    };
    const set = createPageSet(e.tokens, parts(e.tokens, reads), (rows) => told.push(...rows));
    const keys = [1, 2, 3].map((page) => ({ page, query: { b: '2', a: '1' } }));
    expect(keys.map(set.keyOf)).not.toContain(set.keyOf({ page: 1, query: { a: '1' } }));
    expect(set.keyOf({ page: 1, query: { a: '1', b: '2' } })).toBe(set.keyOf(keys[0] as any));
    expect(set.chunksOf(keys).map(({ requests }) => requests)).toEqual([1, 1, 1]);
    const [one, two] = set.chunksOf(keys);
    expect(one && two && set.join(one, two)).toBeUndefined();
    expect([...(await set.fetch(keys, scope))].map(([, page]) => page)).toEqual([
      { rows: [{ tokenId: 1 }], isLast: false },
      null,
      gone,
    ]);
    expect(told).toEqual([{ tokenId: 1 }]);
    expect(set.toStale({ rows: [{ tokenId: 1 } as any], isLast: true })).toEqual({
      ...{ rows: [{ tokenId: 1, isStale: true }], isLast: true },
    });
  });

  test('words are one whatever their case, and asked for in lists', async () => {
    const told: unknown[] = [];
    const row = (tokenId: number, tokenSymbol: string) => ({ tokenId, tokenSymbol, tokenName: '' });
    const rows = [row(1, 'SOL'), row(2, 'TON'), row(3, 'SOL')];
    const reads = { symbolRows: () => Promise.resolve(rows), nameRows: () => Promise.resolve([]) };
    const set = createWordSet(e.tokens, 'symbol', parts(e.tokens, reads), (all) =>
      told.push(...all),
    );
    expect(set.keyOf('sol')).toBe(set.keyOf('SOL'));
    expect(set.chunksOf(['f', 'e', 'd', 'c', 'b', 'a']).map(({ keys }) => keys)).toEqual([
      ['a', 'b', 'c', 'd', 'e'],
      ['f'],
    ]);
    expect([...(await set.fetch(['sol', 'TON', 'x'], scope))]).toEqual([
      ['sol', [rows[0], rows[2]]],
      ['TON', [rows[1]]],
      ['x', null],
    ]);
    expect(told).toEqual(rows);
    const names = createWordSet(e.tokens, 'name', parts(e.tokens, reads), () => {});
    expect(names.chunksOf(numbers(1, 26).map(String))).toHaveLength(2);
    expect([...(await names.fetch(['x'], scope))]).toEqual([['x', null]]);
  });

  test('hours are read from one start together, and starts fail by themselves', async () => {
    const gone = failure();
    const asked: unknown[] = [];
    const [early, late] = [startMs - 50 * HOUR_MS, startMs - 9 * HOUR_MS];
    const reads = {
      hourlyRows: (_endpoint: unknown, ids: readonly number[], fromMs: number) => {
        asked.push([ids, fromMs]);
        return fromMs === early ? Promise.reject(gone) : Promise.resolve(new Map([[1, ['row']]]));
      },
    };
    const options = parts(e.hourlyTradingSignals, reads);
    const set = createHoursSet(e.hourlyTradingSignals, options, Date.now);
    const key = (tokenId: number, fromMs: number) => ({ tokenId, range: { fromMs } });
    const ten = set.chunksOf(numbers(1, 12).map((id) => key(id, late)));
    expect(ten.map(({ keys, requests }) => [keys.length, requests])).toEqual([
      [10, 1],
      [2, 1],
    ]);
    const long = set.chunksOf([key(1, startMs - 149 * HOUR_MS)]);
    expect(long).toMatchObject([{ requests: 2 }]);
    const [full, rest] = ten;
    if (full === undefined || rest === undefined) throw new Error('expected two chunks');
    expect(set.join(full.extent, rest.extent)).toBeUndefined();
    expect(set.join(rest.extent, rest.extent)).toMatchObject({ tokens: 4 });
    const other = set.chunksOf([key(3, early)])[0];
    expect(other && set.join(rest.extent, other.extent)).toBeUndefined();

    const keys = [key(1, late), key(2, early), key(3, late)];
    expect([...(await set.fetch(keys, scope))]).toEqual([
      [keys[0], ['row']],
      [keys[2], null],
      [keys[1], gone],
    ]);
    expect(asked).toEqual([
      [[1, 3], late],
      [[2], early],
    ]);
  });

  test('an index without rows is absent, a picture is known by what it shows', async () => {
    const reads = {
      indexRows: (_endpoint: unknown, id: number) => Promise.resolve(id === 1 ? ['row'] : []),
      chart: (name: string) => Promise.resolve({ name }),
    };
    const indices = createIndexSet(e.indicesHoldings, parts(e.indicesHoldings, reads));
    expect([...(await indices.fetch([1, 2], scope))]).toEqual([
      [1, ['row']],
      [2, null],
    ]);
    const charts = createChartSet({ ...parts(e.price, reads), name: '/charts' });
    const key = { name: 'VOLATILITY', query: { symbol: 'BTC' } } as const;
    expect(charts.keyOf(key)).not.toBe(charts.keyOf({ ...key, name: 'INDEX_ROI' }));
    expect(charts.keyOf(key)).not.toBe(charts.keyOf({ ...key, query: {} }));
    expect([...(await charts.fetch([key], scope))]).toEqual([[key, { name: 'VOLATILITY' }]]);
    expect(charts).toMatchObject({ name: '/charts', endpoint: '/charts' });
  });
});

/** A reader that knows what a test says, and remembers what it was asked for. */
function knowing<Key>(
  known: Record<string, Found<any>>,
  idOf: (key: Key) => string,
): RowReader<Key, any> & { readonly asked: string[][] } {
  const asked: string[][] = [];
  return {
    ...{
      asked,
      idOf,
      now: Date.now,
      current: () => undefined,
      giveCurrent: () => null,
      keep: () => {},
    },
    read: (keys) => {
      const ids = keys.map(idOf);
      asked.push(ids);
      return Promise.resolve(ids.map((id) => known[id] ?? null));
    },
  };
}
const cellId = ({ subject, day }: { subject: number; day: string }) => `${subject} ${day}`;
const told = (answer: unknown) => Promise.resolve(answer).catch((error: unknown) => error);

describe('the newest row of a series', () => {
  const newest = (known: Record<string, Found<any>>, maxStaleMs = Infinity) => {
    const reader = knowing(known, cellId);
    const loader = latest<any>(reader, operation({ maxStaleMs }));
    return { reader, load: (id: number) => told(loader.load(id)) };
  };
  const rowOf = (day: string) => [
    { day, ...provenance },
    { day, isSecond: true },
  ];

  test('is the first of the newest day that has one, of the last three', async () => {
    const { reader, load } = newest({
      ...{ [`1 ${yesterday}`]: rowOf(yesterday), [`1 ${settledDay}`]: rowOf(settledDay) },
      [`2 ${addDays(settledDay, -1)}`]: rowOf('too old'),
    });
    expect(await Promise.all([load(1), load(2)])).toEqual([
      { day: yesterday, ...provenance },
      null,
    ]);
    expect(reader.asked).toEqual([
      [1, 2].flatMap((id) => [today, yesterday, settledDay].map((day) => `${id} ${day}`)),
    ]);
  });

  test('where a newer day cannot be asked is an older one, marked as stale', async () => {
    const { load } = newest({
      ...{ [`1 ${today}`]: failure(), [`1 ${yesterday}`]: rowOf(yesterday) },
    });
    expect(await load(1)).toEqual({ day: yesterday, ...provenance, isStale: true });
  });

  test('is the error where there is no older one either', async () => {
    const [gone, down] = [failure(), failure()];
    const { load } = newest({
      [`1 ${today}`]: gone,
      [`1 ${yesterday}`]: down,
      [`2 ${today}`]: gone,
    });
    expect(await Promise.all([load(1), load(2)])).toEqual([down, gone]);
  });

  test('is the error for who refuses rows as old as that', async () => {
    const gone = failure();
    const known = { [`1 ${today}`]: gone, [`1 ${yesterday}`]: rowOf(yesterday) };
    // It is noon: the row was the latest until twelve hours ago.
    expect(await newest(known, 12 * HOUR_MS).load(1)).toMatchObject({ isStale: true });
    expect(await newest(known, 12 * HOUR_MS - 1).load(1)).toBe(gone);
    expect(await newest(known, 0).load(1)).toBe(gone);
    const known2 = { ...known, [`1 ${yesterday}`]: gone, [`1 ${settledDay}`]: rowOf(settledDay) };
    expect(await newest(known2, 36 * HOUR_MS).load(1)).toMatchObject({ isStale: true });
    expect(await newest(known2, 36 * HOUR_MS - 1).load(1)).toBe(gone);
  });

  test('that is there and cannot be read is an error, not an older one', async () => {
    const unread = failure({ kind: 'bad-data' });
    const { load } = newest({ [`1 ${today}`]: unread, [`1 ${yesterday}`]: rowOf(yesterday) });
    expect(await load(1)).toBe(unread);
    const old = newest({ [`1 ${today}`]: rowOf(today), [`1 ${yesterday}`]: unread });
    expect(await old.load(1)).toEqual({ day: today, ...provenance });
  });
});

describe('a range of a series', () => {
  const ranged = (known: Record<string, Found<any>>) => {
    const reader = knowing(known, cellId);
    const loader = byRange<any, number, any>(reader, operation(), ({ id }) => id);
    const load = (id: number, from: string, to: string) =>
      told(loader.load({ id, range: { from, to } }));
    return { reader, load };
  };

  test('is all of its days, newest first, without those that have no row', async () => {
    const { reader, load } = ranged({
      ...{ [`1 ${today}`]: ['b', 'a'], [`1 ${settledDay}`]: ['c'], [`2 ${today}`]: ['d'] },
    });
    expect(
      await Promise.all([
        load(1, settledDay, today),
        load(2, settledDay, today),
        load(1, yesterday, yesterday),
      ]),
    ).toEqual([['b', 'a', 'c'], ['d'], []]);
    expect(reader.asked).toEqual([
      [1, 2].flatMap((id) => [today, yesterday, settledDay].map((day) => `${id} ${day}`)),
      [`1 ${yesterday}`],
    ]);
  });

  test('with a day nobody can be asked about is unknown', async () => {
    const gone = failure();
    const { load } = ranged({ [`1 ${today}`]: ['a'], [`1 ${settledDay}`]: gone });
    expect(await load(1, settledDay, today)).toBe(gone);
  });

  test('with a day that cannot be read has a gap, unless there is nothing else', async () => {
    const unread = failure({ kind: 'bad-data' });
    const { load } = ranged({
      ...{ [`1 ${today}`]: unread, [`1 ${yesterday}`]: ['a'], [`2 ${today}`]: unread },
    });
    const both = await Promise.all([load(1, yesterday, today), load(2, yesterday, today)]);
    expect(both).toEqual([['a'], unread]);
  });
});

test('keys of one tick are read together; an absent one is null, or no rows', async () => {
  const gone = failure();
  const reader = knowing({ '1': ['a'], '3': gone }, String);
  const one = byKey<number, any, number>(reader, operation(), (id) => id);
  const rows = rowsByKey<number, any>(reader, operation());
  expect(await Promise.all([1, 2, 3, 1].map((id) => told(one.load(id))))).toEqual([
    ...[['a'], null, gone, ['a']],
  ]);
  expect(await Promise.all([1, 2, 3].map((id) => told(rows.load(id))))).toEqual([['a'], [], gone]);
  expect(reader.asked).toEqual([
    ['1', '2', '3'],
    ['1', '2', '3'],
  ]);
});

describe('tokens that came along', () => {
  const token = (tokenId: number) => ({ tokenId, tokenSymbol: `T${tokenId}`, tokenName: 'T' });
  function kit() {
    const asked: unknown[] = [];
    const reads = {
      listPage: (_endpoint: unknown, _query: unknown, page: number) => {
        asked.push(`page ${page}`);
        return Promise.resolve({ rows: page === 1 ? [token(1), token(2)] : [], isLast: true });
      },
      symbolRows: (_endpoint: unknown, words: readonly string[]) => {
        asked.push(`symbols ${words.join()}`);
        return Promise.resolve([token(3)]);
      },
      tokenRows: (_endpoint: unknown, ids: readonly number[]) => {
        asked.push(`tokens ${ids.join()}`);
        return Promise.resolve(new Map());
      },
    };
    const reader = createRowReader({
      ...{
        upstream: 'tokenMetrics',
        origin: 'here',
        memory: createMemoryRows({ bytesMax: 1_000_000 }),
      },
      ...{ counters: createRowCounters(), windowMs: 2, patienceMs: 1000, shared: undefined },
      ...{ thrift: () => 'none', now: Date.now, random: () => 0 },
      onBackgroundFault: () => {},
    });
    const readers = createTokenMetricsReaders({
      ...{ reader, reads: reads as any, lists: createListReader(Date.now) },
      ...{ lifetimes: new Map(), now: Date.now },
    });
    const loaders = createTokenMetricsLoaders({
      readers,
      ask: (question) => Promise.resolve(question),
    })(operation());
    return { asked, loaders };
  }

  test('with a page, or with a symbol, need no request of their own', async () => {
    const { asked, loaders } = kit();
    await over(loaders.tokenPage.load({ query: {}, page: 1 }));
    await over(loaders.tokensBySymbol.load('T3'));
    const found = await over(loaders.token.loadMany([1, 2, 3, 4]));
    expect(found).toEqual([token(1), token(2), token(3), null]);
    expect(asked).toEqual(['page 1', 'symbols T3', 'tokens 4']);
  });

  test('a page past the last has no rows and nothing follows', async () => {
    const { loaders } = kit();
    const page = loaders.tokenPage.load({ query: {}, page: 9 });
    expect(await over(page)).toEqual({ rows: [], isLast: true });
  });

  test('are asked for again when their day is over', async () => {
    const { asked, loaders } = kit();
    await over(loaders.tokenPage.load({ query: {}, page: 1 }));
    await pass(48 * HOUR_MS + 1);
    await over(loaders.token.load(1));
    expect(asked.at(-1)).toBe('tokens 1');
  });
});
