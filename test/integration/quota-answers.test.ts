import { expect, onTestFinished, test } from 'vitest';

import { createQuota, type QuotaOptions } from '../../src/callers/quota/quota.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { createRedis } from '../../src/redis.ts';
import { recordingLog } from '../support/recording-log.ts';
import { quickRest } from '../support/quick-rest.ts';
import { startRedis } from '../support/redis.ts';

const ALONE = { level: 'warn', message: 'the quota of callers is kept in memory, per process' };
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
  return { quota, ask, spend, left, lines, clock, rested: rest.over };
}

const usedIn = async (redis: RedisClient) => Number(await redis.hget(KEY, 'credits'));

test('an answer that was lost on its way is counted once', async () => {
  const { connect } = await server();
  const redis = await connect();
  let isLosing = true;
  const lossy: RedisClient = Object.create(redis);
  lossy.pipeline = () => {
    const pipeline = redis.pipeline();
    const exec = pipeline.exec.bind(pipeline);
    pipeline.exec = async () => {
      const answer = await exec();
      if (isLosing) throw new Error('connection lost');
      return answer;
    };
    return pipeline;
  };
  isLosing = false;
  const { spend, left, rested } = replica(lossy);
  await spend(10);
  isLosing = true;
  await expect(spend(7)).resolves.toBe(true);
  isLosing = false;
  await expect(usedIn(redis)).resolves.toBe(17);
  await rested();
  await spend(1);
  await expect(usedIn(redis)).resolves.toBe(18);
  expect(left()).toBe(82);
});

/** A Redis whose answers wait at a gate while `isGated`. */
function gated(redis: RedisClient) {
  const gates: (() => void)[] = [];
  const gate = { isShut: false, waiting: gates, open: () => gates.forEach((open) => open()) };
  const slow: RedisClient = Object.create(redis);
  slow.pipeline = () => {
    const pipeline = redis.pipeline();
    const exec = pipeline.exec.bind(pipeline);
    pipeline.exec = async () => {
      const answer = await exec();
      if (gate.isShut) await new Promise<void>((resolve) => gates.push(resolve));
      return answer;
    };
    return pipeline;
  };
  return { slow, gate };
}

test('what is charged in memory while an answer is on its way is not forgotten', async () => {
  const { connect } = await server();
  const redis = await connect();
  const { slow, gate } = gated(redis);
  let isResting = false;
  const rest = { begin: () => {}, end: () => {}, isOn: () => isResting };
  const { ask, spend, left } = replica(slow, { rest });
  await spend(10);
  gate.isShut = true;
  const onItsWay = ask(5);
  await expect.poll(() => gate.waiting.length).toBe(1);
  isResting = true;
  expect(ask(20)).toMatchObject({ allowed: true, credits: { remaining: 70 } });
  isResting = false;
  gate.open();
  await expect(onItsWay).resolves.toMatchObject({ credits: { remaining: 85 } });
  expect(left()).toBe(70);
  gate.isShut = false;
  await spend(0);
  await expect(usedIn(redis)).resolves.toBe(30);
});

test('a refund of what Redis never counted is not taken from what it did count', async () => {
  const { connect } = await server();
  const redis = await connect();
  const { ask, spend, left, rested } = replica(redis);
  await spend(30);
  await redis.config('SET', 'maxmemory', '1');
  const here = await ask(10);
  await redis.config('SET', 'maxmemory', '0');
  await rested();
  here.settle({ points: 0, credits: 0 });
  expect(left()).toBe(70);
  await spend(0);
  await expect(usedIn(redis)).resolves.toBe(30);
});

test('an answer of another shape is no answer', async () => {
  const { connect } = await server();
  const redis = await connect();
  const now = Date.now();
  for (const reply of [null, 'OK', [1], [1, 2, 3, 4, 5, 6, 'x'], [0, 0, 0, 0, now, 1, 1]]) {
    const odd: RedisClient = Object.create(redis);
    odd.pipeline = () => {
      const pipeline: any = {
        evalsha: () => pipeline,
        exec: () => Promise.resolve([[null, reply]]),
      };
      return pipeline;
    };
    const { spend, left, lines } = replica(odd);
    await expect(spend(10)).resolves.toBe(true);
    expect(left()).toBe(90);
    expect(lines).toMatchObject([
      { ...ALONE, object: { reason: expect.stringContaining('reply') } },
    ]);
  }
});

test('a process that is busy does not take its own stall for a slow Redis', async () => {
  const { connect } = await server();
  const { ask, spend, lines } = replica(await connect(), { deadlineMs: 100 });
  await spend(1);
  const made = ask(1);
  await new Promise((resolve) => {
    setImmediate(() => {
      const end = performance.now() + 400;
      while (performance.now() < end);
      setImmediate(resolve);
    });
  });
  await made;
  expect(lines).toEqual([]);
});

test('an answer holds as of when it was asked for, not of when it came', async () => {
  const { connect } = await server();
  const { slow, gate } = gated(await connect());
  const { quota, clock } = replica(slow);
  const caller = { id: 'alice', plan: { ...PLAN, pointsPerMinute: 60 } };
  // The script is known from here on: one round trip.
  await quota.charge(caller, { points: 0, credits: 0 });
  gate.isShut = true;
  const made = quota.charge(caller, { points: 60, credits: 0 });
  await expect.poll(() => gate.waiting.length).toBe(1);
  clock.ms += 10_000;
  gate.open();
  await made;
  expect(quota.peek(caller).points).toMatchObject({ remaining: 10 });
});
