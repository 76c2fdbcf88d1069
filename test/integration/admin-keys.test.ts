import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';

import { creation, revocation, rotation } from '../../src/callers/keys/edits.ts';
import { createFileStore } from '../../src/callers/keys/file-store.ts';
import { createRedisStore } from '../../src/callers/keys/redis-store.ts';
import { createRedis } from '../../src/redis.ts';
import { ask, nowMs, startAdmin } from '../support/admin.ts';
import { startRedis } from '../support/redis.ts';

/** Which keys are given out, as this gateway knows them. */

const deadline = { timeout: 10_000, interval: 10 };
const dayMs = 24 * 3600 * 1000;

async function keysFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'admin-keys-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'keys.json');
}

test('/keys tells all of every key but its secret and its hash, in the order they were made', async () => {
  const file = await keysFile();
  const store = createFileStore(file);
  const at = (days: number) => nowMs - days * dayMs;
  const mobile = await store.change(creation({ name: 'Mobile', plan: 'unlimited' }, at(3)));
  const trial = await store.change(
    creation({ name: 'Trial', plan: 'unlimited', expiresAtMs: at(1) }, at(2)),
  );
  const revoked = await store.change(creation({ name: 'Lost', plan: 'unlimited' }, at(1)));
  await store.change(revocation(revoked.record.prefix, at(0.5)));
  const hour = { graceMs: 3_600_000, nowMs };
  const next = await store.change(rotation(mobile.record.prefix, hour));

  const { get } = await startAdmin({ KEYS_FILE: file });
  const answer = await get('/keys');
  const iso = (ms: number) => new Date(ms).toISOString();
  const plan = 'unlimited';
  expect([answer.status, answer.json()]).toEqual([
    200,
    {
      ...{ store: 'file', isCurrent: true },
      keys: [
        {
          ...{ prefix: mobile.record.prefix, name: 'Mobile', plan, state: 'ok' },
          ...{ createdAt: iso(at(3)), expiresAt: iso(nowMs + 3_600_000) },
          replacedBy: next.record.prefix,
        },
        {
          ...{ prefix: trial.record.prefix, name: 'Trial', plan, state: 'expired' },
          ...{ createdAt: iso(at(2)), expiresAt: iso(at(1)) },
        },
        {
          ...{ prefix: revoked.record.prefix, name: 'Lost', plan, state: 'revoked' },
          ...{ createdAt: iso(at(1)), revokedAt: iso(at(0.5)) },
        },
        {
          ...{ prefix: next.record.prefix, name: 'Mobile', plan, state: 'ok' },
          createdAt: iso(nowMs),
        },
      ],
    },
  ]);
  for (const { key } of [mobile, trial, revoked, next]) {
    expect(answer.text).not.toContain(key.slice(15));
  }
  // Nothing as long as a hash, whatever it may be called.
  expect(answer.text).not.toMatch(/[0-9a-f]{40}|hash/i);
  expect(answer.text).not.toContain(file);
});

test('where no keys are read, that is what it says', async () => {
  const answer = await (await startAdmin()).get('/keys');
  expect([answer.status, answer.json()]).toEqual([
    404,
    {
      error:
        'This gateway reads no API keys: expected KEYS_FILE or REDIS_URL to say where they are.',
    },
  ]);
});

test('a store that cannot be read any more shows the keys of before, and that they are', async () => {
  const file = await keysFile();
  const { record } = await createFileStore(file).change(
    creation({ name: 'Mobile', plan: 'unlimited' }, nowMs),
  );
  const { get } = await startAdmin({ KEYS_FILE: file });
  const prefixes = [record.prefix];
  const told = async () => {
    const { keys, isCurrent } = (await get('/keys')).json();
    return { isCurrent, prefixes: keys.map(({ prefix }: { prefix: string }) => prefix) };
  };
  expect(await told()).toEqual({ isCurrent: true, prefixes });
  await writeFile(file, '{');
  await vi.waitUntil(async () => !(await told()).isCurrent, deadline);
  expect(await told()).toEqual({ isCurrent: false, prefixes });
});

test('keys of Redis are told while Redis is away; by a gateway that never saw it, none', async () => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const log = { info: () => {}, error: () => {} };
  const { client, ready, close } = createRedis(redis.url, { log });
  onTestFinished(close);
  await ready;
  await vi.waitUntil(() => client.status === 'ready', deadline);
  const { record } = await createRedisStore(client).change(
    creation({ name: 'Mobile', plan: 'unlimited' }, nowMs),
  );
  const { port } = await startAdmin({ REDIS_URL: redis.url });
  const told = async () => (await ask(port, '/keys')).json();
  await vi.waitUntil(async () => (await told()).keys.length === 1, deadline);
  expect(await told()).toEqual({
    ...{ store: 'redis', isCurrent: true },
    keys: [{ ...record, state: 'ok' }],
  });

  await redis.kill();
  await vi.waitUntil(async () => !(await told()).isCurrent, deadline);
  expect((await told()).keys).toHaveLength(1);
  const never = await startAdmin({ REDIS_URL: redis.url });
  expect((await never.get('/keys')).json()).toEqual({ store: 'redis', isCurrent: false, keys: [] });
});
