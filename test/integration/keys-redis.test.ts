import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test, vi } from 'vitest';

import { creation, revocation, rotation } from '../../src/callers/keys/edits.ts';
import { createKeyring } from '../../src/callers/keys/keyring.ts';
import { createRedisStore, type KeysRedis } from '../../src/callers/keys/redis-store.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { createRedis } from '../../src/redis.ts';
import { recordingLog } from '../support/recording-log.ts';
import { freshPrefix, startRedis } from '../support/redis.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';

/** Keys in Redis: made on one machine, known on all. */

const deadline = { timeout: 10_000, interval: 5 };
const silent = { info: () => {}, error: () => {} };

/** As the gateway connects. */
async function connect(
  url = inject('redisUrl'),
  { commandTimeoutMs = 2_000, isUp = true } = {},
): Promise<RedisClient> {
  const { client, ready, close } = createRedis(url, { commandTimeoutMs, log: silent });
  onTestFinished(close);
  await ready;
  if (isUp) await vi.waitUntil(() => client.status === 'ready', deadline);
  return client;
}

function open(client: KeysRedis, { hash = 'assay:keys', pollMs = 20 } = {}) {
  const { log, lines } = recordingLog();
  const keyring = createKeyring({ source: { kind: 'redis', client, hash }, log, pollMs });
  onTestFinished(keyring.close);
  return { keyring, lines, errors: () => lines.filter(({ level }) => level === 'error') };
}

const wish = (name = 'A') => creation({ name, plan: 'pro' }, Date.now());
const freshHash = () => `${freshPrefix()}keys`;

test('a key that one machine makes, rotates or revokes is so on another', async () => {
  const hash = freshHash();
  const [client, other] = [await connect(), await connect()];
  const store = createRedisStore(client, hash);
  const { keyring } = open(other, { hash });
  await keyring.ready;

  const { key, record } = await store.change(wish());
  expect(keyring.find(key)).toEqual({ kind: 'unknown' });
  await vi.waitUntil(() => keyring.find(key).kind === 'ok', deadline);
  const next = await store.change(rotation(record.prefix, { graceMs: 0, nowMs: Date.now() }));
  await vi.waitUntil(() => keyring.find(next.key).kind === 'ok', deadline);
  expect(keyring.find(key)).toEqual({ kind: 'expired' });
  await store.change(revocation(next.record.prefix, Date.now()));
  await vi.waitUntil(() => keyring.find(next.key).kind === 'revoked', deadline);
});

test('it is known within two seconds unless said otherwise', async () => {
  const hash = freshHash();
  const client = await connect();
  const source = { kind: 'redis', client, hash } as const;
  const keyring = createKeyring({ source, log: recordingLog().log });
  onTestFinished(keyring.close);
  await keyring.ready;
  const { key } = await createRedisStore(client, hash).change(wish());
  await vi.waitUntil(() => keyring.find(key).kind === 'ok', { timeout: 2_500, interval: 10 });
});

test('the key itself is nowhere in Redis', async () => {
  const hash = freshHash();
  const client = await connect();
  const { key } = await createRedisStore(client, hash).change(wish());
  expect(JSON.stringify(await client.hgetall(hash))).not.toContain(key.slice(15, 40));
});

test('an unchanged hash costs one field a poll', async () => {
  const hash = freshHash();
  const client = await connect();
  await createRedisStore(client, hash).change(wish());
  const all = vi.spyOn(client, 'hgetall');
  const one = vi.spyOn(client, 'hget');
  const { keyring } = open(client, { hash, pollMs: 3_600_000 });
  await keyring.ready;
  for (let again = 0; again < 5; again += 1) await keyring.reload();
  expect([all.mock.calls.length, one.mock.calls.length]).toEqual([1, 5]);
  keyring.close();
  await keyring.reload();
  expect([all.mock.calls.length, one.mock.calls.length]).toEqual([1, 5]);
});

