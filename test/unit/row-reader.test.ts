import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMemoryRows } from '../../src/upstreams/rows/memory-rows.ts';
import {
  absentLifetime,
  fakeSet,
  failure,
  freezeTime,
  lifetime,
  operation,
  pass,
  readerOf,
  startMs,
  until,
} from '../support/fake-rows.ts';

beforeEach(freezeTime);
afterEach(() => vi.useRealTimers());

/** A reader that has read key 1, which took 12 ms; its row is fresh until 1012 ms. */
async function warm(...options: Parameters<typeof fakeSet>) {
  const set = fakeSet(...options);
  const kit = readerOf(set);
  await kit.read([1]);
  return { set, ...kit };
}
const fetchedAt = 12;

describe('what is fresh', () => {
  test('is given without a fetch, and says when it was fetched and for how long it is current', async () => {
    const { set, reader } = await warm();
    await until(462);
    const by = operation();

    const found = await reader.read([1], by);

    expect(found).toEqual([{ id: 1, at: fetchedAt }]);
    expect(set.fetches).toEqual([[1]]);
    expect(by.tally).toMatchObject({ hits: 1, misses: 0, stale: 0, credits: 0 });
    expect(by.tally.freshSeconds).toBeCloseTo(0.55);
    expect(by.tally.oldestMs).toBe(Date.now() - 450);
    expect(by.account).toMatchObject({ admissions: 0, inAir: 0 });
  });

  test('is current until its last millisecond', async () => {
    const { reader } = await warm();
    await until(fetchedAt + lifetime.freshMs);
    expect(await reader.read([1], operation())).toEqual([{ id: 1, at: 12 }]);
  });

  test('what an operation has read is as fresh as the least of it, and as old as the oldest', async () => {
    const { read, reader } = await warm();
    await until(400);
    await read([2]);
    await until(500);
    const by = operation();
    await reader.read([1, 2], by);
    expect(by.tally.freshSeconds).toBeCloseTo((1012 - 500) / 1000);
    expect(by.tally.oldestMs).toBe(Date.now() - (500 - fetchedAt));
  });

  test('what never changes is told as good for a year', async () => {
    const set = fakeSet({ lifetimeOf: () => ({ ...lifetime, freshMs: Infinity }) });
    const { reader, read } = readerOf(set, { random: () => 0.5 });
    await read([1]);
    await pass(1e12);
    const by = operation();
    expect(await reader.read([1], by)).toEqual([{ id: 1, at: fetchedAt }]);
    expect(by.tally.freshSeconds).toBe(365 * 24 * 3600);
  });

  test('lifetimes are cut by up to a tenth at random, so that not all end together', async () => {
    const set = fakeSet();
    const { reader, read } = readerOf(set, { random: () => 1 });
    await read([1]);
    const by = operation();
    await reader.read([1], by);
    expect(by.tally.freshSeconds).toBeCloseTo(0.9);
  });
});

