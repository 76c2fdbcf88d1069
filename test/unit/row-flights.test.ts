import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { chargedAlone } from '../../src/upstreams/rows/charge.ts';
import { Flight } from '../../src/upstreams/rows/flight.ts';
import { createFlights } from '../../src/upstreams/rows/flights.ts';
import type { FetchScope } from '../../src/upstreams/rows/row-set.ts';
import { cellOf, createDaySet } from '../../src/upstreams/tokenmetrics/day-sets.ts';
import {
  endpoint,
  type FakeOperation,
  fakeSet,
  failure,
  freezeTime,
  letGo,
  lifetime,
  operation,
  over,
  pass,
  readerOf,
  upstream,
} from '../support/fake-rows.ts';
import { createRandom } from '../support/random.ts';

beforeEach(freezeTime);
afterEach(() => vi.useRealTimers());

const row = (id: number, at: number) => ({ id, at });

describe('what several operations miss', () => {
  test('one key is one fetch, however many wait for it', async () => {
    const set = fakeSet();
    const { reader, counters } = readerOf(set);
    const operations = Array.from({ length: 100 }, () => operation());
    const found = await over(Promise.all(operations.map((by) => reader.read([1], by))));

    expect(set.fetches).toEqual([[1]]);
    for (const each of found) expect(each).toEqual([row(1, 12)]);
    for (const { account, tally } of operations) {
      expect(account.borne).toBeCloseTo(0.01);
      expect(tally.credits).toBeCloseTo(0.01);
      expect(account.inAir).toBe(0);
    }
    expect(operations[0]?.tally).toMatchObject({ misses: 1, joins: 0 });
    expect(operations[0]?.tally.calls).toEqual(new Map([[endpoint, 1]]));
    expect(operations[1]?.tally).toMatchObject({ misses: 1, joins: 1, calls: new Map() });
    expect(counters.all().get(endpoint)).toEqual({
      ...{ hits: 0, misses: 100, joins: 99, stale: 0, failed: 0, calls: 1 },
    });
  });

  test('within the window it is one request, sent when the window ends', async () => {
    const set = fakeSet();
    const { reader } = readerOf(set);
    const first = reader.read([1, 2], operation());
    await pass(1);
    const second = reader.read([2, 3], operation());
    expect(set.fetches).toEqual([]);
    await pass(1);
    expect(set.fetches).toEqual([[1, 2, 3]]);
    await over(Promise.all([first, second]));
    expect(await second).toEqual([row(2, 12), row(3, 12)]);
    expect(await first).toEqual([row(1, 12), row(2, 12)]);
  });

  test('after the window it is another', async () => {
    const set = fakeSet();
    const { reader } = readerOf(set);
    const first = reader.read([1], operation());
    await pass(2);
    const second = reader.read([2], operation());
    await over(Promise.all([first, second]));
    expect(set.fetches).toEqual([[1], [2]]);
  });

  test('beyond a full list it is another, which takes more until it is full too', async () => {
    const set = fakeSet({ listMax: 3 });
    const { reader } = readerOf(set);
    const reads = [[1, 2], [3, 4], [5], [6]].map((ids) => reader.read(ids, operation()));
    await over(Promise.all(reads));
    expect(set.fetches).toEqual([
      [1, 2, 5],
      [3, 4, 6],
    ]);
  });

  test('beyond a full list nobody waits for a timer that is late', async () => {
    const set = fakeSet({ listMax: 3 });
    const { reader } = readerOf(set);
    const first = reader.read([1, 2], operation());
    // So busy that the window is over before a timer could tell.
    vi.setSystemTime(Date.now() + 2);
    const second = reader.read([3, 4], operation());
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    expect(set.fetches).toEqual([[1, 2]]);
    await over(Promise.all([first, second]));
    expect(set.fetches).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('a later reader joins a fetch in the air, and asks for the rest only', async () => {
    const set = fakeSet();
    const { reader } = readerOf(set);
    const [a, b] = [operation(), operation()];
    const first = reader.read([1], a);
    await pass(5);
    const second = reader.read([1, 2], b);
    await over(Promise.all([first, second]));
    expect(set.fetches).toEqual([[1], [2]]);
    expect([...(await second).values()]).toEqual([row(1, 12), row(2, 17)]);
    // Alone, both keys would have been one request: joining the other's costs it nothing.
    expect([a.tally.credits, b.tally.credits]).toEqual([1, 1]);
    expect(b.tally).toMatchObject({ misses: 2, joins: 1 });
  });

  test('what was read is not asked for again by who comes when it has landed', async () => {
    const set = fakeSet();
    const { read } = readerOf(set);
    await read([1]);
    await read([1]);
    expect(set.fetches).toEqual([[1]]);
  });

  test('keys that were wanted and are wanted again by the same operation are paid for once', async () => {
    const set = fakeSet();
    const { reader } = readerOf(set);
    const by = operation();
    await over(Promise.all([reader.read([1], by), reader.read([1], by)]));
    expect(set.fetches).toEqual([[1]]);
    expect(by.tally).toMatchObject({ misses: 2, joins: 1, credits: 1 });
    expect(by.account).toMatchObject({ borne: 1, inAir: 0 });
  });
});

test('an endpoint’s counts are of all ways of reading it; those never asked for are not told', async () => {
  const { counters, memory, read } = readerOf(fakeSet());
  const other = readerOf(fakeSet({ name: 'other' }), { counters, memory });
  expect(counters.all()).toEqual(new Map());
  await read([1]);
  await other.read([1]);
  expect(counters.all().get(endpoint)).toMatchObject({ misses: 2, calls: 2 });
});

describe('what fails', () => {
  test('are the keys that fail, alone', async () => {
    const set = fakeSet();
    const broken = failure({ kind: 'bad-data' });
    set.answer = (id) => (id === 2 ? broken : row(id, 0));
    const { read, counters } = readerOf(set);
    const by = operation();
    expect(await read([1, 2, 3], by)).toEqual([row(1, 0), broken, row(3, 0)]);
    expect(by.tally).toMatchObject({ misses: 3, failed: 1, freshSeconds: 0, credits: 1 });
    expect(counters.all().get(endpoint)).toMatchObject({ failed: 1 });
  });

  test('a request that fails fails each of its keys, for everybody, and is paid for', async () => {
    const set = fakeSet();
    set.throws = failure();
    const { reader } = readerOf(set);
    const [a, b] = [operation(), operation()];
    const both = await over(Promise.all([reader.read([1, 2], a), reader.read([2], b)]));
    for (const found of both) for (const value of found.values()) expect(value).toBe(set.throws);
    expect(a.tally.credits + b.tally.credits).toBe(1);
  });

  test('an exception nobody expected reaches every waiter, and the keys can be read later', async () => {
    const set = fakeSet();
    set.throws = new TypeError('a bug');
    const { reader, read } = readerOf(set);
    const [a, b] = [operation(), operation()];
    const both = Promise.allSettled([reader.read([1], a), reader.read([1, 2], b)]);
    const rejected = { status: 'rejected', reason: set.throws };
    expect(await over(both)).toEqual([rejected, rejected]);
    expect([a.account.inAir, b.account.inAir]).toEqual([0, 0]);
    expect(a.tally.credits + b.tally.credits).toBe(1);

    set.throws = undefined;
    expect(await read([1, 2])).toEqual([row(1, 24), row(2, 24)]);
  });

  test('behind somebody’s back concerns nobody', async () => {
    const set = fakeSet();
    const { reader, read } = readerOf(set);
    await read([1]);
    set.throws = new TypeError('a bug');
    await pass(1500);
    expect((await reader.read([1], operation()))[0]).toMatchObject({ isStale: true });
    // An unhandled rejection would fail the run.
    await pass(100);
    expect(set.fetches).toHaveLength(2);
  });

  test('a fetch that loses a key is told from a fetch that fails', async () => {
    const set = fakeSet();
    const { board } = createFlights({
      ...{ upstream, set, windowMs: 2, now: Date.now, counts: { calls: 0 } },
      fly: () => Promise.resolve(new Map()),
    });
    const { awaited, joins } = board([{ id: '1', key: 1 }], operation());
    expect(joins).toBe(0);
    expect(await over(Promise.all(awaited.map(({ landed }) => landed)))).toEqual([new Map()]);
  });
});

test.each([
  ['has landed', undefined],
  ['has failed', new TypeError('a bug')],
])(
  'a flight that %s holds nothing of what it brought, nor of whom it was for',
  async (_, fault) => {
    const end = vi.spyOn(Flight.prototype, 'end');
    const set = fakeSet();
    set.throws = fault;
    const { reader } = readerOf(set);
    await over(
      Promise.allSettled([reader.read([1, 2], operation()), reader.read([1], operation())]),
    );
    expect(end).toHaveBeenCalledTimes(1);
    const [flight] = end.mock.contexts;
    if (!(flight instanceof Flight)) throw new Error('expected a flight to have ended');
    expect(flight).toMatchObject({ keys: new Map(), passengers: new Map(), spans: [] });
    expect(await flight.landed).toEqual(new Map());
    end.mockRestore();
  },
);

test('a flight that is late is asked for room once, however many come before it departs', async () => {
  let asked = 0;
  const set = {
    ...fakeSet(),
    join: () => {
      asked += 1;
      return undefined;
    },
  };
  let nowMs = 0;
  const { board } = createFlights({
    ...{ upstream, set, windowMs: 2, now: () => (nowMs += 10), counts: { calls: 0 } },
    fly: () => Promise.resolve(new Map()),
  });
  const all = Array.from({ length: 100 }, (_, key) =>
    board([{ id: String(key), key }], operation()).awaited.map(({ landed }) => landed),
  );
  expect(asked).toBe(99);
  await over(Promise.all(all.flat()));
});

describe('when nobody waits any more', () => {
  test('nothing is sent', async () => {
    const set = fakeSet();
    const { reader } = readerOf(set);
    const [a, b] = [operation(), operation()];
    const both = [reader.read([1], a), reader.read([1], b)];
    a.leave();
    b.leave();
    const [found] = await over(Promise.all(both));
    expect(found?.[0]).toMatchObject({ kind: 'cancelled' });
    expect(set.requests).toBe(0);
    expect([a, b].map(({ account }) => account)).toEqual([
      expect.objectContaining({ admissions: 0, drawn: 0, borne: 0, inAir: 0 }),
      expect.objectContaining({ admissions: 0, drawn: 0, borne: 0, inAir: 0 }),
    ]);
  });

  test('nothing more is sent', async () => {
    const set = fakeSet();
    const sent: number[] = [];
    set.fetch = async (ids, scope) => {
      for (const id of ids) {
        await scope.onAttempt();
        sent.push(id);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return [];
    };
    const { reader } = readerOf(set);
    const by = operation();
    const reading = reader.read([1, 2, 3], by);
    await pass(5);
    by.leave();
    await over(reading);
    expect(sent).toEqual([1]);
    expect(by.tally.credits).toBe(1);
  });

  test('what was sent is kept', async () => {
    const set = fakeSet();
    const { reader } = readerOf(set);
    const by = operation();
    const reading = reader.read([1], by);
    await pass(5);
    by.leave();
    await over(reading);
    expect((await reader.read([1], operation()))[0]).toEqual(row(1, 12));
    expect(set.fetches).toHaveLength(1);
  });

  test('whoever still waits, or boards later, is waited for, and pays', async () => {
    const set = fakeSet();
    const { reader } = readerOf(set);
    const [a, b] = [operation(), operation()];
    const first = reader.read([1], a);
    const second = reader.read([1], b);
    a.leave();
    await over(Promise.all([first, second]));
    expect((await second)[0]).toEqual(row(1, 12));
    expect(a.account).toMatchObject({ admissions: 0, drawn: 0 });
    expect(b.account).toMatchObject({ admissions: 1, drawn: 1 });

    set.fetch = async (ids, scope) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await scope.onAttempt();
      return ids.map((id) => [id, row(id, 0)] as const);
    };
    const c = operation();
    const third = reader.read([2], c);
    await pass(3);
    const fourth = reader.read([2], operation());
    c.leave();
    await over(Promise.all([third, fourth]));
    expect((await fourth)[0]).toEqual(row(2, 0));
  });
});

describe('who pays', () => {
  const exhausted = failure({ kind: 'budget-exhausted', retryAfterSeconds: 60 });
  const refused = () => {
    const by = operation();
    by.account.refusal = exhausted;
    return by;
  };

  test('the first passenger the budget refuses does not sink the others', async () => {
    const set = fakeSet();
    const { reader } = readerOf(set);
    const [a, b, c] = [refused(), operation(), operation()];
    const all = await over(Promise.all([a, b, c].map((by) => reader.read([1], by))));
    for (const found of all) expect(found[0]).toEqual(row(1, 12));
    expect(a.account).toMatchObject({ admissions: 1, drawn: 0 });
    expect(b.account).toMatchObject({ admissions: 1, drawn: 1 });
    expect(c.account).toMatchObject({ admissions: 0, drawn: 0 });
  });

  test('nor who boards while the first is being refused', async () => {
    const set = fakeSet();
    const { reader } = readerOf(set);
    const a = refused();
    a.account.admit = () =>
      new Promise((_resolve, reject) => setTimeout(() => reject(exhausted), 10));
    const first = reader.read([1], a);
    await pass(5);
    const second = reader.read([1], operation());
    await over(Promise.all([first, second]));
    expect((await second)[0]).toEqual(row(1, 22));
  });

  test('where all are refused, all are told so, or given what is stale', async () => {
    const set = fakeSet();
    const { reader, read } = readerOf(set);
    await read([1]);
    await pass(10_000);
    set.fetches.length = 0;
    const [a, b] = [refused(), refused()];
    const both = await over(Promise.all([reader.read([1, 2], a), reader.read([2], b)]));
    expect(both).toEqual([[{ id: 1, at: 12, isStale: true }, exhausted], [exhausted]]);
    expect(set.fetches).toEqual([]);
    expect([a, b].map(({ account: { borne, inAir } }) => [borne, inAir])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('what was not sent after all is given back and billed to nobody', async () => {
    const set = fakeSet();
    set.fetch = async (ids, { onAttempt, onUnsent }) => {
      await onAttempt();
      onUnsent();
      await onAttempt();
      return ids.map((id) => [id, row(id, 0)] as const);
    };
    const { read, counters } = readerOf(set);
    const by = operation();
    await read([1], by);
    expect(by.account).toMatchObject({ drawn: 2, givenBack: 1, borne: 1 });
    expect(by.tally).toMatchObject({ credits: 1, calls: new Map([[endpoint, 1]]) });
    expect(counters.all().get(endpoint)).toMatchObject({ calls: 1 });
  });

  test('a request that was tried again is paid for by all who waited', async () => {
    const set = fakeSet();
    set.fetch = async (ids, scope) => {
      await letGo(scope, 3, () => {});
      return ids.map((id) => [id, row(id, 0)] as const);
    };
    const { reader } = readerOf(set);
    const [a, b] = [operation(), operation()];
    await over(Promise.all([reader.read([1], a), reader.read([2], b)]));
    expect([a.tally.credits, b.tally.credits]).toEqual([1.5, 1.5]);
  });

  test('who needed more of a flight bears more of it', async () => {
    const days = daySetOf({ pageRows: 2, windowDays: 2 }, () => {});
    const { reader } = readerOf(days);
    const [a, b] = [operation(), operation()];
    const cells = (count: number) =>
      Array.from({ length: count }, (_, index) => cellOf(1, `2026-01-0${index + 1}`));
    await over(Promise.all([reader.read(cells(6), a), reader.read(cells(2), b)]));
    expect(a.tally.credits + b.tally.credits).toBe(3);
    expect(b.tally.credits).toBeLessThan(1);
  });

  test('a request that is shared with nobody is borne by its operation, sent or not', async () => {
    const by = operation();
    const counts = { misses: 0, failed: 0, calls: 0 };
    const alone = { upstream, endpoint, counts };
    const send = async ({ onAttempt }: FetchScope) => {
      expect(by.account.inAir).toBe(1);
      await onAttempt();
      return 'said';
    };
    expect(await chargedAlone(alone, by, send)).toBe('said');
    expect(by.account).toMatchObject({ admissions: 1, drawn: 1, borne: 1, inAir: 0 });
    expect(by.tally).toMatchObject({ misses: 1, failed: 0, credits: 1, freshSeconds: 0 });

    by.account.refusal = exhausted;
    await expect(chargedAlone(alone, by, send)).rejects.toBe(exhausted);
    expect(by.account).toMatchObject({ drawn: 1, borne: 1, inAir: 0 });
    expect(by.tally).toMatchObject({ misses: 2, failed: 1, credits: 1 });

    by.leave();
    by.account.refusal = undefined;
    await expect(chargedAlone(alone, by, send)).rejects.toMatchObject({
      kind: 'cancelled',
    });
    expect(by.account).toMatchObject({ drawn: 1, borne: 1, inAir: 0 });
    expect(counts).toEqual({ misses: 3, failed: 2, calls: 1 });
  });
});

/** Days of subjects, read as rectangles. */
function daySetOf(
  limits: { pageRows: number; windowDays: number },
  onSent: () => void,
  freshMs = 1000,
) {
  const set = createDaySet<number, { readonly date: string }>({
    name: 'days',
    endpoint: {
      ...{ path: endpoint, reads: 'daily', freshSeconds: 60 },
      row: Object.assign(() => undefined, { with: () => () => undefined, shape: 'shape' }),
    },
    lifetimeOf: () => ({ ...lifetime, freshMs }),
    limits: () => limits,
    read: async (rectangle, scope) => {
      const [chunk] = set.chunksOf(
        rectangle.subjects.flatMap((subject) =>
          daysBetween(rectangle.from, rectangle.to).map((day) => cellOf(subject, day)),
        ),
      );
      await letGo(scope, chunk?.requests ?? 0, onSent);
      await new Promise((resolve) => setTimeout(resolve, 3));
      return rectangle.subjects.flatMap((subject) =>
        daysBetween(rectangle.from, rectangle.to).map(
          (day) =>
            [cellOf(subject, day), [{ date: day, source: 'SANDBOX', fetchedAtMs: 0 }]] as const,
        ),
      );
    },
  });
  return set;
}

function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += 86_400_000) {
    days.push(new Date(ms).toISOString().slice(0, 10));
  }
  return days;
}

/** What happens to the operations of one case. */
interface Course {
  readonly by: FakeOperation;
  readonly alone: number;
}

/**
 * Requests are paid for by those who waited: all of them together pay all, and nobody more than
 * what the operation's own keys would have cost without the others.
 */
function expectFairShares(courses: readonly Course[], requests: number, name: string) {
  const borne = courses.reduce((sum, { by }) => sum + by.account.borne, 0);
  expect(borne, name).toBeCloseTo(requests, 9);
  for (const { by, alone } of courses) {
    expect(by.account.borne, name).toBeLessThanOrEqual(alone + 1e-9);
    expect(by.account.borne, name).toBeCloseTo(by.tally.credits, 9);
    expect(by.account.inAir, name).toBe(0);
  }
  const drawn = courses.reduce((sum, { by }) => sum + by.account.drawn, 0);
  expect(drawn, name).toBe(requests);
}

test('2,000 random courses of lists: all that is sent is borne, by nobody beyond their own', async () => {
  const random = createRandom(4);
  for (let run = 0; run < 2000; run += 1) {
    const listMax = random.integer(1, 6);
    const freshMs = random.chance(0.5) ? 1000 : random.integer(0, 8);
    const set = fakeSet({
      listMax,
      lifetimeOf: () => ({ ...lifetime, freshMs }),
      fill: (ids, offered) => offered.slice(0, Math.max(0, listMax - ids.length)),
    });
    set.latencyMs = random.integer(0, 6);
    if (random.chance(0.3)) set.answer = (id) => (id % 3 === 0 ? null : failure());
    const { reader, counters } = readerOf(set, { windowMs: random.integer(0, 3) });
    const courses: Course[] = [];
    const reads: Promise<unknown>[] = [];
    const keysMax = random.integer(1, 20);
    for (let ms = 0; ms < 12; ms += 1) {
      for (let count = random.integer(0, 3); count > 0; count -= 1) {
        const by = operation();
        let alone = 0;
        if (random.chance(0.1)) by.account.refusal = failure({ kind: 'budget-exhausted' });
        for (let times = random.integer(1, 2); times > 0; times -= 1) {
          const drawn = Array.from({ length: random.integer(1, 12) }, () =>
            random.integer(1, keysMax),
          );
          const ids = [...new Set(drawn)];
          alone += set.chunksOf(ids).length;
          reads.push(reader.read(ids, by));
        }
        courses.push({ by, alone });
      }
      if (random.chance(0.2)) courses[random.integer(0, courses.length - 1)]?.by.leave();
      await pass(1);
    }
    await over(Promise.all(reads));
    // What is refreshed behind their backs lands too.
    await pass(20);
    expectFairShares(courses, set.requests, `run ${run}`);
    const { hits = 0, misses = 0, joins = 0, calls = 0 } = counters.all().get(endpoint) ?? {};
    const sum = (of: 'hits' | 'misses' | 'joins') =>
      courses.reduce((total, { by }) => total + by.tally[of], 0);
    expect([hits, misses, joins, calls]).toEqual([
      ...[sum('hits'), sum('misses'), sum('joins')],
      set.requests,
    ]);
  }
}, 60_000);

test('1,500 random courses of days: all that is sent is borne, by nobody beyond their own', async () => {
  const random = createRandom(11);
  for (let run = 0; run < 1500; run += 1) {
    let requests = 0;
    const limits = { pageRows: random.integer(2, 12), windowDays: random.integer(1, 6) };
    const freshMs = random.chance(0.5) ? 1000 : random.integer(0, 6);
    const days = daySetOf(limits, () => (requests += 1), freshMs);
    const { reader } = readerOf(days, { windowMs: random.integer(0, 3) });
    const courses: Course[] = [];
    const reads: Promise<unknown>[] = [];
    for (let ms = 0; ms < 8; ms += 1) {
      for (let count = random.integer(0, 2); count > 0; count -= 1) {
        const by = operation();
        const first = random.integer(1, 15);
        const length = random.integer(1, 9);
        const cells = Array.from({ length: random.integer(1, 3) }, () => random.integer(1, 4))
          .filter((subject, index, all) => all.indexOf(subject) === index)
          .flatMap((subject) =>
            Array.from({ length }, (_, index) =>
              cellOf(subject, `2026-01-${String(first + index).padStart(2, '0')}`),
            ),
          );
        const alone = days.chunksOf(cells).reduce((sum, chunk) => sum + chunk.requests, 0);
        reads.push(reader.read(cells, by));
        courses.push({ by, alone });
      }
      await pass(1);
    }
    await over(Promise.all(reads));
    await pass(20);
    expectFairShares(courses, requests, `run ${run}`);
  }
}, 60_000);
