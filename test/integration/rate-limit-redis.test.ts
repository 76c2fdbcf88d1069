import { Redis } from 'ioredis';
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest';

import { createRedis } from '../../src/redis.ts';
import { type Limits, rateLimitedApp } from '../support/rate-limited-app.ts';
import { recordingLog } from '../support/recording-log.ts';
import { freshPrefix, startRedis } from '../support/redis.ts';

/** Callers of this test alone: the Redis of the run is shared. */
let alice: string;
let bob: string;
beforeEach(() => {
  const prefix = freshPrefix();
  alice = `${prefix}alice`;
  bob = `${prefix}bob`;
});

async function connected(url = inject('redisUrl')) {
  const redis = createRedis(url, { commandTimeoutMs: 2_000, log: recordingLog().log });
  onTestFinished(redis.close);
  await redis.ready;
  return redis.client;
}

async function gateway(limits: Limits, url?: string) {
  return rateLimitedApp({ limits, redis: await connected(url) });
}

/** Commands that clients send to a Redis of their own while `act` runs, as words. */
async function commandsDuring(url: string, act: () => Promise<unknown>): Promise<string[][]> {
  const observer = new Redis(url);
  const monitor = await observer.monitor();
  onTestFinished(() => [observer, monitor].forEach((client) => client.disconnect()));
  const commands: string[][] = [];
  const isOver = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, words: string[], source: string) => {
      if (words[0] === 'echo' && words[1] === 'over') resolve();
      // What a script does within the server is not a command of ours.
      else if (source !== 'lua') commands.push(words);
    });
  });
  await act();
  await observer.echo('over');
  await isOver;
  return commands;
}

/** A gateway with its own Redis that knows the script already. */
async function ownGateway(limits: Limits = {}) {
  const server = await startRedis();
  onTestFinished(server.stop);
  const app = await gateway(limits, server.url);
  await app.ask('{ cheap }', 'warm-up');
  return { ...app, url: server.url };
}

test('twenty list items are one command', async () => {
  const { ask, url } = await ownGateway();

  const commands = await commandsDuring(url, async () => {
    const { body } = await ask('{ tokens(first: 20) { grade } }', alice);
    expect(body.data.tokens).toHaveLength(20);
  });

  expect(commands).toHaveLength(1);
  expect(commands[0]).toEqual([
    'evalsha',
    expect.any(String),
    '1',
    expect.stringMatching(/^assay:rate:1000\/3600:[\w-]{43}$/),
    '1000',
    '3600000',
    '20',
  ]);
});

test('operations of one tick are one command per limit, however many callers', async () => {
  const { ask, url } = await ownGateway({ cheap: { limit: 10, duration: 60 } });

  const commands = await commandsDuring(url, () =>
    Promise.all([ask('{ cheap costly }', alice), ask('{ a: cheap b: cheap costly }', bob)]),
  );

  const counts = commands.map((words) => [
    words[0],
    ...words.slice(3).filter((w) => /^\d+$/.test(w)),
  ]);
  expect(counts).toEqual([
    ['evalsha', '10', '60000', '1', '2'],
    ['evalsha', '1000', '3600000', '1', '1'],
  ]);
});

test('fields without a limit cost Redis nothing', async () => {
  const { ask, url } = await ownGateway();
  const commands = await commandsDuring(url, () => ask('{ free tokens(first: 20) { freeGrade } }'));
  expect(commands).toEqual([]);
});

test('limited fields load in one batch when Redis has answered', async () => {
  const { ask, batches } = await gateway({ grade: { limit: 30, duration: 60 } });
  await ask('{ cheap tokens(first: 20) { grade } }', alice);
  expect(batches.map(({ length }) => length)).toEqual([20]);
});

