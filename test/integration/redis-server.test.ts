import { existsSync } from 'node:fs';

import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';

import { startRedis } from '../support/redis.ts';

function connect(url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => 20 });
  redis.on('error', () => {});
  onTestFinished(() => redis.disconnect());
  return redis;
}

test('the run has a Redis and a browser', async () => {
  await expect(connect(inject('redisUrl')).ping()).resolves.toBe('PONG');
  expect(existsSync(inject('chromiumPath'))).toBe(true);
});

test('the Redis of the run keeps nothing on disk', async () => {
  const redis = connect(inject('redisUrl'));
  await expect(redis.config('GET', 'save')).resolves.toEqual(['save', '']);
  await expect(redis.config('GET', 'appendonly')).resolves.toEqual(['appendonly', 'no']);
});

test('a killed Redis comes back empty at the same address', async () => {
  const server = await startRedis();
  onTestFinished(server.stop);
  const redis = connect(server.url);
  await redis.set('answer', '42');
  const firstPid = server.pid;

  await server.kill();
  await server.restart();

  await expect(redis.get('answer')).resolves.toBeNull();
  expect(server.pid).not.toBe(firstPid);
});

test('a stopped Redis is gone, even while paused', async () => {
  const server = await startRedis();
  server.pause();
  await server.stop();
  expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
});

test('servers started together do not meet', async () => {
  const servers = await Promise.all(Array.from({ length: 4 }, () => startRedis()));
  onTestFinished(async () => void (await Promise.all(servers.map((server) => server.stop()))));
  expect(new Set(servers.map((server) => server.url)).size).toBe(4);
});
