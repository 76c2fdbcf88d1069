import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Claim, SharedRows } from '../../src/upstreams/rows/shared-rows.ts';
import type { Entry } from '../../src/upstreams/rows/entry.ts';
import {
  fakeSet,
  type FakeRow,
  failure,
  freezeTime,
  operation,
  over,
  pass,
  readerOf,
  startMs,
} from '../support/fake-rows.ts';

beforeEach(freezeTime);
afterEach(() => vi.useRealTimers());

type Claims = Record<string, Claim<FakeRow>>;

/** The level that gateways share, as a test says; keys it says nothing of are ours. */
function sharing(first: Claims, awaited: Claims[] = []) {
  const calls: unknown[][] = [];
  const answer = (claims: Claims, keys: readonly string[]) =>
    new Map(keys.flatMap((key) => (claims[key] === undefined ? [] : [[key, claims[key]]])));
  const shared = {
    claim: async (_set: unknown, keys: readonly string[]) => {
      calls.push(['claim', ...keys]);
      return Promise.resolve(answer(first, keys));
    },
    await: async (_set: unknown, keys: readonly string[], signal: AbortSignal) => {
      calls.push(['await', ...keys]);
      const next = awaited.shift();
      const settled: Claims = Object.fromEntries(keys.map((key) => [key, { kind: 'mine' }]));
      await new Promise<void>((resolve) => {
        if (next === undefined) signal.addEventListener('abort', () => resolve());
        else setTimeout(resolve, 5);
      });
      return answer(next ?? settled, keys);
    },
    land: async (_set: unknown, entries: ReadonlyMap<string, Entry>) => {
      calls.push(['land', ...[...entries].map(([id, { value }]) => [id, value])]);
      return Promise.resolve();
    },
    fail: async (_set: unknown, keys: readonly string[], error: unknown) => {
      calls.push(['fail', ...keys, error]);
      return Promise.resolve();
    },
  } as unknown as SharedRows;
  const set = fakeSet();
  return { set, calls, ...readerOf(set, { shared, patienceMs: 500 }) };
}

const entry = (at: number, more: Partial<Entry<FakeRow>> = {}): Entry<FakeRow> => ({
  value: { id: 1, at },
  fetchedAtMs: startMs + at,
  freshUntilMs: startMs + at + 1000,
  keptUntilMs: startMs + at + 60_000,
  ...more,
});

test('what other gateways have is taken from them, kept and not asked for', async () => {
  const { set, reader, read, calls } = sharing({ '1': { kind: 'kept', entry: entry(-100) } });
  expect(await read([1, 2])).toEqual([
    { id: 1, at: -100 },
    { id: 2, at: 12 },
  ]);
  expect(set.fetches).toEqual([[2]]);
  expect(calls).toEqual([
    ['claim', '1', '2'],
    ['land', ['2', { id: 2, at: 12 }]],
  ]);
  expect((await reader.read([1], operation()))[0]).toEqual({ id: 1, at: -100 });
});

test('what was taken costs nothing', async () => {
  const { read } = sharing({ '1': { kind: 'kept', entry: entry(-100) } });
  const by = operation();
  await read([1], by);
  expect(by.account).toMatchObject({ admissions: 0, drawn: 0, borne: 0, inAir: 0 });
  expect(by.tally).toMatchObject({ misses: 1, credits: 0 });
});

test('of two entries the newer is kept', async () => {
  const { set, reader, read } = sharing({ '1': { kind: 'mine', stale: entry(-5000) } });
  reader.keep(1, { id: 1, at: 0 });
  await pass(10_000);
  set.throws = failure();
  expect(await read([1])).toEqual([{ id: 1, at: 0, isStale: true }]);
});

test('what another gateway has stale stands in for what cannot be had', async () => {
  const { set, read, calls } = sharing({ '1': { kind: 'mine', stale: entry(-5000) } });
  set.throws = failure({ status: 503 });
  expect(await read([1])).toEqual([{ id: 1, at: -5000, isStale: true }]);
  expect(calls.at(-1)).toEqual(['fail', '1', set.throws]);
});

test('a failure is told to the others for each of its keys', async () => {
  const { set, read, calls } = sharing({});
  const [gone, unread] = [failure({ status: 503 }), failure({ kind: 'bad-data' })];
  set.answer = (id) => (id === 2 ? unread : gone);
  await read([1, 2, 3]);
  expect(calls.slice(1)).toEqual([['land'], ['fail', '1', '3', gone], ['fail', '2', unread]]);
});

