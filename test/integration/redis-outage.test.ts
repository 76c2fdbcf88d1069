import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';

import type { RedisClient } from '../../src/redis/client.ts';
import { createRedis } from '../../src/redis.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startRedis } from '../support/redis.ts';

const LOST = { level: 'error', message: 'Redis does not answer; carrying on without it' };
const BACK = { level: 'info', message: 'Redis answers again' };

async function server() {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  return redis;
}

function connect(url: string, commandTimeoutMs = 200) {
  const { lines, log } = recordingLog();
  const redis = createRedis(url, { commandTimeoutMs, log });
  onTestFinished(redis.close);
  return { ...redis, lines };
}

/** Unlike `once` of Node, it does not take an `error` on the way for the end. */
function next(client: RedisClient, event: 'ready' | 'reconnecting' | 'end'): Promise<void> {
  return new Promise((resolve) => {
    client.once(event, () => resolve());
  });
}

async function msOf(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

test('a connection that never fails says nothing', async () => {
  const { client, ready, close, lines } = connect((await server()).url);
  await ready;
  await expect(client.ping()).resolves.toBe('PONG');
  await close();
  expect(lines).toEqual([]);
});

test('down from the start: nothing waits, and it connects when Redis comes', async () => {
  const redis = await server();
  await redis.kill();
  const { client, ready, lines } = connect(redis.url, 1_000);

  const waitedMs = await msOf(async () => {
    await ready;
    await expect(client.get('key')).rejects.toThrow();
    await expect(client.pipeline().get('a').get('b').exec()).resolves.toEqual([
      [expect.any(Error)],
      [expect.any(Error)],
    ]);
  });
  expect(waitedMs).toBeLessThan(900);

  const isBack = next(client, 'ready');
  await redis.restart();
  await isBack;
  await expect(client.ping()).resolves.toBe('PONG');
  expect(lines).toMatchObject([LOST, BACK]);
});

test('killed: one line when it begins, one when it ends, however many attempts', async () => {
  const redis = await server();
  const { client, ready, lines } = connect(redis.url);
  await ready;

  for (const outages of [1, 2]) {
    await redis.kill();
    for (let attempt = 0; attempt < 3; attempt += 1) await next(client, 'reconnecting');
    await expect(client.get('key')).rejects.toThrow();
    const isBack = next(client, 'ready');
    await redis.restart();
    await isBack;

    await expect(client.ping()).resolves.toBe('PONG');
    expect(lines).toMatchObject(Array.from({ length: outages }, () => [LOST, BACK]).flat());
  }
});

test('killed with a command on its way: the command fails, and is not sent again', async () => {
  const redis = await server();
  const { client, ready } = connect(redis.url, 1_000);
  await ready;
  redis.pause();
  const answer = expect(client.incr('counter')).rejects.toThrow();

  const isBack = next(client, 'ready');
  await redis.restart();
  await answer;
  await isBack;

  await expect(client.get('counter')).resolves.toBeNull();
});

test('the timer of a dead connection does not end the next one', async () => {
  const redis = await server();
  const { client, ready, lines } = connect(redis.url, 200);
  await ready;
  const start = performance.now();
  redis.pause();
  const answer = expect(client.get('key')).rejects.toThrow();
  const isBack = next(client, 'ready');
  await redis.restart();
  await answer;
  await isBack;

  while (performance.now() < start + 250) await client.ping().catch(() => {});
  expect(lines).toMatchObject([LOST, BACK]);
});

test('hanging: one command waits for its timeout, the next ones do not wait', async () => {
  const redis = await server();
  const { client, ready, lines } = connect(redis.url, 300);
  await ready;
  redis.pause();

  const firstMs = await msOf(() => expect(client.get('key')).rejects.toThrow());
  expect(firstMs).toBeGreaterThan(250);
  expect(firstMs).toBeLessThan(1_000);
  const nextMs = await msOf(async () => {
    for (let count = 0; count < 10; count += 1) await client.get('key').catch(() => {});
  });
  expect(nextMs).toBeLessThan(200);

  // It hangs through a few attempts to connect, too.
  for (let attempt = 0; attempt < 2; attempt += 1) await next(client, 'reconnecting');
  const isBack = next(client, 'ready');
  redis.resume();
  await isBack;
  await expect(client.ping()).resolves.toBe('PONG');
  expect(lines).toMatchObject([LOST, BACK]);
});

test('a password is never logged', async () => {
  const redis = await server();
  const admin = new Redis(redis.url);
  onTestFinished(() => admin.disconnect());
  await admin.config('SET', 'requirepass', 'right-password');
  const url = redis.url.replace('redis://', 'redis://default:wrong-password@');

  const { client, ready, lines } = connect(url);
  await ready;
  await expect(client.get('key')).rejects.toThrow();

  expect(lines).toMatchObject([LOST]);
  expect(JSON.stringify(lines)).toContain('WRONGPASS');
  expect(JSON.stringify(lines)).not.toContain('wrong-password');
});

test.each(['up', 'killed', 'hanging'])('closing never throws while Redis is %s', async (state) => {
  const redis = await server();
  const { client, ready, close, lines } = connect(redis.url);
  await ready;
  if (state === 'killed') {
    await redis.kill();
    await next(client, 'reconnecting');
  }
  if (state === 'hanging') redis.pause();
  const before = lines.length;

  await close();
  await close();
  if (state !== 'killed' && client.status !== 'end') await next(client, 'end');

  await expect(client.ping()).rejects.toThrow();
  // No attempt to connect is left on a timer.
  expect(Reflect.get(client, 'reconnectTimeout')).toBeFalsy();
  expect(lines).toHaveLength(before);
});