describe('what is stale', () => {
  test('is given at once within its time and refreshed behind its back, once for all', async () => {
    const { set, reader, counters } = await warm();
    await until(2000);
    const [a, b] = [operation(), operation()];

    const stale = [{ id: 1, at: fetchedAt, isStale: true }];
    expect(await reader.read([1], a)).toEqual(stale);
    expect(await reader.read([1], b)).toEqual(stale);
    await pass(5);
    expect(await reader.read([1], b)).toEqual(stale);
    expect(set.fetches).toEqual([[1], [1]]);
    await pass(50);

    expect(await reader.read([1], operation())).toEqual([{ id: 1, at: 2012 }]);
    expect(set.fetches).toHaveLength(2);
    expect(a.tally).toMatchObject({ hits: 1, misses: 0, stale: 1, freshSeconds: 0, credits: 1 });
    expect(b.tally).toMatchObject({ hits: 2, misses: 0, stale: 2, credits: 0 });
    expect(a.account).toMatchObject({ borne: 1, drawn: 1, inAir: 0 });
    expect(counters.all().get('/rows')).toEqual({
      ...{ hits: 4, misses: 1, joins: 0, stale: 3, failed: 0, calls: 2 },
    });
  });

  test('is asked for first when that time is over', async () => {
    const { set, read } = await warm();
    await until(fetchedAt + lifetime.freshMs + lifetime.revalidateMs + 1);
    expect(await read([1])).toEqual([{ id: 1, at: 3025 }]);
    expect(set.fetches).toHaveLength(2);
  });

  test('is given at once up to the last millisecond of that time', async () => {
    const { reader } = await warm();
    await until(fetchedAt + lifetime.freshMs + lifetime.revalidateMs);
    const found = await reader.read([1], operation());
    expect(found[0]).toMatchObject({ isStale: true });
  });

  test('stands in, marked, for a value that cannot be had', async () => {
    const { set, read } = await warm();
    set.throws = failure();
    await until(10_000);
    const by = operation();
    expect(await read([1], by)).toEqual([{ id: 1, at: fetchedAt, isStale: true }]);
    expect(by.tally).toMatchObject({ hits: 0, misses: 1, stale: 1, failed: 0, freshSeconds: 0 });
  });

  test('stands in until it has been kept long enough; after that the error is told', async () => {
    const { set, read } = await warm();
    set.throws = failure();
    const keptMs = fetchedAt + lifetime.freshMs + lifetime.standInMs;
    await until(keptMs - 12);
    expect(await read([1])).toEqual([{ id: 1, at: fetchedAt, isStale: true }]);
    await pass(1);
    const by = operation();
    expect(await read([1], by)).toEqual([set.throws]);
    expect(by.tally).toMatchObject({ misses: 1, stale: 0, failed: 1, freshSeconds: 0 });
  });

  test('is kept for as long as it may be refreshed, where that is longer', async () => {
    const set = fakeSet({
      lifetimeOf: () => ({ freshMs: 1000, revalidateMs: 5000, standInMs: 0 }),
    });
    const { read, reader } = readerOf(set);
    await read([1]);
    await until(5000);
    const found = await reader.read([1], operation());
    expect(found[0]).toMatchObject({ at: fetchedAt, isStale: true });
  });
});

describe('a client that refuses stale values', () => {
  const refusing = () => operation({ maxStaleMs: 0 });

  test('waits for a fresh one, or gets the error', async () => {
    const { set, read } = await warm();
    await until(2000);
    expect(await read([1], refusing())).toEqual([{ id: 1, at: 2012 }]);
    set.throws = failure();
    await until(4000);
    expect(await read([1], refusing())).toEqual([set.throws]);
  });

  test('gets the error although the upstream is not asked for others at the moment', async () => {
    const { set, read, reader } = await warm();
    set.throws = failure();
    await until(10_000);
    await read([1]);
    expect((await reader.read([1], operation()))[0]).toMatchObject({ isStale: true });
    expect(await read([1], refusing())).toEqual([set.throws]);
    expect(set.fetches).toHaveLength(3);
  });

  test('gets absence where the upstream has lost a row', async () => {
    const { set, read } = await warm();
    set.answer = () => null;
    await until(10_000);
    const by = refusing();
    expect(await read([1], by)).toEqual([null]);
    expect(by.tally).toMatchObject({ failed: 0, stale: 0, oldestMs: Date.now() });
  });

  test('may allow some staleness', async () => {
    const { set, reader } = await warm();
    await until(fetchedAt + lifetime.freshMs + 500);
    expect((await reader.read([1], operation({ maxStaleMs: 500 })))[0]).toMatchObject({
      isStale: true,
    });
    const reading = reader.read([1], operation({ maxStaleMs: 499 }));
    await pass(50);
    expect((await reading)[0]).toEqual({ id: 1, at: 1524 });
    expect(set.fetches).toHaveLength(2);
  });

  test.each([Infinity, 0])(
    'is given what was fetched for it, however short its lifetime (%s)',
    async (maxStaleMs) => {
      const set = fakeSet({ lifetimeOf: () => ({ freshMs: 0, revalidateMs: 0, standInMs: 0 }) });
      // Between the fetch and the answer the clock moves on.
      let nowMs = startMs;
      const { read } = readerOf(set, { now: () => (nowMs += 1) });
      const by = operation({ maxStaleMs });
      expect(await read([1], by)).toEqual([expect.objectContaining({ id: 1 })]);
      expect(by.tally).toMatchObject({ stale: 0, failed: 0, freshSeconds: 0 });
      const [row] = await read([1], by);
      expect(row).not.toHaveProperty('isStale');
      set.answer = () => null;
      expect(await read([1], by)).toEqual([null]);
    },
  );
});