test('who asks to reload while it reads gets what was written before he asked', async () => {
  const hash = freshHash();
  const client = await connect();
  const store = createRedisStore(client, hash);
  const { keyring } = open(client, { hash, pollMs: 3_600_000 });
  await keyring.ready;
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  const old = client.hget(hash, 'version');
  const hget = vi.spyOn(client, 'hget').mockImplementationOnce(() => held.then(() => old));
  const early = keyring.reload();
  await vi.waitUntil(() => hget.mock.calls.length === 1, deadline);
  const { key } = await store.change(wish());
  const late = [keyring.reload(), keyring.reload()];
  answer();
  await Promise.all([early, ...late]);
  expect(keyring.find(key).kind).toBe('ok');
  expect(hget).toHaveBeenCalledTimes(2);
});

test('machines that write at the same time lose nothing', async () => {
  const hash = freshHash();
  const stores = [await connect(), await connect(), await connect()].map((client) =>
    createRedisStore(client, hash),
  );
  const { record } = await stores[0]!.change(wish('old'));
  const writes = stores.flatMap((store, at) => [
    store.change(wish(`${at} first`)),
    store.change(wish(`${at} second`)),
    store.change(revocation(record.prefix, Date.now())),
  ]);
  await Promise.all(writes);
  const { keys } = (await stores[0]!.look())!;
  const all = [...keys.values()];
  expect(all.map(({ name }) => name).sort()).toEqual([
    ...['0 first', '0 second', '1 first', '1 second', '2 first', '2 second', 'old'],
  ]);
  expect(all.find(({ name }) => name === 'old')).toHaveProperty('revokedAt');
});

test('one rotation wins where two machines rotate the same key', async () => {
  const hash = freshHash();
  const stores = [await connect(), await connect()].map((client) => createRedisStore(client, hash));
  const { record } = await stores[0]!.change(wish());
  const ends = await Promise.allSettled(
    stores.map((store) => store.change(rotation(record.prefix, { graceMs: 0, nowMs: Date.now() }))),
  );
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('Redis that goes away keeps the keys there were, says so once, and is caught up with after', async () => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const client = await connect(redis.url);
  const { key, record } = await createRedisStore(client).change(wish());
  const kept = await client.hgetall('assay:keys');
  const { keyring, errors, lines } = open(client);
  await keyring.ready;

  await redis.kill();
  await vi.waitUntil(() => errors().length > 0, deadline);
  for (let again = 0; again < 5; again += 1) await keyring.reload();
  expect(keyring.find(key).kind).toBe('ok');
  expect(errors()).toEqual([
    {
      level: 'error',
      message: 'API keys cannot be used; those of before stay',
      object: { place: 'Redis assay:keys', problems: ['Redis assay:keys: does not answer'] },
    },
  ]);

  const revoked = { ...JSON.parse(kept[record.prefix]!), revokedAt: new Date().toISOString() };
  await redis.restart();
  // In one command: the keyring must not see the half of it.
  await vi.waitUntil(() => client.status === 'ready', deadline);
  await client.hset('assay:keys', {
    [record.prefix]: JSON.stringify(revoked),
    version: 'restored',
  });
  await vi.waitUntil(() => keyring.find(key).kind === 'revoked', deadline);
  expect(lines.at(-1)).toMatchObject({ level: 'info', message: 'API keys were read' });
});

test('Redis that hangs keeps the keys there were', async () => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const client = await connect(redis.url, { commandTimeoutMs: 500 });
  const { key } = await createRedisStore(client).change(wish());
  const { keyring, errors } = open(client);
  await keyring.ready;
  redis.pause();
  await vi.waitUntil(() => errors().length > 0, deadline);
  expect(keyring.find(key).kind).toBe('ok');
  redis.resume();
});

test('Redis that is not there at the start is waited for, and its keys are known when it comes', async () => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const store = createRedisStore(await connect(redis.url));
  const { key, record } = await store.change(wish());
  const found = await store.look();
  await redis.kill();

  const client = await connect(redis.url, { isUp: false });
  // The poll is hours away: it is the connection that tells.
  const { keyring, errors } = open(client, { pollMs: 3_600_000 });
  await keyring.ready;
  expect(keyring.find(key)).toEqual({ kind: 'unavailable' });
  expect(errors().map(({ message }) => message)).toEqual([
    'API keys cannot be used; no key is known until they can',
  ]);

  await redis.restart();
  const own = new Redis(redis.url);
  onTestFinished(() => own.disconnect());
  await own.hset('assay:keys', record.prefix, JSON.stringify(found!.keys.get(record.prefix)));
  await vi.waitUntil(() => client.status === 'ready', deadline);
  await vi.waitUntil(() => keyring.find(key).kind === 'ok', deadline);
});

