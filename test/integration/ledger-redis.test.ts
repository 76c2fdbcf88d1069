import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';

import { createRedis } from '../../src/redis.ts';
import type { Account, Spender } from '../../src/upstreams/ledger/account.ts';
import { createLedger, type LedgerOptions } from '../../src/upstreams/ledger/ledger.ts';
import { createRandom } from '../support/random.ts';
import { recordingLog } from '../support/recording-log.ts';
import { freshPrefix, startRedis } from '../support/redis.ts';

const NOON = Date.parse('2026-11-21T12:00:00.000Z');
const MINUTE = NOON / 60_000;

async function connected(url = inject('redisUrl')) {
  const redis = createRedis(url, { commandTimeoutMs: 10_000, log: recordingLog().log });
  onTestFinished(redis.close);
  await redis.ready;
  return redis.client;
}

/** Replicas of one upstream, each with a connection of its own, under one clock. */
async function replicas(count: number, options: Partial<LedgerOptions> = {}, url?: string) {
  const clock = { ms: NOON };
  const upstream = freshPrefix();
  const { lines, log } = recordingLog();
  const all = await Promise.all(
    Array.from({ length: count }, async () => {
      const ledger = createLedger({
        ...{ upstream, now: () => clock.ms, log, deadlineMs: 20_000 },
        ...{ redis: await connected(url), ...options },
      });
      const open = (estimate: number, priority: Spender['priority'] = 'normal') =>
        ledger.open({ caller: 'alice', priority, operation: () => 'Q', estimate: () => estimate });
      return { ledger, open };
    }),
  );
  const redis = await connected(url);
  return {
    ...{ all, clock, upstream, lines, redis },
    refresh: () => Promise.all(all.map(({ ledger }) => ledger.refresh())),
    /** What Redis holds to be used of a window. */
    used: async (window: string) =>
      Number(await redis.hget(`assay:budget:{${upstream}}:${window}`, 'used')),
  };
}

type Replica = Awaited<ReturnType<typeof replicas>>['all'][number];

function pick(all: readonly Replica[], index: number): Replica {
  const replica = all[index % all.length];
  if (replica === undefined) throw new Error('no replicas');
  return replica;
}

async function admittedOf(accounts: readonly Account[]): Promise<Account[]> {
  const outcomes = await Promise.allSettled(accounts.map((account) => account.admit()));
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason.kind).toBe('budget-exhausted');
  }
  return accounts.filter((_, index) => outcomes[index]?.status === 'fulfilled');
}

test('three replicas share one limit to the last credit', async () => {
  const { all, refresh, used } = await replicas(3, { perMinute: 50 });
  let drawn = 0;
  for (let wave = 0; drawn <= 47; wave += 1) {
    const accounts = Array.from({ length: 200 }, (_, index) => pick(all, index).open(3));
    const admitted = await admittedOf(accounts);
    // All that is left goes to whole reservations.
    expect(admitted).toHaveLength(Math.floor((50 - drawn) / 3));
    await Promise.all(admitted.map((account) => account.draw()));
    drawn += admitted.length;
    for (const account of accounts) account.close();
    await refresh();
    await expect(used(`minute:${MINUTE}`)).resolves.toBe(drawn);
  }

  const small = Array.from({ length: 200 }, (_, index) => pick(all, index).open(1));
  const draws = await Promise.allSettled(small.map((account) => account.draw()));
  drawn += draws.filter(({ status }) => status === 'fulfilled').length;
  expect(drawn).toBe(50);
  await refresh();
  for (const { ledger } of all) {
    expect(ledger.status().minute).toMatchObject({ used: 50, left: 0 });
    expect(ledger.step()).toBe('all-refused');
  }
});