describe('after a failure', () => {
  test('a stale value is given for five seconds without asking again', async () => {
    const { set, read, reader } = await warm();
    set.throws = failure();
    await until(10_000);
    await read([1]);
    expect(set.fetches).toHaveLength(2);

    await until(10_012 + 5000 - 1);
    const by = operation();
    expect((await reader.read([1], by))[0]).toMatchObject({ at: 12, isStale: true });
    expect(by.tally).toMatchObject({ hits: 1, stale: 1, misses: 0 });
    await pass(1);
    await read([1]);
    expect(set.fetches).toHaveLength(3);
  });

  test('a refresh that failed is not repeated for five seconds either', async () => {
    const { set, read } = await warm();
    set.throws = failure();
    await until(1500);
    for (let time = 0; time < 3; time += 1) {
      await read([1]);
      await pass(1000);
    }
    expect(set.fetches).toHaveLength(2);
  });

  test('for as long as the upstream says, where that is longer', async () => {
    const { set, read } = await warm();
    set.throws = failure({ kind: 'rate-limited', retryAfterSeconds: 30 });
    await until(10_000);
    await read([1]);
    await until(10_012 + 30_000 - 1);
    await read([1]);
    expect(set.fetches).toHaveLength(2);
    await pass(1);
    await read([1]);
    expect(set.fetches).toHaveLength(3);
  });

  test.each(['cancelled', 'budget-exhausted'] as const)(
    'that was not the upstream’s (%s) it is asked for again at once',
    async (kind) => {
      const { set, read } = await warm();
      set.throws = failure({ kind, retryAfterSeconds: 86_400 });
      await until(10_000);
      expect(await read([1])).toEqual([{ id: 1, at: fetchedAt, isStale: true }]);
      set.throws = undefined;
      expect(await read([1])).toEqual([{ id: 1, at: 10_024 }]);
    },
  );

  test('what has no stale value is asked for again at once', async () => {
    const set = fakeSet();
    const { read } = readerOf(set);
    set.throws = failure();
    expect(await read([1])).toEqual([set.throws]);
    set.throws = undefined;
    expect(await read([1])).toEqual([{ id: 1, at: 24 }]);
  });
});

describe('absence', () => {
  test('is kept, with its own lifetime', async () => {
    const set = fakeSet();
    const { read, reader } = readerOf(set);
    set.answer = () => null;
    expect(await read([1])).toEqual([null]);
    const by = operation();
    await until(fetchedAt + absentLifetime.freshMs);
    expect(await reader.read([1], by)).toEqual([null]);
    expect(by.tally).toMatchObject({ hits: 1, stale: 0, freshSeconds: 0 });
    expect(set.fetches).toHaveLength(1);
    await pass(1);
    await read([1]);
    await pass(10);
    expect(set.fetches).toHaveLength(2);
  });

  test('of a key the upstream says nothing of is the same', async () => {
    const set = fakeSet();
    set.fetch = async () => Promise.resolve([]);
    const { read } = readerOf(set);
    expect(await read([1])).toEqual([null]);
  });

  test('stands in too when it is stale and cannot be asked for', async () => {
    const set = fakeSet();
    const { read } = readerOf(set);
    set.answer = () => null;
    await read([1]);
    await until(10_000);
    set.throws = failure();
    const by = operation();
    expect(await read([1], by)).toEqual([null]);
    expect(by.tally).toMatchObject({ stale: 1, failed: 0 });
    expect(await read([1], operation({ maxStaleMs: 0 }))).toEqual([set.throws]);
  });

  test('of a row we hold does not take it away, and is asked about again after its own lifetime', async () => {
    const { set, read, reader } = await warm();
    set.answer = () => null;
    await until(10_000);
    const by = operation();
    expect(await read([1], by)).toEqual([{ id: 1, at: fetchedAt, isStale: true }]);
    expect(by.tally).toMatchObject({ stale: 1, failed: 0 });

    await until(10_012 + absentLifetime.freshMs - 1);
    expect((await reader.read([1], operation()))[0]).toMatchObject({ isStale: true });
    expect(set.fetches).toHaveLength(2);
    await pass(1);
    set.answer = (id) => ({ id, at: -1 });
    expect(await read([1])).toEqual([{ id: 1, at: -1 }]);
  });

  test('takes a row away that has been kept long enough', async () => {
    const { set, read } = await warm();
    set.answer = () => null;
    await pass(fetchedAt + lifetime.freshMs + lifetime.standInMs);
    expect(await read([1])).toEqual([null]);
    expect(await read([1])).toEqual([null]);
    expect(set.fetches).toHaveLength(2);
  });
});