test('a hash that is deleted closes at once, and says so loudly', async () => {
  const hash = freshHash();
  const client = await connect();
  const { key } = await createRedisStore(client, hash).change(wish());
  const { keyring, lines } = open(client, { hash });
  await keyring.ready;
  await client.del(hash);
  await vi.waitUntil(() => keyring.find(key).kind === 'unknown', deadline);
  expect(lines.at(-1)).toMatchObject({ level: 'warn', object: { keys: 0 } });
});

test('a restore that brings an older state back is noticed', async () => {
  const hash = freshHash();
  const client = await connect();
  const store = createRedisStore(client, hash);
  const first = await store.change(wish());
  const backup = await client.dumpBuffer(hash);
  const { keyring } = open(client, { hash, pollMs: 3_600_000 });
  const second = await store.change(wish());
  await keyring.reload();
  expect(keyring.find(second.key).kind).toBe('ok');
  await client.restore(hash, 0, backup, 'REPLACE');
  const third = await store.change(wish());
  await keyring.reload();
  expect([first, second, third].map(({ key }) => keyring.find(key).kind)).toEqual([
    'ok',
    'unknown',
    'ok',
  ]);
});

test('records with mistakes are refused as a whole, each is told, and the old ones stay', async () => {
  const hash = freshHash();
  const client = await connect();
  const { key, record } = await createRedisStore(client, hash).change(wish());
  const { keyring, errors } = open(client, { hash });
  await keyring.ready;
  const stored = await client.hget(hash, record.prefix);
  await client.hset(hash, {
    version: 'by hand',
    aaaa1111: stored,
    bbbb2222: '{"hash":"f00d',
    cccc3333: '{}',
    [`assay_dddd4444_${'x'.repeat(49)}`]: '5',
  });
  await vi.waitUntil(() => errors().length > 0, deadline);
  for (let again = 0; again < 3; again += 1) await keyring.reload();
  expect(keyring.find(key).kind).toBe('ok');
  expect(errors()).toHaveLength(1);
  const { problems } = errors()[0]!.object as { problems: string[] };
  const told = problems.map((problem) => problem.replace(`Redis ${hash} `, '')).sort();
  expect(told).toEqual([
    'a field with an odd name: expected an object',
    'aaaa1111.prefix: expected that of its field',
    expect.stringMatching(/^bbbb2222: is no JSON/),
    ...[
      'createdAt: expected a time in UTC as 2027-01-01T00:00:00Z',
      'hash: expected 64 characters of hex',
    ].map((text) => `cccc3333.${text}`),
    'cccc3333.name: expected a name',
    'cccc3333.plan: expected the name of a plan',
    'cccc3333.prefix: expected 8 characters of a-z and 0-9',
  ]);
  expect(JSON.stringify(errors())).not.toMatch(/f00d|dddd4444/);
});

test('what Redis says is told, without what was sent', async () => {
  const hash = freshHash();
  const client = await connect();
  await client.set(hash, 'a text');
  const { keyring, errors } = open(client, { hash });
  await keyring.ready;
  expect(errors()[0]?.object).toEqual({
    place: `Redis ${hash}`,
    problems: [expect.stringMatching(/: cannot be read or written \(WRONGTYPE [^)]+\)$/)],
  });
});

test('a refused edit writes nothing', async () => {
  const hash = freshHash();
  const client = await connect();
  const store = createRedisStore(client, hash);
  await store.change(wish());
  const before = await client.hgetall(hash);
  await expect(store.change(revocation('zzzz9999', 0))).rejects.toThrow('zzzz9999 is no prefix');
  expect(await client.hgetall(hash)).toEqual(before);
});

test('a Redis Cluster is written to as well: all of it is one key', async () => {
  const cluster = await startRedisCluster();
  onTestFinished(cluster.stop);
  const client = await connect(cluster.url);
  const store = createRedisStore(client);
  const { key } = await store.change(wish());
  const { keyring } = open(client);
  await keyring.ready;
  expect(keyring.find(key).kind).toBe('ok');
});
