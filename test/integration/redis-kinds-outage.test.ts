import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

import { createRedis } from '../../src/redis.ts';
import { recordingLog } from '../support/recording-log.ts';
import { redisKinds, type TestRedisKind } from '../support/redis-kinds.ts';

/** What a connection promises, whatever kind of Redis it is to, and however patient its users are. */

const LOST = { level: 'error', message: 'Redis does not answer; carrying on without it' };
const BACK = { level: 'info', message: 'Redis answers again' };
const PATIENCE = { timeout: 25_000, interval: 20 };

const each = describe.each(redisKinds);
const impatiences = [['with timeouts', 300] as const, ['without timeouts', undefined] as const];

each('%s', { timeout: 60_000 }, (_kind, start) => {
  let redis: TestRedisKind;
  beforeAll(async () => {
    redis = await start();
  });
  afterAll(() => redis.stop());

  const kill = () => Promise.all(redis.servers.map((one) => one.kill()));
  const restart = () => Promise.all(redis.servers.map((one) => one.restart()));
  const pause = () => redis.servers.forEach((one) => one.pause());

  function connect(commandTimeoutMs: number | undefined, url = redis.url) {
    const { lines, log } = recordingLog();
    const connection = createRedis(url, { commandTimeoutMs, log });
    onTestFinished(connection.close);
    return { ...connection, lines };
  }

  test.each(impatiences)('down from the start, %s: nothing waits', async (_, timeoutMs) => {
    await kill();
    const { client, ready, lines } = connect(timeoutMs);
    await ready;
    await expect(client.get('key')).rejects.toThrow();

    await restart();
    await vi.waitUntil(() => lines.length > 1, PATIENCE);
    await expect(Promise.all(keys.map((key) => client.incr(key)))).resolves.toHaveLength(50);
    expect(lines).toMatchObject([LOST, BACK]);
  });

  test.each(impatiences)('lost twice, %s: a line at each begin and end', async (_, timeoutMs) => {
    const { client, ready, lines } = connect(timeoutMs);
    await ready;
    for (const outages of [1, 2]) {
      await kill();
      await vi.waitUntil(() => lines.length === 2 * outages - 1, PATIENCE);
      await expect(client.get('key')).rejects.toThrow();
      await restart();
      await vi.waitUntil(() => lines.length === 2 * outages, PATIENCE);
      await expect(client.ping()).resolves.toBe('PONG');
      expect(lines).toMatchObject(Array.from({ length: outages }, () => [LOST, BACK]).flat());
    }
  });

  test('killed with commands on their way: they fail, and are not sent again', async () => {
    const { client, ready, lines } = connect(undefined);
    await ready;
    await Promise.all(keys.map((key) => client.set(key, 0)));
    pause();
    const answers = keys.map((key) => client.incr(key));
    const failed = Promise.allSettled(answers);
    await sleep(100);
    await restart();
    const states = (await failed).map(({ status }) => status);
    expect(new Set(states)).toEqual(new Set(['rejected']));

    await vi.waitUntil(() => lines.length > 1, PATIENCE);
    const counts = await Promise.all(keys.map((key) => client.get(key)));
    expect(new Set(counts)).toEqual(new Set([null]));
    expect(lines).toMatchObject([LOST, BACK]);
  });

  test('a wrong password is told, and no password is', async () => {
    const url = redis.url.replace(/\/\/[^@]*@|\/\//, '//nobody:wrong-password@');
    const { client, ready, lines } = connect(500, url);
    await ready;
    await expect(client.get('key')).rejects.toThrow();
    expect(lines).toMatchObject([LOST]);
    expect(JSON.stringify(lines)).toContain('WRONGPASS');
    expect(JSON.stringify(lines)).not.toContain('wrong-password');
    expect(JSON.stringify(lines)).not.toContain('tinel');
  });

  const states = ['up', 'hanging', 'killed'];
  test.each(states)('closing never throws nor waits for long: %s', async (state) => {
    const { client, ready, close, lines } = connect(undefined);
    await ready;
    if (state === 'killed') {
      await kill();
      onTestFinished(async () => void (await restart()));
      await vi.waitUntil(() => lines.length > 0, PATIENCE);
    }
    if (state === 'hanging') {
      pause();
      onTestFinished(() => redis.servers.forEach((one) => one.resume()));
    }
    const before = lines.length;
    await close();
    await close();
    await expect(client.ping()).rejects.toThrow();
    expect(lines).toHaveLength(before);
  });
});

const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
