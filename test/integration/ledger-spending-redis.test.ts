import { expect, inject, onTestFinished, test, vi } from 'vitest';

import type { RedisClient } from '../../src/redis/client.ts';
import { createRedis } from '../../src/redis.ts';
import { createLedger, type LedgerOptions } from '../../src/upstreams/ledger/ledger.ts';
import { createFlusher } from '../../src/upstreams/ledger/flusher.ts';
import { createRandom } from '../support/random.ts';
import { recordingLog } from '../support/recording-log.ts';
import { restByClock } from '../support/quick-rest.ts';
import { freshPrefix } from '../support/redis.ts';

const NOON = Date.parse('2026-11-21T12:00:00.000Z');
const DAY = { from: '2026-11-21', to: '2026-11-21' };
const DAY_MS = 86_400_000;

async function connected() {
  const redis = createRedis(inject('redisUrl'), {
    ...{ commandTimeoutMs: 10_000, log: recordingLog().log },
  });
  onTestFinished(redis.close);
  await redis.ready;
  return redis.client;
}

/** A connection that can be cut, before a command or after it was run. */
function cuttable(redis: RedisClient) {
  const state = { cut: 'no' as 'no' | 'before' | 'after', commands: 0 };
  const client: any = Object.create(redis);
  for (const command of ['evalsha', 'eval', 'hgetall'] as const) {
    client[command] = async (...args: any[]) => {
      state.commands += 1;
      if (state.cut === 'before') throw new Error('connection lost');
      const answer = await (redis[command] as any)(...args);
      if (state.cut === 'after') throw new Error('connection lost');
      return answer;
    };
  }
  return { client: client as RedisClient, state };
}

async function replica(upstream: string, options: Partial<LedgerOptions> = {}) {
  const clock = { ms: NOON };
  const { client, state } = cuttable(await connected());
  const [rest, booksRest] = [restByClock(() => clock.ms), restByClock(() => clock.ms)];
  const ledger = createLedger({
    ...{ upstream, now: () => clock.ms, log: recordingLog().log, redis: client },
    ...{ rest, booksRest, deadlineMs: 20_000, ...options },
  });
  onTestFinished(() => ledger.close());
  const open = (caller: string, operation = 'Q') =>
    ledger.open({ caller, priority: 'normal', operation: () => operation, estimate: () => 3 });
  return { ledger, open, clock, state };
}

test('what replicas spend is added up, and survives them', async () => {
  const upstream = freshPrefix();
  const [one, two] = [await replica(upstream), await replica(upstream)];
  for (const { open } of [one, two]) {
    await open('alice').draw();
    open('alice').bear('/x', 0.75);
    open('bob', 'a","b\n😀').bear('/x', 0.25);
  }
  await Promise.all([one.ledger.close(), two.ledger.close()]);

  const third = await replica(upstream);
  await expect(third.ledger.spending({ ...DAY, by: ['caller', 'operation'] })).resolves.toEqual({
    rows: [
      { caller: 'alice', operation: 'Q', credits: 1.5 },
      { caller: 'bob', operation: 'a","b\n😀', credits: 0.5 },
    ],
    totals: { borne: 2, drawn: 2 },
    isComplete: true,
  });
});

test('who asks sees what was booked a moment ago', async () => {
  const { ledger, open } = await replica(freshPrefix());
  open('alice').bear('/x', 1);
  const { totals } = await ledger.spending({ ...DAY, by: [] });
  expect(totals.borne).toBe(1);
});

test('Redis holds 400 days', async () => {
  const { ledger, open, clock } = await replica(freshPrefix());
  open('alice').bear('/x', 1);
  await ledger.spending({ ...DAY, by: [] });
  const query = { from: '2000-01-01', to: '2100-01-01', by: ['day'] as const };
  clock.ms += 399 * DAY_MS;
  expect((await ledger.spending(query)).rows).toEqual([{ day: '2026-11-21', credits: 1 }]);
  clock.ms += DAY_MS;
  expect((await ledger.spending(query)).rows).toEqual([]);
});