for (const seed of [1, 2, 3]) {
  test(`whatever replicas do at once, what is used is what was drawn (seed ${seed})`, async () => {
    const random = createRandom(seed);
    const { all, clock, refresh, used } = await replicas(3, { perMinute: 60, perMonth: 1_000 });
    for (let round = 0; round < 30; round += 1) {
      clock.ms += random.integer(0, 20_000);
      const isCrowd = random.chance(0.3);
      await Promise.all(
        Array.from({ length: isCrowd ? 40 : 6 }, async (_, index) => {
          const account = pick(all, index).open(random.integer(0, 6));
          if (random.chance(0.8)) await account.admit().catch(() => {});
          for (let request = random.integer(0, 8); request > 0; request -= 1) {
            await account.draw().catch(() => {});
            if (random.chance(0.3)) account.giveBack();
          }
          account.close();
        }),
      );
    }
    await refresh();
    const drawn = all.reduce((sum, { ledger }) => sum + ledger.status().drawn, 0);
    expect(drawn).toBeGreaterThan(200);
    expect(all.map(({ ledger }) => ledger.status().reserved)).toEqual([0, 0, 0]);
    await expect(used('month:2026-11')).resolves.toBe(drawn);
  });
}

test('a refund reaches the minute and month it was taken from', async () => {
  const { all, clock, refresh, used } = await replicas(2, { perMinute: 5, perMonth: 100 });
  const account = pick(all, 0).open(5);
  await account.admit();
  await account.draw();
  clock.ms += 60_000;
  await pick(all, 1).open(3).admit();
  account.close();
  await refresh();

  await expect(used(`minute:${MINUTE}`)).resolves.toBe(1);
  await expect(used(`minute:${MINUTE + 1}`)).resolves.toBe(3);
  await expect(used('month:2026-11')).resolves.toBe(4);
  expect(pick(all, 1).ledger.status()).toMatchObject({ minute: { used: 3 }, month: { used: 4 } });
});

test('a month begins at nothing, and what comes back from the last one stays there', async () => {
  const { all, clock, refresh, used } = await replicas(2, { perMonth: 5 });
  clock.ms = Date.parse('2026-11-30T23:59:59.999Z');
  const account = pick(all, 0).open(5);
  await account.admit();
  await expect(pick(all, 1).open(1).admit()).rejects.toMatchObject({ retryAfterSeconds: 1 });
  clock.ms += 1;
  await pick(all, 1).open(4).admit();
  account.close();
  await refresh();
  await expect(used('month:2026-11')).resolves.toBe(0);
  await expect(used('month:2026-12')).resolves.toBe(4);
});

test('a credit given back by one replica can be taken by another', async () => {
  const { all } = await replicas(2, { perMinute: 5 });
  const [one, two] = [pick(all, 0), pick(all, 1)];
  const account = one.open(5);
  await account.admit();
  await expect(two.open(1).admit()).rejects.toMatchObject({ kind: 'budget-exhausted' });
  account.close();
  await one.ledger.refresh();
  await expect(two.open(5).admit()).resolves.toBeUndefined();
});

test('what a crashed replica had reserved stays counted until its windows end', async () => {
  const { all, clock } = await replicas(2, { perMinute: 40, perMonth: 100 });
  await pick(all, 0).open(30).admit();
  const left = pick(all, 1);

  await expect(left.open(11).admit()).rejects.toMatchObject({ kind: 'budget-exhausted' });
  await left.open(10).admit();
  clock.ms += 60_000;
  await left.open(40).admit();
  expect(left.ledger.status()).toMatchObject({ minute: { used: 40 }, month: { used: 80 } });
});

test('low priority is refused for what others have used, unseen until then', async () => {
  const { all } = await replicas(2, { perMinute: 100 });
  const [one, two] = [pick(all, 0), pick(all, 1)];
  await one.open(95).admit();
  expect(two.ledger.step()).toBe('none');
  await expect(two.open(1, 'low').admit()).rejects.toMatchObject({ retryAfterSeconds: 60 });
  expect(two.ledger.step()).toBe('low-priority-refused');
  await expect(two.open(1).admit()).resolves.toBeUndefined();
});

