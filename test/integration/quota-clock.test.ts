import { createHash } from 'node:crypto';

import { expect, inject, onTestFinished, test } from 'vitest';

import { createQuota, type Quota, type QuotaOptions } from '../../src/callers/quota/quota.ts';
import { CHARGE, REFUND } from '../../src/callers/quota/scripts.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { createRedis } from '../../src/redis.ts';
import { createRandom } from '../support/random.ts';
import { recordingLog } from '../support/recording-log.ts';
import { freshPrefix } from '../support/redis.ts';

const NOON = Date.parse('2026-11-21T12:00:00.000Z');
const DECEMBER = Date.parse('2026-12-01T00:00:00.000Z');
const DAY_MS = 86_400_000;
const CHARGE_SHA1 = createHash('sha1').update(CHARGE).digest('hex');
/** The script by a clock of the test's, told with the last two arguments. */
const TIMED_CHARGE = CHARGE.replace("redis.call('time')", '{ARGV[15], ARGV[16]}');
const UNLIMITED = {
  requestsPerMinute: undefined,
  pointsPerMinute: undefined,
  creditsPerMonth: undefined,
};

async function connect(): Promise<RedisClient> {
  const redis = createRedis(inject('redisUrl'), { log: recordingLog().log });
  onTestFinished(redis.close);
  await redis.ready;
  return redis.client;
}

/** A Redis whose own clock is the test's. */
function onClock(redis: RedisClient, clock: { ms: number }): RedisClient {
  const client: RedisClient = Object.create(redis);
  client.pipeline = () => {
    const pipeline: any = redis.pipeline();
    pipeline.evalsha = (sha1: string, count: number, key: string, ...args: number[]) => {
      if (sha1 !== CHARGE_SHA1) return pipeline.eval(REFUND, count, key, ...args);
      const time = [Math.floor(clock.ms / 1000), (clock.ms % 1000) * 1000];
      return pipeline.eval(TIMED_CHARGE, count, key, ...args, ...time);
    };
    return pipeline;
  };
  return client;
}

const replica = (redis: RedisClient | undefined, options: Partial<QuotaOptions> = {}): Quota =>
  createQuota({ redis, now: Date.now, deadlineMs: 5_000, log: recordingLog().log, ...options });

async function timed(count = 1) {
  const redis = await connect();
  const clock = { ms: NOON };
  const at = (offsetMs = 0) =>
    replica(onClock(redis, clock), { now: () => clock.ms + offsetMs, deadlineMs: 5_000 });
  return { redis, clock, at, quotas: Array.from({ length: count }, () => at()) };
}

test.each([1, 2, 3, 4])('Redis reckons as memory does, to the unit (seed %i)', async (seed) => {
  const random = createRandom(seed);
  const { clock, quotas } = await timed(3);
  const memory = replica(undefined, { now: () => clock.ms });
  const id = freshPrefix();
  for (let step = 0; step < 400; step += 1) {
    clock.ms += random.chance(0.03) ? DAY_MS * random.integer(1, 9) : random.integer(0, 5_000);
    const limit = (max: number) => (random.chance(0.1) ? undefined : max);
    const plan = {
      requestsPerMinute: limit(12),
      pointsPerMinute: limit(random.chance(0.1) ? 300 : 997),
      creditsPerMonth: limit(60),
    };
    const cost = { points: random.integer(0, 320), credits: random.integer(0, 4) };
    const [here, there] = await Promise.all([
      memory.charge({ id, plan }, cost),
      quotas[step % 3]?.charge({ id, plan }, cost),
    ]);
    expect({ step, ...there, settle: 0 }).toEqual({ step, ...here, settle: 0 });
    expect(quotas[step % 3]?.peek({ id, plan })).toEqual(memory.peek({ id, plan }));
    if (random.chance(0.4)) {
      const actual = { points: random.integer(0, cost.points), credits: random.integer(0, 2) };
      here.settle(actual);
      there?.settle(actual);
      expect(quotas[step % 3]?.peek({ id, plan })).toEqual(memory.peek({ id, plan }));
    }
    if (random.chance(0.1)) {
      const amounts = { requests: 1, points: random.integer(0, 99), credits: random.integer(0, 3) };
      memory.refund({ id, plan }, amounts);
      quotas[step % 3]?.refund({ id, plan }, amounts);
    }
    // Another process must not overtake the refund that is on its way.
    await quotas[step % 3]?.charge({ id: `${id} nobody`, plan: UNLIMITED }, cost);
  }
});

test('what one process gives back another may spend', async () => {
  const { quotas } = await timed(2);
  const caller = { id: freshPrefix(), plan: { ...UNLIMITED, creditsPerMonth: 10 } };
  const all = { points: 0, credits: 10 };
  const made = await quotas[0]?.charge(caller, all);
  await expect(quotas[1]?.charge(caller, all)).resolves.toMatchObject({ allowed: false });
  made?.settle({ points: 0, credits: 0 });
  await quotas[0]?.charge({ ...caller, id: freshPrefix() }, all);
  await expect(quotas[1]?.charge(caller, all)).resolves.toMatchObject({ allowed: true });
});

test('a key that is gone is not brought back by a refund', async () => {
  const { quotas, redis } = await timed(1);
  const caller = { id: freshPrefix(), plan: { ...UNLIMITED, pointsPerMinute: 10 } };
  const made = await quotas[0]?.charge(caller, { points: 10, credits: 0 });
  await redis.del(`assay:quota:{${caller.id}}`);
  made?.settle({ points: 0, credits: 0 });
  await quotas[0]?.charge({ ...caller, id: freshPrefix() }, { points: 1, credits: 0 });
  await expect(redis.exists(`assay:quota:{${caller.id}}`)).resolves.toBe(0);
});

