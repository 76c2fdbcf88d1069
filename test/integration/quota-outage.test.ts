import { expect, onTestFinished, test } from 'vitest';

import { createQuota, type QuotaOptions } from '../../src/callers/quota/quota.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { createRedis } from '../../src/redis.ts';
import { recordingLog } from '../support/recording-log.ts';
import { quickRest } from '../support/quick-rest.ts';
import { startRedis } from '../support/redis.ts';

const ALONE = { level: 'warn', message: 'the quota of callers is kept in memory, per process' };
const SHARED = { level: 'info', message: 'the quota of callers is kept in Redis again' };
const PLAN = { requestsPerMinute: undefined, pointsPerMinute: undefined, creditsPerMonth: 100 };
const KEY = 'assay:quota:{alice}';

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

/** A process; the server's clock runs, the process's stands still unless told. */
function replica(redis: RedisClient, options: Partial<QuotaOptions> = {}) {
  const clock = { ms: Date.now() };
  const { lines, log } = recordingLog();
  const rest = quickRest(redis);
  const quota = createQuota({
    ...{ redis, rest, now: () => clock.ms, deadlineMs: 4_000, log },
    ...options,
  });
  const ask = (credits: number, plan: object = {}) =>
    quota.charge({ id: 'alice', plan: { ...PLAN, ...plan } }, { points: 0, credits });
  const spend = async (credits: number) => (await ask(credits)).allowed;
  const left = () => quota.peek({ id: 'alice', plan: PLAN }).credits?.remaining;
  return { quota, ask, spend, left, lines, rested: rest.over };
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

const usedIn = async (redis: RedisClient) => Number(await redis.hget(KEY, 'credits'));

test('with Redis dead from the start the limits hold in memory, without a wait or a promise', async () => {
  const { connect, kill } = await server();
  const redis = await connect(5_000);
  const { ask, spend, lines } = replica(redis);
  const isDown = next(redis, 'reconnecting');
  await kill();
  await isDown;

  const waitedMs = await msOf(async () => {
    await expect(spend(60)).resolves.toBe(true);
  });
  expect(waitedMs).toBeLessThan(1_000);
  expect(ask(40)).toMatchObject({ allowed: true, credits: { remaining: 0 } });
  expect(ask(1)).toMatchObject({ allowed: false, refusedBy: 'credits' });
  expect(lines).toMatchObject([ALONE]);
});

test('an outage is counted on from what was seen last, of others too', async () => {
  const { connect, kill } = await server();
  const [ofOne, ofTwo] = [await connect(), await connect()];
  const [one, two] = [replica(ofOne), replica(ofTwo)];
  await one.spend(30);
  await two.spend(40);
  const isDown = next(ofTwo, 'reconnecting');
  await kill();
  await isDown;

  await expect(two.spend(31)).resolves.toBe(false);
  await expect(two.spend(30)).resolves.toBe(true);
  expect(two.left()).toBe(0);
});

test('a Redis that was only unreachable hands out nothing twice: the stricter state counts', async () => {
  const { connect } = await server();
  const redis = await connect();
  const [one, two] = [replica(redis), replica(redis)];
  await one.spend(10);
  await two.spend(20);
  await redis.config('SET', 'maxmemory', '1');
  await one.spend(40);
  await two.spend(3);
  expect([one.left(), two.left()]).toEqual([50, 67]);
  await redis.config('SET', 'maxmemory', '0');
  await expect(usedIn(redis)).resolves.toBe(30);

  await Promise.all([one.rested(), two.rested()]);
  await expect(two.spend(1)).resolves.toBe(true);
  await expect(usedIn(redis)).resolves.toBe(34);
  await expect(one.spend(1)).resolves.toBe(true);
  await expect(usedIn(redis)).resolves.toBe(51);
  await expect(two.spend(50)).resolves.toBe(false);
  await expect(two.spend(49)).resolves.toBe(true);
  // It was told once: what others give back afterwards stays given back.
  one.quota.refund({ id: 'alice', plan: PLAN }, { credits: 60 });
  await one.spend(0);
  await two.spend(0);
  await expect(usedIn(redis)).resolves.toBe(40);
  expect(one.lines).toMatchObject([
    { ...ALONE, object: { reason: expect.stringContaining('OOM') } },
    SHARED,
  ]);
});

test('a Redis that comes back empty is told what every process has seen', async () => {
  const { connect, kill, restart } = await server();
  const [ofOne, ofTwo] = [await connect(300), await connect(300)];
  const [one, two] = [replica(ofOne), replica(ofTwo)];
  await one.spend(10);
  await two.spend(20);
  const areDown = [next(ofOne, 'reconnecting'), next(ofTwo, 'reconnecting')];
  await kill();
  await Promise.all(areDown);
  await one.spend(5);
  const areBack = [next(ofOne, 'ready'), next(ofTwo, 'ready')];
  await restart();
  await Promise.all([...areBack, one.rested(), two.rested()]);

  await one.spend(1);
  await expect(usedIn(ofOne)).resolves.toBe(16);
  // It charged nothing meanwhile, and still knows of more than the new counter.
  await two.spend(1);
  await expect(usedIn(ofOne)).resolves.toBe(31);
});

test('a wipe that nobody noticed gives no new bucket', async () => {
  const { connect } = await server();
  const redis = await connect();
  const [one, two, three] = [replica(redis), replica(redis), replica(redis)];
  const plan = { requestsPerMinute: 2, pointsPerMinute: 10 };
  const buckets = { id: 'bob', plan: { ...PLAN, ...plan } };
  await one.spend(50);
  await two.spend(30);
  await three.quota.charge(buckets, { points: 9, credits: 0 });
  await redis.flushall();
  await expect(one.spend(51)).resolves.toBe(false);
  await expect(two.spend(21)).resolves.toBe(false);
  await expect(one.spend(21)).resolves.toBe(false);
  await expect(one.spend(20)).resolves.toBe(true);
  await expect(three.quota.charge(buckets, { points: 9, credits: 0 })).resolves.toMatchObject({
    ...{ allowed: false, refusedBy: 'points', requests: { remaining: 1 } },
  });
});

test('a refusal after a wipe is kept, too', async () => {
  const { connect } = await server();
  const redis = await connect();
  const [one, two] = [replica(redis), replica(redis)];
  await one.spend(100);
  await redis.flushall();
  await expect(one.spend(1)).resolves.toBe(false);
  await expect(two.spend(1)).resolves.toBe(false);
});

test('a Redis that hangs delays one operation, by the deadline at most, and none after it', async () => {
  const { connect, pause, resume } = await server();
  const redis = await connect(10_000);
  const { spend, ask, rested, lines } = replica(redis, { deadlineMs: 800 });
  await spend(1);
  pause();
  const firstMs = await msOf(() => Promise.all([spend(1), spend(1)]));
  expect(firstMs).toBeGreaterThan(700);
  expect(firstMs).toBeLessThan(2_000);
  for (let count = 0; count < 50; count += 1) expect(ask(1)).toMatchObject({ allowed: true });
  expect(lines).toMatchObject([ALONE]);
  resume();
  await rested();
  // The questions that were given up were in the socket, and are answered before this one.
  await expect(ask(0)).resolves.toMatchObject({ credits: { remaining: 47 } });
  expect(lines).toMatchObject([ALONE, SHARED]);
});
