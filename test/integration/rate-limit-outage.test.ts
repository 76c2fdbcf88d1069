import { expect, onTestFinished, test } from 'vitest';

import type { RedisClient } from '../../src/redis/client.ts';
import { createRedis } from '../../src/redis.ts';
import { type Limits, rateLimitedApp } from '../support/rate-limited-app.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startRedis } from '../support/redis.ts';

const INSURED = { level: 'warn', message: 'rate limits are counted in memory, per process' };
const SHARED = { level: 'info', message: 'rate limits are counted in Redis again' };
const LIMITS: Limits = { cheap: { limit: 2, duration: 60 }, costly: { limit: 3, duration: 3600 } };
const ALL = '{ a: cheap b: cheap c: cheap d: costly e: costly f: costly g: costly }';
const WITHIN_LIMITS = {
  ...{ a: 'cheap', b: 'cheap', c: null },
  ...{ d: 'costly', e: 'costly', f: 'costly', g: null },
};

async function gatewayWithRedis({ commandTimeoutMs = 300 } = {}) {
  const server = await startRedis();
  onTestFinished(server.stop);
  const redis = createRedis(server.url, { commandTimeoutMs, log: recordingLog().log });
  onTestFinished(redis.close);
  await redis.ready;
  return { ...rateLimitedApp({ limits: LIMITS, redis: redis.client }), server, redis };
}

/** Unlike `once` of Node, it does not take an `error` on the way for the end. */
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

test('with Redis dead from the start, every limit holds as it is written', async () => {
  const { ask, lines, server, redis } = await gatewayWithRedis({ commandTimeoutMs: 5_000 });
  await server.kill();
  await next(redis.client, 'reconnecting');

  const waitedMs = await msOf(async () => {
    expect((await ask(ALL)).body.data).toEqual(WITHIN_LIMITS);
    expect((await ask(ALL, 'bob')).body.data).toEqual(WITHIN_LIMITS);
  });
  const { body, headers } = await ask('{ cheap free }');

  expect(body.data).toEqual({ cheap: null, free: 'free' });
  expect(body.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', limit: 2 } }]);
  expect(headers.get('retry-after')).toBe('60');
  expect(waitedMs).toBeLessThan(1_000);
  expect(lines).toMatchObject([INSURED]);
});

test('Redis killed and restarted: the limits go to memory and come back by themselves', async () => {
  const { ask, lines, server, redis } = await gatewayWithRedis();
  expect((await ask(ALL)).body.data).toEqual(WITHIN_LIMITS);

  for (const outages of [1, 2]) {
    await server.kill();
    await next(redis.client, 'reconnecting');
    expect((await ask(ALL, `bob ${outages}`)).body.data).toEqual(WITHIN_LIMITS);
    expect((await ask('{ cheap }', `bob ${outages}`)).body.data).toEqual({ cheap: null });

    const isBack = next(redis.client, 'ready');
    await server.restart();
    await isBack;
    expect((await ask(ALL, 'carol')).body.data).toEqual(WITHIN_LIMITS);
    await ask('{ cheap }', 'carol');
    await expect(redis.client.dbsize()).resolves.toBe(2);
    expect(lines).toMatchObject(Array.from({ length: outages }, () => [INSURED, SHARED]).flat());
  }
});

test('Redis refusing a command is as good as no Redis, and the log says why', async () => {
  const { ask, lines, redis } = await gatewayWithRedis();
  await redis.client.config('SET', 'maxmemory', '1');

  expect((await ask(ALL)).body.data).toEqual(WITHIN_LIMITS);
  expect((await ask(ALL, 'bob')).body.data).toEqual(WITHIN_LIMITS);

  expect(lines).toMatchObject([{ ...INSURED, object: { reason: expect.stringContaining('OOM') } }]);
});

test('Redis killed with a command on its way: the request is answered all the same', async () => {
  const { ask, lines, server } = await gatewayWithRedis({ commandTimeoutMs: 5_000 });
  server.pause();
  const asked = ask(ALL);
  await new Promise(setImmediate);
  await server.kill();
  expect((await asked).body.data).toEqual(WITHIN_LIMITS);
  expect(lines).toMatchObject([INSURED]);
});

test('Redis hanging: one request waits for the command timeout, the next ones do not', async () => {
  const { ask, lines, server, redis } = await gatewayWithRedis({ commandTimeoutMs: 300 });
  server.pause();

  const firstMs = await msOf(async () => {
    expect((await ask(ALL)).body.data).toEqual(WITHIN_LIMITS);
  });
  expect(firstMs).toBeLessThan(1_000);
  const nextMs = await msOf(async () => {
    for (let count = 0; count < 10; count += 1) await ask('{ cheap }', `caller ${count}`);
  });
  expect(nextMs).toBeLessThan(1_500);
  expect(lines).toMatchObject([INSURED]);

  const isBack = next(redis.client, 'ready');
  server.resume();
  await isBack;
  expect((await ask(ALL, 'carol')).body.data).toEqual(WITHIN_LIMITS);
  expect(lines).toMatchObject([INSURED, SHARED]);
});
