import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';

import { UpstreamError } from '../../src/upstreams/errors.ts';
import { claimKey } from '../../src/upstreams/rows/shared-calls.ts';
import { LET_GO } from '../../src/upstreams/rows/shared-scripts.ts';
import { startRedis } from '../support/redis.ts';
import {
  commandsDuring,
  connect,
  entry,
  freshSet,
  kinds,
  replica,
  type ReplicaOptions,
} from '../support/shared-replica.ts';

const LEFT_ALONE = { level: 'warn', message: 'rows are not shared: Redis is left alone' };
const USED_AGAIN = { level: 'info', message: 'rows are shared through Redis again' };

/** A gateway and a Redis of its own that knows the scripts. */
async function ownRedis(options: ReplicaOptions = {}) {
  const server = await startRedis();
  onTestFinished(server.stop);
  const rows = replica({ url: server.url, deadlineMs: 250, ...options });
  const set = freshSet();
  await rows.claim(set, ['warm-up']);
  await rows.fail(set, ['warm-up'], undefined);
  await rows.land(set, new Map([['warm-up', entry('warm-up')]]));
  return { server, rows, set };
}

test('a Redis that hangs costs one deadline, and nobody waits to find out whether it is back', async () => {
  const { server, rows, set } = await ownRedis();
  server.pause();
  const startMs = performance.now();

  await expect(kinds(rows, set, ['a', 'b'])).resolves.toEqual(['mine', 'mine']);
  for (let count = 0; count < 100; count += 1) {
    await expect(kinds(rows, set, [`${count}`])).resolves.toEqual(['mine']);
    await rows.land(set, new Map([[`${count}`, entry(count)]]));
  }
  await rows.await(set, ['a']);
  expect(performance.now() - startMs).toBeLessThan(2_000);
  expect(rows.status()).toMatchObject({ isUsed: false, timeouts: 1, errors: 0, held: 0 });

  // Redis is asked meanwhile, in vain.
  await sleep(600);
  await expect(kinds(rows, set, ['a'])).resolves.toEqual(['mine']);
  expect(rows.status()).toMatchObject({ isUsed: false, timeouts: 1 });
  server.resume();
  await rows.rested();
  expect(rows.status()).toMatchObject({ isUsed: true, timeouts: 1 });
  await rows.claim(set, ['b']);
  await expect(kinds(rows, set, ['b'])).resolves.toEqual(['theirs']);
  expect(rows.lines).toMatchObject([
    { ...LEFT_ALONE, object: { reason: 'no answer within 250 ms' } },
    USED_AGAIN,
  ]);
});

test('what a late answer won is let go', async () => {
  const { server, rows, set } = await ownRedis({ lockMs: 60_000 });
  server.pause();
  await expect(kinds(rows, set, ['a', 'b'])).resolves.toEqual(['mine', 'mine']);
  server.resume();
  await rows.redis.ping();

  expect(rows.status().held).toBe(0);
  const other = replica({ url: server.url });
  await expect(kinds(other, set, ['a', 'b'])).resolves.toEqual(['mine', 'mine']);
});

test('a claim is not ended by what undoes an earlier one', async () => {
  const { server, rows, set } = await ownRedis({ lockMs: 60_000 });
  const sent = vi.spyOn(rows.redis, 'evalsha');
  server.pause();
  await rows.claim(set, ['a']);
  server.resume();
  await rows.rested();
  await expect(kinds(rows, set, ['a'])).resolves.toEqual(['mine']);

  const [, undo] = sent.mock.calls;
  // As when a node of a cluster hands it on to another.
  await rows.redis.evalsha(...(undo ?? ['', 0]));
  await expect(kinds(rows, set, ['a'])).resolves.toEqual(['theirs']);
});

test('a claim that was given up on is not sent again in full', async () => {
  const { server, rows, set } = await ownRedis({ lockMs: 60_000 });
  const redis = connect(server.url);
  await redis.script('FLUSH');
  await redis.script('LOAD', LET_GO.text);
  server.pause();
  await rows.claim(set, ['a']);
  server.resume();
  await rows.redis.ping();
  await rows.redis.ping();
  await expect(redis.exists(claimKey(set, 'a'))).resolves.toBe(0);
});

test('an entry that lands late is kept', async () => {
  const { server, rows, set } = await ownRedis();
  await rows.claim(set, ['a']);
  server.pause();
  await rows.land(set, new Map([['a', entry(1)]]));
  expect(rows.status()).toMatchObject({ timeouts: 1, held: 0 });
  server.resume();
  await rows.redis.ping();
  await expect(kinds(replica({ url: server.url }), set, ['a'])).resolves.toEqual(['kept']);
});

test('a process that was busy does not take Redis for late', async () => {
  const { rows, set } = await ownRedis();
  const asked = rows.claim(set, ['a']);
  // Past the immediate in which ioredis sends, so that the answer arrives while nobody listens.
  await new Promise(setImmediate);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  await asked;
  expect(rows.status()).toMatchObject({ isUsed: true, timeouts: 0, held: 1 });
});

