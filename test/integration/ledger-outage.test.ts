import { expect, onTestFinished, test } from 'vitest';

import type { RedisClient } from '../../src/redis/client.ts';
import { createRedis } from '../../src/redis.ts';
import type { Account } from '../../src/upstreams/ledger/account.ts';
import { createLedger, type LedgerOptions } from '../../src/upstreams/ledger/ledger.ts';
import { recordingLog } from '../support/recording-log.ts';
import { quickRest } from '../support/quick-rest.ts';
import { startRedis } from '../support/redis.ts';

const NOON = Date.parse('2026-11-21T12:00:00.000Z');
const MONTH = 'assay:budget:{tokenMetrics}:month:2026-11';
const ALONE = {
  level: 'warn',
  message: 'the budget of tokenMetrics is kept in memory, per process',
};
const SHARED = { level: 'info', message: 'the budget of tokenMetrics is kept in Redis again' };

async function server() {
  const server = await startRedis();
  onTestFinished(server.stop);
  const connect = async (commandTimeoutMs = 2_000) => {
    const redis = createRedis(server.url, { commandTimeoutMs, log: recordingLog().log });
    onTestFinished(redis.close);
    await redis.ready;
    return redis.client;
  };
  return { ...server, connect };
}

/** A process with the ledger of an upstream; the clock is the world's. */
function replica(redis: RedisClient, clock: { ms: number }, options: Partial<LedgerOptions> = {}) {
  const { lines, log } = recordingLog();
  const rest = quickRest(redis);
  const ledger = createLedger({
    ...{ upstream: 'tokenMetrics', perMonth: 100, now: () => clock.ms, log, redis, rest },
    ...{ deadlineMs: 4_000, ...options },
  });
  const reserve = async (credits: number) => {
    const account = ledger.open({
      ...{ caller: 'alice', priority: 'normal' as const },
      ...{ operation: () => 'Q', estimate: () => credits },
    });
    await account.admit();
    return account;
  };
  const used = () => ledger.status().month.used;
  return { ledger, reserve, lines, used, rested: rest.over };
}

function next(client: RedisClient, event: 'ready' | 'reconnecting'): Promise<void> {
  return new Promise((resolve) => {
    client.once(event, () => resolve());
  });
}

