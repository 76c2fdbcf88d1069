import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test, vi } from 'vitest';

import { createQuota, type Quota, type QuotaOptions } from '../../src/callers/quota/quota.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { createRedis } from '../../src/redis.ts';
import { createRandom } from '../support/random.ts';
import { recordingLog } from '../support/recording-log.ts';
import { freshPrefix } from '../support/redis.ts';
import { slotOf } from '../support/redis-cluster.ts';

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

const replica = (redis: RedisClient | undefined, options: Partial<QuotaOptions> = {}): Quota =>
  createQuota({ redis, now: Date.now, deadlineMs: 5_000, log: recordingLog().log, ...options });

test('three processes and two hundred callers: no limit is exceeded, nobody under it is refused', async () => {
  const quotas: Quota[] = [];
  for (let index = 0; index < 3; index += 1) quotas.push(replica(await connect()));
  const prefix = freshPrefix();
  const random = createRandom(7);
  const callers = Array.from({ length: 200 }, (_, index) => ({
    id: `${prefix}${index}`,
    isGreedy: index % 2 === 0,
    cost: random.integer(1, 20),
    plan: {
      requestsPerMinute: random.integer(20, 60),
      pointsPerMinute: random.integer(100, 600),
      creditsPerMonth: random.integer(10, 60),
    },
    ...{ sent: 0, passed: 0, credits: 0, refused: 0 },
  }));

  const begin = performance.now();
  for (let round = 0; round < 30; round += 1) {
    await Promise.all(
      callers.flatMap((caller) => {
        const { plan, cost, isGreedy } = caller;
        const most = Math.min(
          ...[plan.requestsPerMinute, Math.floor(plan.pointsPerMinute / cost)],
          plan.creditsPerMonth,
        );
        const times = isGreedy ? 3 : caller.sent < most ? 1 : 0;
        return Array.from({ length: times }, async () => {
          const quota = quotas[(caller.sent += 1) % 3];
          const made = await quota?.charge(caller, { points: cost, credits: 1 });
          if (made?.allowed) caller.passed += 1;
          else caller.refused += 1;
        });
      }),
    );
  }
  const minutes = (performance.now() - begin) / 60_000;

  expect(callers.filter(({ isGreedy, refused }) => !isGreedy && refused > 0)).toEqual([]);
  const greedy = callers.filter(({ isGreedy }) => isGreedy);
  for (const { plan, cost, passed } of greedy) {
    expect(passed).toBeLessThanOrEqual(plan.requestsPerMinute * (1 + minutes));
    expect(passed * cost).toBeLessThanOrEqual(plan.pointsPerMinute * (1 + minutes));
    expect(passed).toBeLessThanOrEqual(plan.creditsPerMonth);
    // And they got all there was.
    const mostAtLeast = Math.min(
      ...[plan.requestsPerMinute, Math.floor(plan.pointsPerMinute / cost)],
      plan.creditsPerMonth,
    );
    expect(passed).toBeGreaterThanOrEqual(Math.min(90, mostAtLeast));
  }
  expect(greedy.every(({ refused }) => refused > 0)).toBe(true);
});

test('by the clock of the server itself, a caller waits for points and for no more', async () => {
  const redis = await connect();
  const quota = replica(redis);
  const caller = { id: freshPrefix(), plan: { ...UNLIMITED, pointsPerMinute: 6 } };
  const cost = { points: 6, credits: 0 };
  await expect(quota.charge(caller, cost)).resolves.toMatchObject({ allowed: true });
  await expect(quota.charge(caller, cost)).resolves.toMatchObject({ retryAfterSeconds: 60 });
  const [seconds] = await redis.time();
  const at = Number(await redis.hget(`assay:quota:{${caller.id}}`, 'at'));
  expect(Math.abs(at - Number(seconds) * 1000)).toBeLessThan(20_000);
  await redis.hincrby(`assay:quota:{${caller.id}}`, 'at', -60_000);
  await expect(quota.charge(caller, cost)).resolves.toMatchObject({ allowed: true });
});

test('all that is kept of a caller lies in the slot of its id', async () => {
  const redis = await connect();
  const quota = replica(redis);
  const id = freshPrefix();
  const plan = { requestsPerMinute: 9, pointsPerMinute: 9, creditsPerMonth: 9 };
  await quota.charge({ id, plan }, { points: 1, credits: 1 });
  const keys = await redis.keys(`*${id}*`);
  expect(keys).toHaveLength(1);
  expect(keys.map(slotOf)).toEqual([slotOf(id)]);
});

test('charges and refunds of one turn are one write, a command each', async () => {
  const redis = await connect();
  const quota = replica(redis);
  const caller = { id: freshPrefix(), plan: { ...UNLIMITED, creditsPerMonth: 70 } };
  const cost = { points: 1, credits: 1 };
  // Both scripts are known from here on.
  quota.refund({ ...caller, id: freshPrefix() }, cost);
  const first = await quota.charge(caller, cost);
  if (!(redis instanceof Redis)) throw new Error('expected one server');
  const writes = vi.spyOn(redis.stream, 'write');
  const charges = Array.from({ length: 64 }, async () => quota.charge(caller, cost));
  first.settle({ points: 0, credits: 0 });
  const made = await Promise.all(charges);
  expect(writes).toHaveBeenCalledTimes(1);
  expect(made.map(({ credits }) => credits?.remaining)).toEqual(
    Array.from({ length: 64 }, (_, index) => 68 - index),
  );
  await expect(quota.charge(caller, { points: 0, credits: 6 })).resolves.toMatchObject({
    credits: { remaining: 0 },
  });
});

test('a server that forgot the scripts is told them again, and nothing is counted twice', async () => {
  const redis = await connect();
  const quota = replica(redis);
  const caller = { id: freshPrefix(), plan: { ...UNLIMITED, creditsPerMonth: 10 } };
  const cost = { points: 0, credits: 2 };
  const first = await quota.charge(caller, cost);
  await redis.script('FLUSH');
  // It learns one of the two, and then gets both in one write.
  await quota.charge({ ...caller, id: freshPrefix() }, cost);
  first.settle({ points: 0, credits: 0 });
  const [second, third] = await Promise.all([
    quota.charge(caller, cost),
    quota.charge(caller, cost),
  ]);
  expect([second.credits?.remaining, third.credits?.remaining]).toEqual([6, 4]);
  await expect(quota.charge(caller, { points: 0, credits: 0 })).resolves.toMatchObject({
    credits: { remaining: 6 },
  });
});
