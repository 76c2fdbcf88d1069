import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';

import { createRest } from '../../src/redis/rest.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startRedis } from '../support/redis.ts';
import { commandsDuring, connect } from '../support/shared-replica.ts';

const pauseMs = 20;

/** A Redis of its own, and a rest of it. */
async function resting(deadlineMs = 200) {
  const server = await startRedis();
  onTestFinished(server.stop);
  const redis = connect(server.url);
  await redis.ping();
  const { lines, log } = recordingLog();
  const rest = createRest({ redis, deadlineMs, pauseMs, log });
  onTestFinished(rest.end);
  const isOver = () => vi.waitUntil(() => !rest.isOn(), { timeout: 10_000, interval: 1 });
  return { server, redis, rest, lines, isOver };
}

test('a rest is over when Redis has carried out a command, which is gone soon', async () => {
  const { server, redis, rest, isOver } = await resting();
  expect(rest.isOn()).toBe(false);
  const commands = await commandsDuring(server.url, undefined, async () => {
    rest.begin();
    rest.begin();
    expect(rest.isOn()).toBe(true);
    await isOver();
    await sleep(5 * pauseMs);
  });
  expect(commands).toEqual([['set', expect.stringMatching(/^assay:probe:/), '', 'PX', '1000']]);
  await vi.waitUntil(async () => (await redis.dbsize()) === 0, { timeout: 5_000 });
});

test.each([
  ['hangs', { stop: 'pause', start: 'resume' }],
  ['is killed', { stop: 'kill', start: 'restart' }],
] as const)(
  'a Redis that %s is left alone for as long, and no longer',
  async (_, { stop, start }) => {
    const { server, rest, isOver } = await resting();
    await server[stop]();
    rest.begin();
    await sleep(500);
    expect(rest.isOn()).toBe(true);
    await server[start]();
    await isOver();
  },
);

test.each([
  ['is full', { stop: ['maxmemory', '1'], start: ['maxmemory', '0'] }],
  [
    'may not write',
    { stop: ['min-replicas-to-write', '1'], start: ['min-replicas-to-write', '0'] },
  ],
] as const)('a Redis that %s answers, and is left alone', async (_, { stop, start }) => {
  const { redis, rest, lines, isOver } = await resting();
  await redis.config('SET', ...stop);
  rest.begin();
  await vi.waitUntil(() => lines.length > 0, { interval: 1 });
  await sleep(5 * pauseMs);
  await expect(redis.ping()).resolves.toBe('PONG');
  expect(rest.isOn()).toBe(true);
  // Who began the rest may have told another reason.
  expect(lines).toMatchObject([
    {
      ...{ level: 'warn', message: 'Redis is left alone: it refuses to write' },
      object: { reason: expect.stringMatching(/^(OOM|NOREPLICAS) /) },
    },
  ]);
  await redis.config('SET', ...start);
  await isOver();
});

test('a Redis that hangs is asked once, however long that takes', async () => {
  const { server, redis, rest, lines, isOver } = await resting(20);
  const set = vi.spyOn(redis, 'set');
  server.pause();
  rest.begin();
  await sleep(25 * pauseMs);
  expect(set).toHaveBeenCalledOnce();
  server.resume();
  await isOver();
  expect(lines).toEqual([]);
});

test('a Redis that was closed is not asked any more', async () => {
  const { redis, rest } = await resting();
  const set = vi.spyOn(redis, 'set');
  redis.disconnect();
  await vi.waitUntil(() => redis.status === 'end');
  rest.begin();
  await sleep(5 * pauseMs);
  expect(set).not.toHaveBeenCalled();
});

/** A Redis of which nothing is asked but how it is, and which is well. */
const wellRedis = { set: () => Promise.resolve('OK' as const), status: 'ready' as const };
const silent = recordingLog().log;

test('where what is small is in time and the rest is not, each rest is longer than the one before', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const rest = createRest({ redis: wellRedis, deadlineMs: 200, log: silent });
  const secondsOf = async () => {
    rest.begin();
    for (let seconds = 0; ; seconds += 1) {
      if (!rest.isOn()) return seconds;
      await vi.advanceTimersByTimeAsync(1_000);
    }
  };
  const rests: number[] = [];
  for (let count = 0; count < 6; count += 1) rests.push(await secondsOf());
  expect(rests).toEqual([1, 2, 4, 8, 16, 16]);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(await secondsOf()).toBe(16);
  // One that has been well for so long begins anew.
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await secondsOf()).toBe(1);
});

test('an answer to what was asked in one rest does not end the next', async () => {
  const answers: (() => void)[] = [];
  const set = () => new Promise<'OK'>((resolve) => answers.push(() => resolve('OK')));
  const redis = { set, status: 'ready' as const };
  const rest = createRest({ redis, deadlineMs: 5_000, pauseMs, log: silent });
  onTestFinished(rest.end);
  rest.begin();
  await vi.waitUntil(() => answers.length === 1, { interval: 1 });
  rest.end();
  expect(rest.isOn()).toBe(false);
  rest.begin();
  answers[0]?.();
  await sleep(0);
  expect(rest.isOn()).toBe(true);
  await vi.waitUntil(() => answers.length === 2, { interval: 1 });
  answers[1]?.();
  await sleep(0);
  expect(rest.isOn()).toBe(false);
});

test('a rest keeps no process from ending', () => {
  const refs = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = refs();
  const rest = createRest({ redis: undefined, deadlineMs: 100, log: silent });
  rest.begin();
  expect(rest.isOn()).toBe(true);
  expect(refs()).toBe(before);
  rest.end();
});
