import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';

import { sha256Hex } from '../../src/documents/hash.ts';
import { startAdmin, sum, top } from '../support/admin.ts';
import { startRedis } from '../support/redis.ts';

/** What Redis is asked for, what came of it and how long it took, as Prometheus reads it. */

const commands = 'assay_redis_commands_total';
const durations = 'assay_redis_round_trip_duration_seconds';
const uses = ['budget', 'documents', 'keys', 'quotas', 'rate-limits', 'rows', 'spending'];

async function start() {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const started = await startAdmin({ REDIS_URL: redis.url });
  const told = async (outcome: string) =>
    (await started.metrics()).of(commands, 'use', { outcome });
  return { ...started, redis, told };
}

test('every command is counted by what it is for, and waited for in a round trip', async () => {
  const { gateway, metrics, told } = await start();
  const before = await told('answered');
  expect(Object.keys(before).sort()).toEqual(uses);

  await gateway.ask(top('Shared'));
  const query = '{ __typename }';
  const persistedQuery = { version: 1, sha256Hash: sha256Hex(query) };
  await gateway.ask(query, {}, { body: { extensions: { persistedQuery } } });
  const { of } = await metrics();
  const answered = of(commands, 'use', { outcome: 'answered' });
  for (const use of ['quotas', 'rate-limits', 'rows', 'budget', 'documents']) {
    expect([use, Number(answered[use]) > Number(before[use])]).toEqual([use, true]);
  }
  expect(before['keys']).toBeGreaterThan(0);
  const trips = of(`${durations}_count`, 'use');
  for (const use of uses) {
    expect([use, Number(trips[use]) > 0]).toEqual([use, Number(answered[use]) > 0]);
    expect(of(`${durations}_bucket`, 'le', { use })['+Inf']).toBe(trips[use]);
  }
  for (const outcome of ['refused', 'lost']) {
    expect(of(commands, 'use', { outcome })).toEqual(
      Object.fromEntries(uses.map((use) => [use, 0])),
    );
  }
});

test('no script is left out', async () => {
  const { gateway, redis, told } = await start();
  await gateway.ask(top('Shared'));
  // Others are told that it failed.
  gateway.sandbox.faults.set({ path: '/v2/fundamental-grade', status: 404 });
  await gateway.ask('{ topTokens(first: 3) { nodes { fundamentalGrade { grade } } } }');
  const own = new Redis(redis.url);
  onTestFinished(() => own.disconnect());
  const carriedOut = async () => {
    const info = await own.info('commandstats');
    return sum([...info.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].map(([, n]) => Number(n)));
  };
  await vi.waitFor(async () => {
    const { keys: _keys, documents: _documents, ...scripts } = await told('answered');
    expect(sum(Object.values(scripts))).toBe(await carriedOut());
  });
});

test('what is looked up in the books is counted, too', async () => {
  const { get, redis, told } = await start();
  const own = new Redis(redis.url);
  onTestFinished(() => own.disconnect());
  const looks = async () =>
    Number(/cmdstat_hgetall:calls=(\d+)/.exec(await own.info('commandstats'))?.[1] ?? 0);
  const { spending = NaN } = await told('answered');
  const before = await looks();
  expect((await get('/spending')).status).toBe(200);
  const carriedOut = (await looks()) - before;
  expect(carriedOut).toBeGreaterThan(0);
  // Nothing was spent that would have had to be written first.
  expect(await told('answered')).toMatchObject({ spending: spending + carriedOut });
});

test('commands of one turn are one round trip', async () => {
  const { gateway, metrics } = await start();
  const counted = async () => {
    const { of } = await metrics();
    const trips = of(`${durations}_count`, 'use')['quotas'] ?? NaN;
    return { trips, commands: of(commands, 'use', { outcome: 'answered' })['quotas'] ?? NaN };
  };
  await gateway.ask('{ __typename }');
  const before = await counted();
  await Promise.all(Array.from({ length: 5 }, () => gateway.ask('{ __typename }')));
  const after = await counted();
  expect(after.commands - before.commands).toBe(5);
  expect(after.trips - before.trips).toBeLessThan(5);
});

test('what Redis does not carry out is refused, and takes its time', async () => {
  const { gateway, redis, metrics, told } = await start();
  await gateway.ask('{ __typename }');
  const own = new Redis(redis.url);
  onTestFinished(() => own.disconnect());
  const trips = async () => (await metrics()).of(`${durations}_count`, 'use')['quotas'];
  const before = await trips();
  await own.config('SET', 'maxmemory', '1');
  await gateway.ask('{ __typename }');
  expect(await told('refused')).toMatchObject({ quotas: 1 });
  expect(await trips()).toBe(Number(before) + 1);
});

test('what nobody answers is lost, and tells no time', async () => {
  const { gateway, redis, metrics, told } = await start();
  await gateway.ask('{ __typename }');
  const seconds = async () => (await metrics()).of(`${durations}_count`, 'use')['quotas'];
  const before = await seconds();
  await redis.kill();
  await gateway.ask('{ __typename }');
  await vi.waitFor(async () => expect(await told('lost')).toMatchObject({ quotas: 1 }));
  expect(await seconds()).toBe(before);
});
