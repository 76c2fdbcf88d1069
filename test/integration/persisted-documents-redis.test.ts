import { createSchema, createYoga } from 'graphql-yoga';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';

import { sha256Hex } from '../../src/documents/hash.ts';
import { createDocumentStore } from '../../src/documents/store.ts';
import { createPersistedDocuments } from '../../src/plugins/persisted-documents.ts';
import { startRedis } from '../support/redis.ts';

const QUERY = '{ answer }';
const DATA = { data: { answer: 42 } };
const MISS = {
  errors: [
    { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
  ],
};

async function ownRedis() {
  const server = await startRedis();
  onTestFinished(server.stop);
  return server;
}

/** Unlike `events.once`, goes on waiting through the errors of a server that is away. */
const untilIs = (redis: Redis, status: 'ready' | 'close') =>
  new Promise((resolve) => redis.once(status, resolve));

/** As the gateway's own client: it fails fast, and never queues while there is no connection. */
async function connect(url: string) {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: 100,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 10,
  });
  redis.on('error', () => {});
  onTestFinished(() => redis.disconnect());
  if (redis.status !== 'ready') await untilIs(redis, 'ready');
  return redis;
}

/** One process of the gateway: its own memory, a Redis it may share. */
function instance(redis: Redis) {
  const commands: string[] = [];
  const outages: unknown[] = [];
  const tampered: string[] = [];
  const clock = { time: 0 };
  const store = createDocumentStore({
    redis: {
      get: (key) => {
        commands.push('GET');
        return redis.get(key);
      },
      set: (key, value, unit, seconds) => {
        commands.push('SET');
        return redis.set(key, value, unit, seconds);
      },
    },
    ttlSeconds: 600,
    pauseMs: 1_000,
    now: () => clock.time,
    onOutage: (error) => outages.push(error),
    onTampered: (hash) => tampered.push(hash),
  });
  const puts: Promise<void>[] = [];
  const documents = createPersistedDocuments({
    mode: 'apq',
    store: {
      ...store,
      put: (hash, text) => {
        const put = store.put(hash, text);
        puts.push(put);
        return put;
      },
    },
  });
  const yoga = createYoga({
    logging: false,
    schema: createSchema({
      typeDefs: 'type Query { answer: Int }',
      resolvers: { Query: { answer: () => 42 } },
    }),
    plugins: [documents.resolve, documents.remember],
  });
  const send = async (text: string, withText: boolean): Promise<unknown> => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256Hex(text) } };
    const response = await yoga.fetch('http://assay.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ extensions, ...(withText && { query: text }) }),
    });
    expect(response.status).toBe(200);
    return response.json();
  };
  return {
    ask: (text = QUERY) => send(text, false),
    register: (text = QUERY) => send(text, true),
    /** Redis has what was registered, or has failed to take it. */
    settled: () => Promise.all(puts),
    commands,
    outages,
    tampered,
    clock,
  };
}

test('a document registered with one process is known to the next, and to one that starts later', async () => {
  const { url } = await ownRedis();
  const redis = await connect(url);
  const [first, second] = [instance(redis), instance(await connect(url))];
  expect(await second.ask()).toEqual(MISS);
  expect(await first.register()).toEqual(DATA);
  await first.settled();

  expect(await second.ask()).toEqual(DATA);
  expect(await second.ask()).toEqual(DATA);
  expect(second.commands).toEqual(['GET', 'GET']);
  const ttl = await redis.ttl(`assay:document:${sha256Hex(QUERY)}`);
  expect(ttl).toBeGreaterThan(0);
  expect(ttl).toBeLessThanOrEqual(600);
  expect(await redis.keys('*')).toEqual([`assay:document:${sha256Hex(QUERY)}`]);
});

test('a document changed in Redis is not run', async () => {
  const { url } = await ownRedis();
  const redis = await connect(url);
  const { ask, register, settled, tampered } = instance(redis);
  const key = `assay:document:${sha256Hex(QUERY)}`;
  await redis.set(key, '{ answer secret: __typename }');
  expect(await ask()).toEqual(MISS);
  expect(tampered).toEqual([sha256Hex(QUERY)]);
  expect(await register()).toEqual(DATA);
  await settled();
  expect(await redis.get(key)).toBe(QUERY);
  // The client as it is, without the test's notes around it.
  expect(await createDocumentStore({ redis }).get(sha256Hex(QUERY))).toBe(QUERY);
});

test('Redis killed in the middle: requests go on, and find it again when it is back', async () => {
  const server = await ownRedis();
  const redis = await connect(server.url);
  const [first, second] = [instance(redis), instance(await connect(server.url))];
  await first.register();
  await first.settled();
  expect(await second.ask()).toEqual(DATA);

  const closed = untilIs(redis, 'close');
  await server.kill();
  await closed;
  const other = '{ other: answer }';
  expect(await first.ask()).toEqual(DATA);
  expect(await first.ask(other)).toEqual(MISS);
  expect(await first.register(other)).toEqual({ data: { other: 42 } });
  await first.settled();
  expect(await first.ask(other)).toEqual({ data: { other: 42 } });
  for (const n of [1, 2, 3]) expect(await first.ask(`{ unknown${n}: answer }`)).toEqual(MISS);
  expect(first.outages).toHaveLength(1);
  expect(first.commands).toEqual(['SET', 'GET']);

  const ready = untilIs(redis, 'ready');
  await server.restart();
  await ready;
  first.clock.time = 1_000;
  const third = '{ third: answer }';
  await first.register(third);
  await first.settled();
  expect(await redis.get(`assay:document:${sha256Hex(third)}`)).toBe(third);
  expect(first.outages).toHaveLength(1);
});

test('no Redis from the start is one process for itself', async () => {
  const server = await ownRedis();
  const redis = await connect(server.url);
  const closed = untilIs(redis, 'close');
  await server.kill();
  await closed;
  const { ask, register, outages } = instance(redis);
  expect(await ask()).toEqual(MISS);
  expect(await register()).toEqual(DATA);
  expect(await ask()).toEqual(DATA);
  expect(outages).toHaveLength(1);
});

test('a Redis that hangs holds up one request in a pause, and no registration', async () => {
  const server = await ownRedis();
  const { ask, register, settled, commands, outages, clock } = instance(await connect(server.url));
  server.pause();
  // Answered while Redis still hangs with the SET: the text is sent once, whatever Redis does.
  expect(await register()).toEqual(DATA);
  expect(await ask()).toEqual(DATA);
  expect(outages).toEqual([]);
  await settled();
  expect(outages).toEqual([new Error('Command timed out')]);
  for (const n of [1, 2, 3, 4]) expect(await ask(`{ unknown${n}: answer }`)).toEqual(MISS);
  expect(commands).toEqual(['SET']);
  clock.time = 1_000;
  const unknown = [5, 6, 7, 8].map((n) => ask(`{ unknown${n}: answer }`));
  expect(await Promise.all(unknown)).toEqual([MISS, MISS, MISS, MISS]);
  expect(commands).toEqual(['SET', 'GET']);
  expect(outages).toHaveLength(1);
  server.resume();
});