test('while Redis is away nothing is lost, and an answer says that it is not complete', async () => {
  const upstream = freshPrefix();
  const [one, two] = [await replica(upstream), await replica(upstream)];
  two.open('bob').bear('/x', 5);
  await two.ledger.close();

  one.state.cut = 'before';
  one.open('alice').bear('/x', 1);
  const own = { ...DAY, by: ['caller'] as const };
  await expect(one.ledger.spending(own)).resolves.toEqual({
    rows: [{ caller: 'alice', credits: 1 }],
    totals: { borne: 1, drawn: 0 },
    isComplete: false,
  });
  one.clock.ms += DAY_MS;
  one.open('alice').bear('/x', 2);
  await expect(
    one.ledger.spending({ from: '2026-11-22', to: '2026-11-22', by: [] }),
  ).resolves.toMatchObject({ totals: { borne: 2 }, isComplete: false });

  one.state.cut = 'no';
  one.clock.ms += 1_000;
  await expect(
    one.ledger.spending({ from: '2026-11-21', to: '2026-11-22', by: ['day', 'caller'] }),
  ).resolves.toEqual({
    rows: [
      { day: '2026-11-21', caller: 'bob', credits: 5 },
      { day: '2026-11-22', caller: 'alice', credits: 2 },
      { day: '2026-11-21', caller: 'alice', credits: 1 },
    ],
    totals: { borne: 8, drawn: 0 },
    isComplete: true,
  });
});

test('a flush whose answer was lost is not added twice, nor is what came after it lost', async () => {
  const { ledger, open, state, clock } = await replica(freshPrefix());
  open('alice').bear('/x', 1);
  state.cut = 'after';
  await ledger.spending({ ...DAY, by: [] });
  open('alice').bear('/x', 2);
  clock.ms += 1_000;
  await ledger.spending({ ...DAY, by: [] });
  state.cut = 'no';
  clock.ms += 1_000;
  open('alice').bear('/x', 4);
  await expect(ledger.spending({ ...DAY, by: [] })).resolves.toMatchObject({
    ...{ totals: { borne: 7 }, isComplete: true },
  });
});

for (const seed of [1, 2, 3]) {
  test(`over any outages the books are exact in the end (seed ${seed})`, async () => {
    const random = createRandom(seed);
    const upstream = freshPrefix();
    const all = [await replica(upstream), await replica(upstream), await replica(upstream)];
    let drawn = 0;
    for (let round = 0; round < 150; round += 1) {
      const { ledger, open, state, clock } = random.pick([all[0]!, all[1]!, all[2]!]);
      clock.ms += random.integer(0, 2_000);
      if (random.chance(0.3)) state.cut = random.pick(['no', 'before', 'after']);
      const accounts = Array.from({ length: random.integer(1, 5) }, () =>
        open(`caller ${random.integer(0, 4)}`, `operation ${random.integer(0, 4)}`),
      );
      await accounts[0]?.draw();
      drawn += 1;
      for (const account of accounts) account.bear('/x', 1 / accounts.length);
      if (random.chance(0.4)) await ledger.spending({ ...DAY, by: [] });
    }
    for (const { ledger, state } of all) {
      state.cut = 'no';
      await ledger.close();
    }
    const last = await replica(upstream);
    const { rows, totals } = await last.ledger.spending({ ...DAY, by: ['caller', 'operation'] });
    expect(totals.drawn).toBe(drawn);
    expect(totals.borne).toBeCloseTo(drawn, 5);
    expect(rows.length).toBeLessThanOrEqual(25);
  });
}

test('who asks while books are flushed waits for that flush', async () => {
  const { ledger, open, state } = await replica(freshPrefix());
  open('alice').bear('/x', 1);
  await ledger.spending({ ...DAY, by: [] });
  open('alice').bear('/x', 1);
  state.commands = 0;
  const answers = await Promise.all([1, 2, 3].map(() => ledger.spending({ ...DAY, by: [] })));
  expect(answers.map(({ totals }) => totals.borne)).toEqual([2, 2, 2]);
  expect(state.commands).toBe(1 + 3);
});

test('a long absence is told in portions', async () => {
  const { ledger, open, state } = await replica(freshPrefix());
  open('alice').bear('/x', 1);
  await ledger.spending({ ...DAY, by: [] });
  for (let name = 0; name < 2_500; name += 1) open('alice', `q${name}`).bear('/x', 1);
  state.commands = 0;
  await ledger.close();
  expect(state.commands).toBe(3);
});