test('processes whose clocks are days apart count the same minute and month', async () => {
  const { clock, at } = await timed();
  const [slow, right, fast] = [at(-25 * DAY_MS), at(), at(15 * DAY_MS)];
  const plan = { ...UNLIMITED, pointsPerMinute: 100, creditsPerMonth: 10 };
  const caller = { id: freshPrefix(), plan };
  const cost = { points: 40, credits: 4 };
  await expect(slow.charge(caller, cost)).resolves.toMatchObject({
    ...{ allowed: true, points: { remaining: 60 } },
    credits: { remaining: 6, resetSeconds: (DECEMBER - NOON) / 1000 },
  });
  await expect(fast.charge(caller, cost)).resolves.toMatchObject({ points: { remaining: 20 } });
  await expect(right.charge(caller, { points: 0, credits: 4 })).resolves.toMatchObject({
    ...{ allowed: false, refusedBy: 'credits', retryAfterSeconds: (DECEMBER - NOON) / 1000 },
  });
  clock.ms = DECEMBER - 1;
  for (const quota of [slow, right, fast]) {
    await expect(quota.charge(caller, cost)).resolves.toMatchObject({ refusedBy: 'credits' });
  }
  clock.ms = DECEMBER;
  await expect(slow.charge(caller, cost)).resolves.toMatchObject({ credits: { remaining: 6 } });
  await expect(fast.charge(caller, cost)).resolves.toMatchObject({ credits: { remaining: 2 } });
  // The server's clock is set back over midnight: the month does not begin anew.
  clock.ms = DECEMBER - 1;
  await expect(right.charge(caller, { points: 0, credits: 3 })).resolves.toMatchObject({
    ...{ allowed: false, refusedBy: 'credits', credits: { remaining: 2 } },
  });
});

test('what is kept of a caller goes by itself: after a minute, or with the month', async () => {
  const { redis, quotas } = await timed(1);
  const [cheap, dear] = [freshPrefix(), freshPrefix()];
  const plan = { ...UNLIMITED, pointsPerMinute: 10, creditsPerMonth: 10 };
  await quotas[0]?.charge({ id: cheap, plan }, { points: 10, credits: 0 });
  await quotas[0]?.charge({ id: dear, plan }, { points: 10, credits: 1 });
  const msOf = (id: string) => redis.pttl(`assay:quota:{${id}}`);
  // A full minute, so that no process remembers more than the server.
  expect(await msOf(cheap)).toBeGreaterThan(60_000 - 20_000);
  expect(await msOf(cheap)).toBeLessThanOrEqual(61_000);
  expect(await msOf(dear)).toBeLessThanOrEqual(DECEMBER - NOON);
  expect(await msOf(dear)).toBeGreaterThan(DECEMBER - NOON - 20_000);
  quotas[0]?.refund({ id: cheap, plan }, { points: 10 });
  await quotas[0]?.charge({ id: dear, plan }, { points: 0, credits: 0 });
  expect(await msOf(cheap)).toBeGreaterThan(0);
  expect(await msOf(dear)).toBeGreaterThan(DECEMBER - NOON - 20_000);
});

test('a server whose clock is set back takes nothing away and gives nothing twice', async () => {
  const { clock, at } = await timed();
  const caller = { id: freshPrefix(), plan: { ...UNLIMITED, pointsPerMinute: 60 } };
  const quota = at();
  await quota.charge(caller, { points: 20, credits: 0 });
  clock.ms -= 5_000;
  await expect(quota.charge(caller, { points: 0, credits: 0 })).resolves.toMatchObject({
    points: { remaining: 40 },
  });
  clock.ms += 5_000;
  await expect(quota.charge(caller, { points: 0, credits: 0 })).resolves.toMatchObject({
    points: { remaining: 45 },
  });
});

test('a server whose clock is set back by an hour owes nobody more than a minute, refused or not', async () => {
  const { clock, at } = await timed();
  const caller = { id: freshPrefix(), plan: { ...UNLIMITED, pointsPerMinute: 60 } };
  const quota = at();
  await quota.charge(caller, { points: 60, credits: 0 });
  clock.ms -= 3_600_000;
  await expect(quota.charge(caller, { points: 1, credits: 0 })).resolves.toMatchObject({
    points: { remaining: 0 },
  });
  clock.ms += 60_000;
  await expect(quota.charge(caller, { points: 0, credits: 0 })).resolves.toMatchObject({
    points: { remaining: 60 },
  });
});

test('what was charged last month does not come back in this one', async () => {
  const { clock, at } = await timed();
  const caller = { id: freshPrefix(), plan: { ...UNLIMITED, creditsPerMonth: 10 } };
  const [one, two] = [at(), at()];
  const made = await one.charge(caller, { points: 0, credits: 10 });
  clock.ms = DECEMBER;
  await one.charge(caller, { points: 0, credits: 4 });
  made.settle({ points: 0, credits: 0 });
  await one.charge({ ...caller, id: freshPrefix() }, { points: 0, credits: 0 });
  await expect(two.charge(caller, { points: 0, credits: 0 })).resolves.toMatchObject({
    credits: { remaining: 6 },
  });
});