describe('as the budget falls', () => {
  test('rows are given for three lifetimes past their own without asking', async () => {
    const { set, reader, read, brownOut } = await warm();
    brownOut('longer-lifetimes');
    await until(fetchedAt + 4 * lifetime.freshMs);
    expect((await reader.read([1], operation()))[0]).toMatchObject({ isStale: true });
    await pass(10);
    expect(set.fetches).toHaveLength(1);
    expect(await read([1])).toEqual([{ id: 1, at: 4034 }]);
  });

  test('with longer lifetimes what is stale for longer than those may still be refreshed', async () => {
    const { set, reader, brownOut } = await warm({
      lifetimeOf: () => ({ freshMs: 1000, revalidateMs: 10_000, standInMs: 0 }),
    });
    brownOut('longer-lifetimes');
    await until(6000);
    expect((await reader.read([1], operation()))[0]).toMatchObject({ isStale: true });
    await pass(10);
    expect(set.fetches).toHaveLength(2);
  });

  test.each(['stale-first', 'low-priority-refused', 'all-refused'] as const)(
    'at %s whatever is kept is given, and only the rest is asked for',
    async (step) => {
      const { set, reader, read, brownOut } = await warm();
      brownOut(step);
      await until(fetchedAt + lifetime.freshMs + lifetime.standInMs);
      expect((await reader.read([1], operation()))[0]).toMatchObject({ isStale: true });
      await pass(1);
      expect(set.fetches).toHaveLength(1);
      expect(await read([1])).toEqual([{ id: 1, at: 61_025 }]);
    },
  );

  test('a client that refuses stale values is asked for all the same', async () => {
    const { read, brownOut } = await warm();
    brownOut('stale-first');
    await until(2000);
    expect(await read([1], operation({ maxStaleMs: 0 }))).toEqual([{ id: 1, at: 2012 }]);
  });
});