test('strangers who invent names cannot fill Redis, though each process has room', async () => {
  const upstream = freshPrefix();
  const all = await Promise.all([1, 2, 3, 4, 5].map(() => replica(upstream)));
  all[0]?.open('alice', 'Known').bear('/x', 1);
  await all[0]?.ledger.spending({ ...DAY, by: [] });
  for (const [index, { open, ledger }] of all.entries()) {
    for (let name = 0; name < 5_000; name += 1) open('mallory', `${index}:${name}`).bear('/x', 0.1);
    await ledger.spending({ ...DAY, by: [] });
  }
  for (const [index, { open, ledger }] of all.entries()) {
    for (let name = 0; name < 5_000; name += 1) open(`${index}:${name}`, 'q').bear('/x', 0.1);
    await ledger.close();
  }
  const last = await replica(upstream);
  last.open('alice', 'Known').bear('/x', 1);
  last.open('alice', 'New').bear('/x', 1);

  const { rows, totals } = await last.ledger.spending({ ...DAY, by: ['caller', 'operation'] });

  expect(totals.borne).toBe(5_003);
  expect(rows.length).toBeLessThanOrEqual(10_000);
  expect(rows.length).toBeGreaterThan(8_999);
  expect(rows).toContainEqual({ caller: 'alice', operation: 'Known', credits: 2 });
  expect(rows[0]).toMatchObject({ caller: '(other)', operation: '(other)' });
  expect(rows.find(({ caller }) => caller === 'mallory')).toMatchObject({ operation: '(other)' });
});

test('books are flushed by themselves, once a second, until nothing is left', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const flushes: number[] = [];
  let left = 0;
  const { wake, stop } = createFlusher({
    everyMs: 1_000,
    isBehind: () => left > 0,
    flush: () => {
      flushes.push(left);
      left = Math.max(0, left - 10);
      return Promise.resolve();
    },
  });
  wake();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(flushes).toEqual([]);

  left = 15;
  wake();
  wake();
  await vi.advanceTimersByTimeAsync(999);
  expect(flushes).toEqual([]);
  await vi.advanceTimersByTimeAsync(5_001);
  expect(flushes).toEqual([15, 5]);

  left = 15;
  wake();
  await vi.advanceTimersByTimeAsync(999);
  stop();
  wake();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(flushes).toEqual([15, 5]);
});

test('a flush that is stopped on its way is the last', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let flushes = 0;
  let finish = () => {};
  const { wake, stop } = createFlusher({
    everyMs: 1_000,
    isBehind: () => true,
    flush: () => {
      flushes += 1;
      return new Promise((resolve) => (finish = resolve));
    },
  });
  wake();
  await vi.advanceTimersByTimeAsync(1_000);
  stop();
  finish();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(flushes).toBe(1);
});

test('a refund that Redis was not there for reaches it with nobody asking', async () => {
  const upstream = freshPrefix();
  const redis = await connected();
  const { ledger, open, state, clock } = await replica(upstream);
  const used = () => redis.hget(`assay:budget:{${upstream}}:month:2026-11`, 'used');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const account = open('alice');
  await account.admit();
  state.cut = 'before';
  account.close();
  await ledger.refresh();
  await expect(used()).resolves.toBe('3');

  state.cut = 'no';
  clock.ms += 1_000;
  await vi.advanceTimersByTimeAsync(1_000);
  for (let attempt = 0; attempt < 2_000 && (await used()) !== '0'; attempt += 1);
  await expect(used()).resolves.toBe('0');
});

test('what is closed asks no more', async () => {
  const { ledger, open, state } = await replica(freshPrefix());
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  state.cut = 'before';
  open('alice').bear('/x', 1);
  await ledger.close();
  expect(state.commands).toBe(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(state.commands).toBe(1);
});

test('a booking, a draw and a refund each reach Redis with nobody asking', async () => {
  const upstream = freshPrefix();
  const redis = await connected();
  const { open } = await replica(upstream);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const stored = async () =>
    Object.entries(await redis.hgetall(`assay:spending:{${upstream}}:2026-11-21`));
  const until = async (length: number) => {
    for (let attempt = 0; attempt < 2_000; attempt += 1) {
      if ((await stored()).length === length) return;
    }
    throw new Error('was not flushed');
  };

  open('alice').bear('/x', 1);
  await expect(stored()).resolves.toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  await until(1);
  await open('alice').draw();
  await vi.advanceTimersByTimeAsync(1_000);
  await until(2);
  await expect(stored()).resolves.toEqual([
    ['["alice","Q","/x"]', '1000000'],
    ['drawn', '1000000'],
  ]);
});

test('books that wait to be flushed do not keep a process alive', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const { open } = await replica(freshPrefix());
  const before = timers();
  open('alice').bear('/x', 1);
  expect(timers()).toBe(before);
});