test('a list that exceeds what is left gets what is left, in order', async () => {
  const { ask } = await gateway({ grade: { limit: 5, duration: 60 } });
  await ask('{ tokens(first: 3) { grade } }', alice);

  const { body, headers } = await ask('{ tokens(first: 4) { grade } }', alice);

  expect(body.data.tokens.map(({ grade }: { grade: number | null }) => grade)).toEqual([
    0,
    1,
    null,
    null,
  ]);
  expect(body.errors.map(({ path }: { path: unknown }) => path)).toEqual([
    ['tokens', 2, 'grade'],
    ['tokens', 3, 'grade'],
  ]);
  expect(body.errors[0].extensions).toMatchObject({ code: 'RATE_LIMITED', limit: 5 });
  expect(headers.get('retry-after')).toBe('60');
});

test('gateways that share a Redis share the limits', async () => {
  const limits = { cheap: { limit: 3, duration: 60 } };
  const [one, two] = [await gateway(limits), await gateway(limits)];

  const [first, second] = await Promise.all([
    one.ask('{ a: cheap b: cheap }', alice),
    two.ask('{ a: cheap b: cheap }', alice),
  ]);

  const answers = [first, second].flatMap(({ body }) => Object.values(body.data));
  expect(answers.filter((answer) => answer === 'cheap')).toHaveLength(3);
});

test('neither callers nor limits mix', async () => {
  const { ask } = await gateway({
    cheap: { limit: 2, duration: 60 },
    costly: { limit: 2, duration: 60 },
    grade: { limit: 3, duration: 3600 },
  });
  await ask('{ a: cheap b: cheap c: cheap }', alice);

  expect((await ask('{ cheap costly tokens(first: 3) { grade } }', alice)).body.data).toEqual({
    cheap: null,
    costly: 'costly',
    tokens: [{ grade: 0 }, { grade: 1 }, { grade: 2 }],
  });
  expect((await ask('{ cheap }', bob)).body.data).toEqual({ cheap: 'cheap' });
});

test('a window ends when its key expires, and refused uses do not prolong it', async () => {
  const { ask, url } = await ownGateway({ cheap: { limit: 1, duration: 60 } });
  const redis = await connected(url);
  await redis.flushdb();
  await ask('{ cheap }', alice);
  const [key = ''] = await redis.keys('*');
  await redis.pexpire(key, 20_999);

  const { body, headers } = await ask('{ cheap }', alice);
  expect(body.data).toEqual({ cheap: null });
  expect(headers.get('retry-after')).toBe('21');
  await expect(redis.get(key)).resolves.toBe('1');
  await expect(redis.pttl(key)).resolves.toBeLessThanOrEqual(20_999);

  await redis.del(key);
  expect((await ask('{ cheap }', alice)).body.data).toEqual({ cheap: 'cheap' });
  await expect(redis.pttl(key)).resolves.toBeGreaterThan(50_000);
});

test('a counter that lost its expiry gets one again', async () => {
  const { ask, url } = await ownGateway({ cheap: { limit: 1, duration: 60 } });
  const redis = await connected(url);
  await redis.flushdb();
  await ask('{ cheap }', alice);
  const [key = ''] = await redis.keys('*');
  await redis.persist(key);

  expect((await ask('{ cheap }', alice)).headers.get('retry-after')).toBe('60');
  await expect(redis.pttl(key)).resolves.toBeGreaterThan(0);
});

test('a Redis that has forgotten the script is told again', async () => {
  const { ask, url, lines } = await ownGateway({ cheap: { limit: 2, duration: 60 } });
  const redis = await connected(url);
  await redis.script('FLUSH');

  const { body } = await ask('{ a: cheap b: cheap c: cheap costly }', alice);

  expect(body.data).toEqual({ a: 'cheap', b: 'cheap', c: null, costly: 'costly' });
  expect(lines).toEqual([]);
});

test('the name of a caller is not written to Redis', async () => {
  const { ask, url } = await ownGateway();
  await ask('{ cheap }', 'secret-key');
  const keys = await (await connected(url)).keys('*');
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.join()).not.toContain('secret-key');
});
