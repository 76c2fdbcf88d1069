import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';

import { createQuota } from '../../src/callers/quota/quota.ts';
import { createRedis } from '../../src/redis.ts';
import { startGateway } from '../support/gateway.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import type { RedisProcess } from '../support/redis-process.ts';
import { startRedisSentinel } from '../support/redis-sentinel.ts';

/** A master is lost while gateways serve, and its replica takes over. */

const LOST = { level: 'error', message: 'Redis does not answer; carrying on without it' };
const BACK = { level: 'info', message: 'Redis answers again' };
const PATIENCE = { timeout: 30_000, interval: 20 };

interface Failing {
  readonly url: string;
  readonly stop: () => Promise<void>;
  /** The server to lose: whose keys are in use. */
  readonly master: () => Promise<RedisProcess>;
}

async function cluster(): Promise<Failing> {
  const redis = await startRedisCluster({ masters: 3, replicas: 3 });
  const master = async () => {
    for (const { admin, process } of redis.masters) {
      if ((await admin.keys('assay:budget:*')).length > 0) return process;
    }
    throw new Error('expected a budget in the Cluster');
  };
  return { ...redis, master };
}

async function sentinels(): Promise<Failing> {
  const redis = await startRedisSentinel();
  return { ...redis, master: () => Promise.resolve(redis.master) };
}

function connect(url: string, commandTimeoutMs: number | undefined) {
  const { lines, log } = recordingLog();
  const redis = createRedis(url, { commandTimeoutMs, log });
  onTestFinished(redis.close);
  return { ...redis, lines };
}

const query = `query ($id: Int!) { token(by: { tokenMetricsId: $id }) { price { usd } } }`;

/** Two gateways that are asked for something new again and again. */
async function serving(url: string) {
  const gateways = await Promise.all(
    [1, 2].map(() => startGateway({ env: { REDIS_URL: url, ROWS_MEMORY_MB: '64' } })),
  );
  for (const gateway of gateways) onTestFinished(gateway.close);
  const seen = { answers: 0, errors: [] as unknown[] };
  let id = 3000;
  return {
    seen,
    ask: async () => {
      const answers = await Promise.all(
        gateways.map((gateway) => gateway.ask(query, { id: (id += 1) })),
      );
      seen.answers += answers.length;
      seen.errors.push(...answers.flatMap(({ errors }) => errors ?? []));
    },
    spent: () => gateways.reduce((sum, { sandbox }) => sum + sandbox.requests.length, 0),
  };
}

/** One process that charges callers all over the slots. */
function charging({ client }: ReturnType<typeof connect>) {
  const { log, lines } = recordingLog();
  const quota = createQuota({ redis: client, deadlineMs: 100, now: Date.now, log });
  onTestFinished(quota.close);
  const limits = { requestsPerMinute: undefined, pointsPerMinute: undefined };
  const plan = { ...limits, creditsPerMonth: 1_000_000 };
  const callers = Array.from({ length: 30 }, (_, index) => ({ id: `caller ${index}`, plan }));
  let made = 0;
  const charge = async () => {
    made += 1;
    const cost = { points: 0, credits: 1 };
    return Promise.all(callers.map(async (caller) => quota.charge(caller, cost)));
  };
  return { lines, charge, made: () => made, limit: plan.creditsPerMonth };
}

const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);

test.each([
  ['a Cluster', 'killed', cluster],
  ['a Cluster', 'hanging', cluster],
  ['Sentinels', 'killed', sentinels],
  ['Sentinels', 'hanging', sentinels],
] as const)('%s, master %s', { timeout: 60_000 }, async (_kind, how, start) => {
  const redis = await start();
  onTestFinished(redis.stop);
  const connections = [connect(redis.url, 250), connect(redis.url, undefined)] as const;
  const [timed, untimed] = connections;
  await Promise.all(connections.map(({ ready }) => ready));
  const { seen, ask, spent } = await serving(redis.url);
  const quota = charging(untimed);
  // Who asks nothing of a server that hangs does not know.
  const everywhere = async () => Promise.allSettled(keys.map(async (key) => timed.client.get(key)));
  const serve = async () => {
    await Promise.all([ask(), quota.charge(), everywhere()]);
    await sleep(10);
  };
  for (let round = 0; round < 20; round += 1) await serve();

  const master = await redis.master();
  if (how === 'killed') await master.kill();
  else master.pause();
  const areBack = () => connections.every(({ lines }) => lines.length > 1);
  await vi.waitUntil(async () => {
    await serve();
    return areBack();
  }, PATIENCE);
  for (let round = 0; round < 20; round += 1) await serve();

  for (const { lines } of connections) expect(lines).toMatchObject([LOST, BACK]);
  expect(seen.errors).toEqual([]);
  // What every process has taken is told again to whoever has lost it.
  const usedKey = await monthOf(timed.client);
  await vi.waitUntil(
    async () => Number(await timed.client.hget(usedKey, 'used')) === spent(),
    PATIENCE,
  );
  await vi.waitUntil(async () => {
    await quota.charge();
    return quota.lines.at(-1)?.level === 'info';
  }, PATIENCE);
  for (const charge of await quota.charge()) {
    const used = quota.limit - (charge.credits?.remaining ?? 0);
    expect(used).toBeLessThanOrEqual(quota.made());
    // A replica may lack the last it was not sent yet.
    expect(used).toBeGreaterThanOrEqual(quota.made() - 2);
  }
});

test.each([
  ['a Cluster', cluster],
  ['Sentinels', sentinels],
] as const)('who asks nothing is connected to the new master too: %s', async (_kind, start) => {
  const redis = await start();
  onTestFinished(redis.stop);
  const { client, ready, lines } = connect(redis.url, undefined);
  await ready;
  await client.set('assay:budget:', 1);
  await (await redis.master()).kill();
  await vi.waitUntil(() => lines.length > 1, PATIENCE);
  expect(lines).toMatchObject([LOST, BACK]);
  await expect(client.incr('assay:budget:')).resolves.toBe(2);
});

test('what a node of a Cluster was sent before it hung is not sent again', async () => {
  const redis = await startRedisCluster({ nodeTimeoutMs: 15_000 });
  onTestFinished(redis.stop);
  const { client, ready, lines } = connect(redis.url, undefined);
  await ready;
  await Promise.all(keys.map((key) => client.set(key, 0)));
  const [first] = redis.masters;
  first?.process.pause();
  const answers = Promise.allSettled(keys.map((key) => client.incr(key)));
  await vi.waitUntil(() => lines.length === 1, PATIENCE);
  first?.process.resume();
  const states = new Set((await answers).map(({ status }) => status));
  expect(states).toEqual(new Set(['fulfilled', 'rejected']));
  await vi.waitUntil(() => lines.length > 1, PATIENCE);
  await sleep(200);
  // It reads what it was sent; to whoever sent it, it is as good as lost.
  const counts = await Promise.all(keys.map((key) => client.get(key)));
  expect(counts).toEqual(keys.map(() => '1'));
});

/** The budget of the month, wherever it is. */
async function monthOf(client: ReturnType<typeof connect>['client']): Promise<string> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const keys = await Promise.all(nodes.map((node) => node.keys('assay:budget:*:month:*')));
  const [key] = keys.flat();
  if (key === undefined) throw new Error('expected a budget of the month');
  return key;
}