test('with steps below the whole, all are refused while draws go on', async () => {
  const steps = { longerLifetimes: 0.1, staleFirst: 0.2, lowPriorityRefused: 0.3, allRefused: 0.5 };
  const { all } = await replicas(2, { perMonth: 10, steps });
  const account = pick(all, 0).open(5);
  await account.admit();
  await expect(pick(all, 1).open(1).admit()).rejects.toMatchObject({ kind: 'budget-exhausted' });
  for (let request = 0; request < 10; request += 1) await account.draw();
  await expect(account.draw()).rejects.toMatchObject({ kind: 'budget-exhausted' });
});

test('the keys of an upstream share a slot, and live a little longer than their windows', async () => {
  const server = await startRedis();
  onTestFinished(server.stop);
  const { all, clock, redis, upstream } = await replicas(1, { perMinute: 5 }, server.url);
  clock.ms = NOON + 20_000;
  const { ledger, open } = pick(all, 0);
  const account = open(1);
  await account.admit();
  await account.draw();
  account.bear('/x', 1);
  await ledger.close();

  const keys = (await redis.keys('*')).sort();
  expect(keys).toEqual([
    `assay:budget:{${upstream}}:minute:${MINUTE}`,
    `assay:budget:{${upstream}}:month:2026-11`,
    `assay:spending:{${upstream}}:2026-11-21`,
    expect.stringMatching(/^assay:spending:\{.+\}:flushed:[\w-]{36}$/),
  ]);
  const seconds = await Promise.all(keys.map((key) => redis.ttl(key)));
  const untilDecember = 9 * 86_400 + 12 * 3600 - 20;
  const expected = [40 + 600, untilDecember + 600, 399.5 * 86_400 - 20, 86_400];
  seconds.forEach((ttl, index) => {
    expect(Math.abs(ttl - (expected[index] ?? 0))).toBeLessThan(15);
  });
});

test('a crowd is a handful of commands, and a single demand is one', async () => {
  const server = await startRedis();
  onTestFinished(server.stop);
  const { all } = await replicas(1, { perMinute: 500 }, server.url);
  const { open } = pick(all, 0);
  await open(1).admit();

  const observer = new Redis(server.url);
  const monitor = await observer.monitor();
  onTestFinished(() => [observer, monitor].forEach((client) => client.disconnect()));
  const commands: string[] = [];
  let onOver = () => {};
  const isOver = new Promise<void>((resolve) => (onOver = resolve));
  monitor.on('monitor', (_time: string, [name = ''], source: string) => {
    if (name === 'echo') onOver();
    else if (source !== 'lua') commands.push(name);
  });
  await open(1).admit();
  const accounts = Array.from({ length: 200 }, () => open(2));
  await Promise.all(accounts.map((account) => account.admit()));
  for (const account of accounts) account.close();
  await open(1).admit();
  await observer.echo('over');
  await isOver;

  // Others connect to the same server meanwhile, and ask it how it is.
  expect(commands.filter((name) => name !== 'info')).toEqual(['evalsha', 'evalsha', 'evalsha']);
});

test('a Redis that has forgotten the scripts is told again', async () => {
  const server = await startRedis();
  onTestFinished(server.stop);
  const { all, redis, lines } = await replicas(1, { perMinute: 5 }, server.url);
  const { ledger, open } = pick(all, 0);
  await open(1).admit();
  await redis.script('FLUSH');
  await open(1).admit();
  expect(ledger.status()).toMatchObject({ minute: { used: 2 }, redis: 'used' });
  expect(lines).toEqual([]);
});

test('upstreams do not mix', async () => {
  const { all } = await replicas(1, { perMinute: 1 });
  const other = await replicas(1, { perMinute: 1 });
  await pick(all, 0).open(1).admit();
  await expect(pick(other.all, 0).open(1).admit()).resolves.toBeUndefined();
});