test('Redis killed while keys are waited for: they are ours, and it comes back empty', async () => {
  const { server, rows, set } = await ownRedis();
  const other = replica({ url: server.url, deadlineMs: 250 });
  await other.claim(set, ['a', 'b']);
  const waiting = rows.await(set, ['a', 'b']);
  await server.kill();

  const mine = { kind: 'mine' };
  await expect(waiting).resolves.toEqual(new Map([...'ab'].map((key) => [key, mine])));
  await other.land(set, new Map([['a', entry(1)]]));
  await other.fail(set, ['b'], undefined);
  expect([rows.status().isUsed, other.status().isUsed]).toEqual([false, false]);

  await server.restart();
  await Promise.all([rows.rested(), other.rested()]);
  await other.land(set, new Map([['a', entry(2)]]));
  await expect(rows.claim(set, ['a', 'b'])).resolves.toEqual(
    new Map<string, unknown>([
      ['a', { kind: 'kept', entry: entry(2) }],
      ['b', { kind: 'mine' }],
    ]),
  );
  expect(rows.lines).toMatchObject([LEFT_ALONE, USED_AGAIN]);
  expect(other.lines).toMatchObject([LEFT_ALONE, USED_AGAIN]);
});

test('Redis refusing to write is as good as no Redis, and the log says why', async () => {
  const { rows, set } = await ownRedis();
  await rows.redis.config('SET', 'maxmemory', '1');
  await expect(kinds(rows, set, ['a'])).resolves.toEqual(['mine']);
  expect(rows.status()).toMatchObject({ isUsed: false, errors: 1, timeouts: 0 });
  expect(rows.lines).toMatchObject([
    { ...LEFT_ALONE, object: { reason: expect.stringContaining('OOM') } },
  ]);
});

test('an answer to what was asked before a failure does not end the rest', async () => {
  const { rows, set } = await ownRedis();
  await rows.redis.config('SET', 'maxmemory', '1');
  await Promise.all([rows.claim(set, ['to be written']), rows.claim(set, ['warm-up'])]);
  expect(rows.status()).toMatchObject({ isUsed: false, hits: 1, errors: 1 });
  expect(rows.lines).toMatchObject([LEFT_ALONE]);
});

test('where nothing was claimed there is nothing to undo', async () => {
  const { server, rows, set } = await ownRedis();
  await rows.redis.config('SET', 'maxmemory', '1');
  const commands = await commandsDuring(server.url, undefined, () =>
    rows.land(set, new Map([['a', entry(1)]])),
  );
  // What was refused is not reported by MONITOR; an undo would be.
  expect(commands.filter(([, , keys]) => keys === '0')).toEqual([]);
  expect(rows.status().errors).toBe(1);
});

test('what cannot be landed or told does not keep the keys from others', async () => {
  const { server, rows, set } = await ownRedis({ lockMs: 60_000 });
  await rows.claim(set, ['a', 'b']);
  await rows.redis.config('SET', 'maxmemory', '1');
  await rows.land(set, new Map([['a', entry(1)]]));
  await rows.redis.config('SET', 'maxmemory', '0');
  await rows.rested();
  await rows.redis.config('SET', 'maxmemory', '1');
  const error = new UpstreamError({ upstream: 'u', endpoint: 'e', kind: 'network' });
  await rows.fail(set, ['b'], error);
  expect(rows.status().errors).toBe(2);
  await rows.redis.config('SET', 'maxmemory', '0');
  const other = replica({ url: server.url });
  await expect(kinds(other, set, ['a', 'b'])).resolves.toEqual(['mine', 'mine']);
});

test('a Redis that has forgotten the scripts is told again', async () => {
  const { server, rows, set } = await ownRedis();
  const redis = connect(server.url);
  await redis.script('FLUSH');
  await expect(kinds(rows, set, ['a', 'b', 'c'])).resolves.toEqual(['mine', 'mine', 'mine']);
  await redis.script('FLUSH');
  await rows.land(set, new Map([['a', entry(1)]]));
  await redis.script('FLUSH');
  await rows.fail(set, ['b'], undefined);
  await expect(kinds(rows, set, ['a', 'b', 'c'])).resolves.toEqual(['kept', 'mine', 'theirs']);
  expect(rows.lines).toEqual([]);
});

test('nothing is sent to a Redis that is left alone', async () => {
  const { server, rows, set } = await ownRedis({ lockMs: 90 });
  await rows.claim(set, ['a']);
  await rows.redis.config('SET', 'maxmemory', '1');
  await rows.claim(set, ['b']);
  await rows.redis.ping();
  const commands = await commandsDuring(server.url, set, async () => {
    await rows.claim(set, ['a', 'c']);
    await rows.await(set, ['a']);
    await rows.fail(set, ['a'], undefined);
    await rows.land(set, new Map([['a', entry(1)]]));
  });
  expect(commands).toEqual([]);
});