async function msOf(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

const usedIn = async (redis: RedisClient) => Number(await redis.hget(MONTH, 'used'));

test('with Redis dead from the start the limits hold in memory, without a wait', async () => {
  const { connect, kill } = await server();
  const redis = await connect(5_000);
  const { ledger, reserve, lines } = replica(redis, { ms: NOON }, { perMonth: 10 });
  const isDown = next(redis, 'reconnecting');
  await kill();
  await isDown;

  const waitedMs = await msOf(async () => {
    await reserve(6);
    await reserve(4);
    await expect(reserve(1)).rejects.toMatchObject({ kind: 'budget-exhausted' });
  });

  expect(waitedMs).toBeLessThan(1_000);
  expect(lines).toMatchObject([ALONE]);
  expect(ledger.status()).toMatchObject({ redis: 'away', month: { used: 10 } });
});

test('an outage is counted on from what was seen last, of others too', async () => {
  const { connect, kill } = await server();
  const [ofOne, ofTwo] = [await connect(), await connect()];
  const clock = { ms: NOON };
  const [one, two] = [replica(ofOne, clock), replica(ofTwo, clock)];
  await one.reserve(30);
  await two.reserve(40);

  const isDown = next(ofTwo, 'reconnecting');
  await kill();
  await isDown;

  await expect(two.reserve(31)).rejects.toMatchObject({ kind: 'budget-exhausted' });
  await two.reserve(30);
  await expect(two.reserve(1)).rejects.toMatchObject({ kind: 'budget-exhausted' });
});

/** Two replicas that reserved 10 and 20; while Redis was away 3 and 4 more; it came back empty. */
async function wiped(inOutage: (early: Account) => void) {
  const { connect, kill, restart } = await server();
  const [ofOne, ofTwo] = [await connect(300), await connect(300)];
  const clock = { ms: NOON };
  const [one, two] = [replica(ofOne, clock), replica(ofTwo, clock)];
  const early = await one.reserve(10);
  await two.reserve(20);
  await one.ledger.refresh();

  const areDown = [next(ofOne, 'reconnecting'), next(ofTwo, 'reconnecting')];
  await kill();
  await Promise.all(areDown);
  await one.reserve(3);
  await two.reserve(4);
  inOutage(early);

  const areBack = [next(ofOne, 'ready'), next(ofTwo, 'ready')];
  await restart();
  await Promise.all([...areBack, one.rested(), two.rested()]);
  return { one, two, redis: ofOne };
}

test('a Redis that comes back empty is given back what was used, during the outage too', async () => {
  const { one, two, redis } = await wiped(() => {});
  expect([one.used(), two.used()]).toEqual([33, 34]);

  await one.reserve(1);
  await expect(usedIn(redis)).resolves.toBe(34);
  await two.reserve(1);

  // 10, 20, 3, 4, 1 and 1: nothing twice, nothing lost.
  await expect(usedIn(redis)).resolves.toBe(39);
  await one.ledger.refresh();
  expect([one.used(), two.used()]).toEqual([39, 39]);
  expect(one.lines).toMatchObject([ALONE, SHARED]);
  expect(two.lines).toMatchObject([ALONE, SHARED]);
});

test('after a wipe what others gave back meanwhile may stay counted, and what they took does', async () => {
  const { one, two, redis } = await wiped((early) => early.close());
  await one.ledger.refresh();
  await expect(usedIn(redis)).resolves.toBe(23);
  await two.ledger.refresh();
  await expect(usedIn(redis)).resolves.toBe(34);
  await one.ledger.refresh();
  await expect(usedIn(redis)).resolves.toBe(34);
});

test('two replicas that spent apart while Redis was only unreachable are added up', async () => {
  const { connect, pause, resume } = await server();
  const [ofOne, ofTwo] = [await connect(200), await connect(200)];
  const clock = { ms: NOON };
  const options = { deadlineMs: 200 };
  const [one, two] = [replica(ofOne, clock, options), replica(ofTwo, clock, options)];
  await one.reserve(10);
  await two.reserve(20);

  const areDown = [next(ofOne, 'reconnecting'), next(ofTwo, 'reconnecting')];
  pause();
  await one.reserve(3);
  await two.reserve(4);
  await Promise.all(areDown);
  const areBack = [next(ofOne, 'ready'), next(ofTwo, 'ready')];
  // The commands that were given up are still in the sockets: they run now.
  resume();
  await Promise.all([...areBack, one.rested(), two.rested()]);
  await one.ledger.refresh();
  await two.ledger.refresh();

  await expect(usedIn(ofOne)).resolves.toBe(37);
});

test('a wipe that nobody noticed loses neither the living nor the dead', async () => {
  const { connect } = await server();
  const redis = await connect();
  const clock = { ms: NOON };
  const [living, other, dead] = [0, 1, 2].map(() => replica(redis, clock));
  await dead?.reserve(50);
  await living?.reserve(20);
  await other?.reserve(10);
  await living?.ledger.refresh();
  await redis.flushall();

  await expect(other?.reserve(21)).rejects.toMatchObject({ kind: 'budget-exhausted' });
  await living?.reserve(5);
  await other?.reserve(5);
  await expect(usedIn(redis)).resolves.toBe(90);
  await expect(living?.reserve(11)).rejects.toMatchObject({ kind: 'budget-exhausted' });
});

test('a Redis that comes back with older numbers is told the newer ones', async () => {
  const { connect } = await server();
  const redis = await connect();
  const clock = { ms: NOON };
  const [one, two] = [replica(redis, clock), replica(redis, clock)];
  await one.reserve(10);
  await two.reserve(10);
  const snapshot = await redis.dumpBuffer(MONTH);
  await one.reserve(5);
  await two.reserve(7);
  await redis.restore(MONTH, 0, snapshot, 'REPLACE');

  await one.ledger.refresh();
  await two.ledger.refresh();

  await expect(usedIn(redis)).resolves.toBe(32);
});

test('an answer that was lost on its way is counted once', async () => {
  const { connect } = await server();
  const redis = await connect();
  const clock = { ms: NOON };
  const lossy: RedisClient = Object.create(redis);
  let isLosing = false;
  for (const command of ['evalsha', 'eval'] as const) {
    lossy[command] = async (...args: any[]) => {
      const answer = await (redis[command] as any)(...args);
      if (isLosing) throw new Error('connection lost');
      return answer;
    };
  }
  const { ledger, reserve, rested } = replica(lossy, clock);
  const first = await reserve(10);
  isLosing = true;
  const account = await reserve(7);
  await expect(usedIn(redis)).resolves.toBe(17);
  isLosing = false;
  await rested();
  await ledger.refresh();
  await expect(usedIn(redis)).resolves.toBe(17);

  isLosing = true;
  account.close();
  await ledger.refresh();
  first.close();
  isLosing = false;
  await rested();
  await ledger.refresh();
  await expect(usedIn(redis)).resolves.toBe(0);
});

test('a Redis that hangs delays one operation, by the deadline at most, and none after it', async () => {
  const { connect, pause, resume } = await server();
  const redis = await connect(10_000);
  const clock = { ms: NOON };
  const { reserve, lines, rested } = replica(redis, clock, { deadlineMs: 800 });
  await reserve(1);
  pause();

  const firstMs = await msOf(() => Promise.all([reserve(1), reserve(1)]));
  expect(firstMs).toBeGreaterThan(350);
  expect(firstMs).toBeLessThan(800);
  const othersMs = await msOf(async () => {
    for (let count = 0; count < 50; count += 1) await reserve(1);
  });
  expect(othersMs).toBeLessThan(350);
  resume();
  await rested();
  await reserve(1);
  expect(lines).toMatchObject([ALONE, SHARED]);
});

test('Redis refusing a command is as good as no Redis, and the log says why', async () => {
  const { connect } = await server();
  const redis = await connect();
  const { reserve, lines } = replica(redis, { ms: NOON }, { perMonth: 2 });
  await redis.config('SET', 'maxmemory', '1');
  await reserve(2);
  await expect(reserve(1)).rejects.toMatchObject({ kind: 'budget-exhausted' });
  expect(lines).toMatchObject([{ ...ALONE, object: { reason: expect.stringContaining('OOM') } }]);
});

test('an answer of another shape is no answer', async () => {
  const { connect } = await server();
  const redis = await connect();
  for (const answer of [null, 'OK', [1], [1, 2, 'x'], [1, 2, 3, 4]]) {
    const odd: RedisClient = Object.create(redis);
    odd.evalsha = () => Promise.resolve(answer);
    const { reserve, lines } = replica(odd, { ms: NOON }, { perMonth: 2 });
    await reserve(2);
    await expect(reserve(1)).rejects.toMatchObject({ kind: 'budget-exhausted' });
    expect(lines).toMatchObject([
      { ...ALONE, object: { reason: expect.stringContaining('reply') } },
    ]);
  }
});

test('what was spent or given back in an outage is told by itself afterwards', async () => {
  const { connect } = await server();
  const redis = await connect();
  const clock = { ms: NOON };
  const { reserve, ledger } = replica(redis, clock, { rest: undefined });
  const account = await reserve(10);
  await redis.config('SET', 'maxmemory', '1');
  account.close();
  await reserve(4);
  await redis.config('SET', 'maxmemory', '0');
  await expect(usedIn(redis)).resolves.toBe(10);

  // Still within the rest: closing does not wait for its end.
  await ledger.close();
  await expect(usedIn(redis)).resolves.toBe(4);
});
