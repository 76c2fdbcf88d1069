import { expect, onTestFinished, test, vi } from 'vitest';

import { createQuota } from '../../src/callers/quota/quota.ts';
import { createRedis } from '../../src/redis.ts';
import { claimKey, rowKey } from '../../src/upstreams/rows/shared-calls.ts';
import { recordingLog } from '../support/recording-log.ts';
import { moveSlot, slotOf, startRedisCluster } from '../support/redis-cluster.ts';
import { entry, freshSet, replica } from '../support/shared-replica.ts';

/** Slots of a Cluster move from node to node while gateways serve. */

const PATIENCE = { timeout: 15_000, interval: 50 };

async function start({ spares = 0 } = {}) {
  const cluster = await startRedisCluster({ spares });
  onTestFinished(cluster.stop);
  const { lines, log } = recordingLog();
  const { client, ready, close } = createRedis(cluster.url, { log });
  onTestFinished(close);
  await ready;
  /** Who has a key, and somebody else. */
  const moveOf = async (key: string) => {
    const slot = slotOf(key);
    for (const from of cluster.masters) {
      const isHere = (await from.admin.exists(key).catch(() => 0)) === 1;
      const to = cluster.spares[0] ?? cluster.masters.find((node) => node !== from);
      if (isHere && to !== undefined) return { slot, from, to };
    }
    throw new Error(`expected ${key} in the Cluster`);
  };
  return { cluster, client, lines, moveOf };
}

function charging({ client }: Awaited<ReturnType<typeof start>>) {
  const { lines, log } = recordingLog();
  const quota = createQuota({ redis: client, deadlineMs: 5_000, now: Date.now, log });
  onTestFinished(quota.close);
  const limits = { requestsPerMinute: undefined, pointsPerMinute: undefined };
  const plan = { ...limits, creditsPerMonth: 1_000_000 };
  const callers = Array.from({ length: 10 }, (_, index) => ({ id: `caller ${index}`, plan }));
  let made = 0;
  const charge = async () => {
    made += 1;
    const cost = { points: 0, credits: 1 };
    const charges = await Promise.all(callers.map(async (one) => quota.charge(one, cost)));
    return charges.map(({ credits }) => plan.creditsPerMonth - (credits?.remaining ?? 0));
  };
  return { lines, charge, callers, all: () => callers.map(() => made) };
}

test('who is charged while its slot moves is charged once, and nobody notices', async () => {
  const redis = await start();
  const { charge, callers, lines, all } = charging(redis);
  await charge();
  for (const { id } of callers) {
    const move = await redis.moveOf(`assay:quota:{${id}}`);
    await moveSlot(redis.cluster, move, async () => expect(await charge()).toEqual(all()));
    await expect(move.to.admin.exists(`assay:quota:{${id}}`)).resolves.toBe(1);
  }
  expect([...lines, ...redis.lines]).toEqual([]);
});

test('a slot may move to a node that has just joined', async () => {
  const redis = await start({ spares: 1 });
  const { charge, callers, lines, all } = charging(redis);
  await charge();
  for (const { id } of callers.slice(0, 3)) {
    const move = await redis.moveOf(`assay:quota:{${id}}`);
    await moveSlot(redis.cluster, move, charge);
  }
  // The first question to a new node may come before there is a connection.
  await vi.waitUntil(async () => {
    await charge();
    return lines.at(-1)?.level !== 'warn';
  }, PATIENCE);
  expect(await charge()).toEqual(all());
  expect(redis.lines).toEqual([]);
});

test('rows are shared again when their slot has moved', async () => {
  const redis = await start();
  const set = freshSet();
  const [one, two] = [replica({ redis: redis.client }), replica({ redis: redis.client })];
  const keys = Array.from({ length: 40 }, (_, index) => `${index}`);
  const kept = new Map(keys.map((key) => [key, { kind: 'kept' as const, entry: entry(key) }]));
  await one.land(set, new Map(keys.map((key) => [key, entry(key)])));
  await expect(two.claim(set, keys)).resolves.toEqual(kept);

  await moveSlot(redis.cluster, await redis.moveOf(rowKey(set, '7')), async () => {
    const claims = await two.claim(set, ['7']);
    // A row and its claim may be on two nodes for a moment: then this one fetches it itself.
    expect(['kept', 'mine']).toContain(claims.get('7')?.kind);
    await two.land(set, new Map([['7', entry('7')]]));
  });

  await vi.waitUntil(async () => (await two.claim(set, ['7'])).get('7')?.kind === 'kept', PATIENCE);
  await expect(two.claim(set, keys)).resolves.toEqual(kept);
  expect(slotOf(claimKey(set, '7'))).toBe(slotOf(rowKey(set, '7')));
});
