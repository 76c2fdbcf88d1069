import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';

import { creation } from '../../src/callers/keys/edits.ts';
import { createKey } from '../../src/callers/keys/key.ts';
import { createRedisStore } from '../../src/callers/keys/redis-store.ts';
import { startGateway } from '../support/gateway.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

/** A gateway is given requests as soon as it can know who asks, and for as long as it does. */

const deadline = { timeout: 10_000 };

async function startRedisThatIsAway(): Promise<TestRedis> {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  await redis.kill();
  return redis;
}

async function start(env: Readonly<Record<string, string>>) {
  const gateway = await startGateway({ env: { ANONYMOUS: 'off', ...env } });
  onTestFinished(gateway.close);
  const health = async (name: string) => {
    const response = await gateway.app.fetch(`http://gateway/health/${name}`);
    return [response.status, (await response.json()).status];
  };
  return { gateway, health };
}

test('a gateway that starts without the Redis of its keys is ready when it has read them, and stays so', async () => {
  const redis = await startRedisThatIsAway();
  const { health, gateway } = await start({ REDIS_URL: redis.url });
  expect(await health('ready')).toEqual([503, 'without-keys']);
  expect(await health('live')).toEqual([200, 'live']);
  const { key: anyone } = createKey();
  const asAnyone = () => gateway.ask('{ __typename }', {}, { headers: { 'x-api-key': anyone } });
  // It may be a good one.
  const early = await asAnyone();
  expect([early.status, early.headers.get('retry-after')]).toEqual([503, '5']);
  expect(early.errors?.[0]?.extensions.code).toBe('AUTHENTICATION_UNAVAILABLE');

  await redis.restart();
  await vi.waitFor(async () => expect(await health('ready')).toEqual([200, 'ready']), deadline);
  expect((await asAnyone()).status).toBe(401);
  const own = new Redis(redis.url);
  onTestFinished(() => own.disconnect());
  const wish = { name: 'Mobile app', plan: 'unlimited' };
  const { key } = await createRedisStore(own).change(creation(wish, Date.now()));
  const status = async () =>
    (await gateway.ask('{ __typename }', {}, { headers: { 'x-api-key': key } })).status;
  await vi.waitFor(async () => expect(await status()).toBe(200), deadline);

  await redis.kill();
  expect(await health('ready')).toEqual([200, 'ready']);
  expect(await status()).toBe(200);
});

test('who needs no key is served without them', async () => {
  const redis = await startRedisThatIsAway();
  const { health, gateway } = await start({ REDIS_URL: redis.url, ANONYMOUS: 'on' });
  expect(await health('ready')).toEqual([200, 'ready']);
  expect((await gateway.ask('{ __typename }')).status).toBe(200);
});

test('keys that cannot be used are as good as none that were read', async () => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const own = new Redis(redis.url);
  onTestFinished(() => own.disconnect());
  await own.set('assay:keys', 'a text');
  const { health, gateway } = await start({ REDIS_URL: redis.url });
  expect(await health('ready')).toEqual([503, 'without-keys']);
  await own.del('assay:keys');
  await gateway.app.reload();
  expect(await health('ready')).toEqual([200, 'ready']);
  await own.set('assay:keys', 'a text');
  await gateway.app.reload();
  expect(await health('ready')).toEqual([200, 'ready']);
});

test('a gateway whose keys are elsewhere starts without Redis, and is ready', async () => {
  const redis = await startRedisThatIsAway();
  const folder = await mkdtemp(join(tmpdir(), 'assay-keys-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'keys.json');
  await writeFile(file, '{ "version": 1, "keys": [] }', { mode: 0o600 });
  const { health, gateway } = await start({ REDIS_URL: redis.url, KEYS_FILE: file });
  expect(await health('ready')).toEqual([200, 'ready']);
  gateway.app.drain();
  expect(await health('ready')).toEqual([503, 'draining']);
});