describe('empty seats of a request', () => {
  const filled = () => fakeSet({ fill: (_ids, offered) => offered });
  /** Keys that were read at the start, and by somebody else since. */
  async function inUse(ids: readonly number[], set = filled()) {
    const kit = readerOf(set);
    await kit.read(ids);
    await kit.read(ids);
    set.fetches.length = 0;
    return { set, ...kit };
  }

  test('are given to keys in use of whose lifetime less than a quarter is left', async () => {
    const { set, read, reader } = await inUse([1, 2]);
    await until(fetchedAt + 750 - 2);
    await read([8]);
    expect(set.fetches).toEqual([[8]]);
    await read([9]);
    expect(set.fetches[1]).toEqual([9, 1, 2]);

    const by = operation();
    await reader.read([1, 2], by);
    expect(by.tally).toMatchObject({ hits: 2, stale: 0 });
    expect(by.tally.freshSeconds).toBeGreaterThan(0.9);
  });

  test('are not given to keys nobody asked for since they were fetched', async () => {
    const set = filled();
    const { read } = readerOf(set);
    await read([1, 2]);
    await read([2]);
    await pass(800);
    await read([9]);
    expect(set.fetches.at(-1)).toEqual([9, 2]);
    // Seated once, it is not seated again until somebody asks for it.
    await pass(960);
    await read([8]);
    expect(set.fetches.at(-1)).toEqual([8]);
  });

  test('a key that came along with something else again is not in use for that', async () => {
    const set = filled();
    const { reader, read } = readerOf(set);
    reader.keep(1, { id: 1, at: 0 });
    reader.keep(1, { id: 1, at: 0 });
    await pass(900);
    await read([9]);
    expect(set.fetches).toEqual([[9]]);
  });

  test('never twice in the same request', async () => {
    const { set, read } = await inUse([1, 2, 3]);
    await until(4000);
    await read([1, 2], operation({ maxStaleMs: 0 }));
    expect(set.fetches).toEqual([[1, 2, 3]]);
  });

  test('are not given to rows that never change, nor to what must not be asked for again yet', async () => {
    const { set, read } = await inUse(
      [1, 2],
      fakeSet({
        fill: (_ids, offered) => offered,
        lifetimeOf: (id, row) =>
          (id === 1 ? { ...lifetime, freshMs: Infinity } : row && lifetime) ?? absentLifetime,
      }),
    );
    set.throws = failure();
    await until(10_000);
    await read([2]);
    await read([2]);
    await read([9]);
    expect(set.fetches).toEqual([[2], [9]]);
  });

  test('whoever sat there and failed or is gone takes nobody along', async () => {
    const { set, read, reader } = await inUse([1, 2]);
    set.answer = (id) => (id === 1 ? failure() : id === 2 ? null : { id, at: -1 });
    await pass(900);
    expect(await read([9])).toEqual([{ id: 9, at: -1 }]);
    expect(set.fetches).toEqual([[9, 1, 2]]);
    const found = await reader.read([1, 2], operation());
    expect([...found.values()]).toEqual([
      { id: 1, at: 12 },
      { id: 2, at: 12 },
    ]);
  });

  test('rows that came along unasked are kept', async () => {
    const set = fakeSet();
    const { reader, read } = readerOf(set);
    set.fetch = async () =>
      Promise.resolve([
        [1, { id: 1, at: 0 }],
        [2, { id: 2, at: 0 }],
      ]);
    await read([1]);
    expect((await reader.read([2], operation()))[0]).toEqual({ id: 2, at: 0 });
  });
});

describe('a value that came along with something else', () => {
  test('needs no request of its own, and lives as long as a fetched one', async () => {
    const set = fakeSet();
    const { reader } = readerOf(set);
    reader.keep(1, { id: 1, at: 7 });
    const by = operation();
    expect(await reader.read([1], by)).toEqual([{ id: 1, at: 7 }]);
    expect(by.tally.freshSeconds).toBe(1);
    expect(set.fetches).toEqual([]);
  });

  test('replaces what is stale or was absent, and nothing fresh', async () => {
    const { set, reader, read } = await warm();
    reader.keep(1, { id: 1, at: -1 });
    expect((await reader.read([1], operation()))[0]).toEqual({ id: 1, at: fetchedAt });
    await until(2000);
    reader.keep(1, { id: 1, at: -2 });
    expect((await reader.read([1], operation()))[0]).toEqual({ id: 1, at: -2 });

    set.answer = () => null;
    await read([2]);
    reader.keep(2, { id: 2, at: -3 });
    expect((await reader.read([2], operation()))[0]).toEqual({ id: 2, at: -3 });
  });
});

test('with no memory nothing is kept, and flights are still shared', async () => {
  const set = fakeSet();
  const { reader, read } = readerOf(set, { memory: createMemoryRows({ bytesMax: 0 }) });
  const by = operation();
  const both = [reader.read([1], by), reader.read([1], operation())];
  expect(await read([1])).toEqual([{ id: 1, at: 12 }]);
  expect(await Promise.all(both)).toHaveLength(2);
  expect(set.fetches).toEqual([[1]]);
  expect(await read([1], by)).toEqual([{ id: 1, at: 24 }]);
  set.throws = failure();
  expect(await read([1], by)).toEqual([set.throws]);
  expect(by.tally).toMatchObject({ hits: 0, misses: 3, failed: 1 });
});