test.each([
  ['a caller who has left', { kind: 'cancelled' }],
  ['a wrong key', { kind: 'auth', status: 401 }],
  ['a smaller plan', { kind: 'plan-restricted', status: 403 }],
  ['a broken connection', { kind: 'network' }],
  ['an open breaker or a full queue', { kind: 'unavailable' }],
] as const)('a failure that is ours alone is not told to others: %s', async (_what, more) => {
  const { set, read, calls } = sharing({});
  set.throws = failure(more);
  await read([1]);
  expect(calls.at(-1)).toEqual(['fail', '1', undefined]);
});

test('what another gateway has just failed to fetch is not asked for, nor for a while', async () => {
  const error = failure();
  const { set, read } = sharing({
    '1': { kind: 'failed', error, stale: entry(-5000) },
    '2': { kind: 'failed', error },
  });
  expect(await read([1, 2])).toEqual([{ id: 1, at: -5000, isStale: true }, error]);
  const by = operation();
  await pass(4000);
  await read([1], by);
  expect(by.tally).toMatchObject({ hits: 1, stale: 1 });
  expect(set.fetches).toEqual([]);
});

test('a value that is stale everywhere is refused with how long to wait, not with absence', async () => {
  const again = { askAgainAtMs: startMs + 4002 };
  const { read } = sharing({ '1': { kind: 'kept', entry: entry(-5000, again) } });
  const by = operation({ maxStaleMs: 0 });
  expect(await read([1], by)).toEqual([
    expect.objectContaining({ kind: 'unavailable', endpoint: '/rows', retryAfterSeconds: 4 }),
  ]);
  expect(by.tally).toMatchObject({ failed: 1, freshSeconds: 0 });
  expect(await read([1])).toEqual([{ id: 1, at: -5000, isStale: true }]);
});

test('what another gateway fetches is waited for', async () => {
  const { set, read, calls } = sharing({ '1': { kind: 'theirs' }, '2': { kind: 'theirs' } }, [
    { '1': { kind: 'kept', entry: entry(3) } },
    { '2': { kind: 'kept', entry: entry(4) } },
  ]);
  expect(await read([1, 2])).toEqual([
    { id: 1, at: 3 },
    { id: 1, at: 4 },
  ]);
  expect(set.fetches).toEqual([]);
  expect(calls).toEqual([
    ['claim', '1', '2'],
    ['await', '1', '2'],
    ['await', '2'],
  ]);
});

test('what it did not bring is fetched here, beside waiting for the rest', async () => {
  const { set, read } = sharing({ '1': { kind: 'theirs' }, '2': { kind: 'theirs' } }, [
    { '1': { kind: 'mine' } },
  ]);
  const by = operation();
  const reading = read([1, 2], by);
  await pass(20);
  expect(set.fetches).toEqual([[1]]);
  // The other gateway has had its time.
  expect(await over(reading)).toEqual([
    { id: 1, at: 17 },
    { id: 2, at: 512 },
  ]);
  expect(by.tally.credits).toBe(2);
});

test('an exception while others are waited for reaches who waits, when that is over', async () => {
  const { set, read, calls } = sharing({ '1': { kind: 'theirs' }, '2': { kind: 'theirs' } }, [
    { '1': { kind: 'mine' } },
    { '2': { kind: 'kept', entry: entry(0) } },
  ]);
  set.throws = new TypeError('a bug');
  set.latencyMs = 1;
  await expect(read([1, 2])).rejects.toBe(set.throws);
  expect(calls).toContainEqual(['fail', '1', undefined]);
});

test('an upstream that lost a row does not take it from the others either', async () => {
  const { set, read, calls } = sharing({ '1': { kind: 'mine', stale: entry(-5000) } });
  set.answer = () => null;
  expect(await read([1])).toEqual([{ id: 1, at: -5000, isStale: true }]);
  expect(calls.at(-1)).toEqual(['land', ['1', { id: 1, at: -5000 }]]);
});

test('nor does another gateway that knows of its absence only', async () => {
  const { value: _value, ...instants } = entry(9000);
  const absent = { value: null, ...instants };
  const { reader, read } = sharing({ '1': { kind: 'kept', entry: absent } });
  reader.keep(1, { id: 1, at: 0 });
  await pass(9500);
  expect(await read([1])).toEqual([{ id: 1, at: 0, isStale: true }]);
  expect(await read([1], operation({ maxStaleMs: 0 }))).toEqual([null]);
});
