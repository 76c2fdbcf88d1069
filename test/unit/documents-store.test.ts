import { describe, expect, test } from 'vitest';

import { sha256Hex } from '../../src/documents/hash.ts';
import { indexManifests } from '../../src/documents/manifest.ts';
import type { DocumentRedis } from '../../src/documents/store.ts';
import { createDocumentStore } from '../../src/documents/store.ts';

const textOf = (n: number) => `query Q${n} { __typename }`;
const hashOf = (n: number) => sha256Hex(textOf(n));

/** A Redis in a Map that writes down every command, and fails or hangs when told. */
function fakeRedis() {
  const values = new Map<string, string>();
  const commands: string[] = [];
  let isDown = false;
  const answer = <T>(value: T): Promise<T> =>
    isDown ? Promise.reject(new Error('Command timed out')) : Promise.resolve(value);
  const redis: DocumentRedis = {
    get(key) {
      commands.push(`GET ${key}`);
      return answer(values.get(key) ?? null);
    },
    set(key, value, unit, seconds) {
      commands.push(`SET ${key} ${unit} ${seconds}`);
      if (!isDown) values.set(key, value);
      return answer('OK');
    },
  };
  return {
    redis,
    values,
    commands,
    setDown: (down: boolean) => {
      isDown = down;
    },
  };
}

describe('the memory of one process is bounded', () => {
  test('by count: the least recently used document goes', async () => {
    const store = createDocumentStore({ documentsMax: 3 });
    for (const n of [1, 2, 3]) await store.put(hashOf(n), textOf(n));
    await store.get(hashOf(1));
    await store.put(hashOf(4), textOf(4));
    const kept = await Promise.all([1, 2, 3, 4].map((n) => store.get(hashOf(n))));
    expect(kept).toEqual([textOf(1), undefined, textOf(3), textOf(4)]);
  });

  test('by bytes: many large documents do not stay', async () => {
    const store = createDocumentStore({ documentsMax: 1_000, bytesMax: 10_000 });
    const large = Array.from({ length: 10 }, (_, n) => `{ a${n} } #${'é'.repeat(1_500)}`);
    for (const text of large) await store.put(sha256Hex(text), text);
    const kept = await Promise.all(large.map((text) => store.get(sha256Hex(text))));
    expect(kept.filter((text) => text !== undefined)).toHaveLength(3);
  });

  test('one document above the bound is not stored and does not empty the store', async () => {
    const store = createDocumentStore({ bytesMax: 1_000 });
    await store.put(hashOf(1), textOf(1));
    const huge = `{ a } #${'x'.repeat(2_000)}`;
    await store.put(sha256Hex(huge), huge);
    expect(await store.get(sha256Hex(huge))).toBeUndefined();
    expect(await store.get(hashOf(1))).toBe(textOf(1));
  });

  test('registered documents do not push out trusted ones', async () => {
    const trusted = indexManifests([{ name: 'm.json', text: '{"home":"{ a }"}' }]);
    const store = createDocumentStore({ trusted, documentsMax: 1 });
    for (const n of [1, 2, 3]) await store.put(hashOf(n), textOf(n));
    expect(store.getTrusted('home')?.body).toBe('{ a }');
    expect(store.getTrusted(hashOf(3))).toBeUndefined();
  });
});

describe('Redis', () => {
  test('is written once with an expiry, and read once', async () => {
    const { redis, commands } = fakeRedis();
    const writer = createDocumentStore({ redis, ttlSeconds: 60 });
    await writer.put(hashOf(1), textOf(1));
    await writer.put(hashOf(1), textOf(1));
    await writer.get(hashOf(1));
    const reader = createDocumentStore({ redis });
    expect(await reader.get(hashOf(1))).toBe(textOf(1));
    expect(await reader.get(hashOf(1))).toBe(textOf(1));
    const key = `assay:document:${hashOf(1)}`;
    expect(commands).toEqual([`SET ${key} EX 60`, `GET ${key}`]);
  });

  test('cannot say what a hash means', async () => {
    const { redis, values } = fakeRedis();
    const tampered: string[] = [];
    const store = createDocumentStore({ redis, onTampered: (hash) => tampered.push(hash) });
    values.set(`assay:document:${hashOf(1)}`, '{ deleteEverything }');
    expect(await store.get(hashOf(1))).toBeUndefined();
    expect(tampered).toEqual([hashOf(1)]);
    await store.put(hashOf(1), textOf(1));
    expect(values.get(`assay:document:${hashOf(1)}`)).toBe(textOf(1));
  });

  test('that was down is asked again though the clock was set back', async () => {
    const { redis, commands, setDown } = fakeRedis();
    let time = 3_600_000;
    const store = createDocumentStore({ redis, now: () => time });
    setDown(true);
    await store.get(hashOf(1));
    await store.get(hashOf(1));
    time = 0;
    await store.get(hashOf(1));
    expect(commands).toHaveLength(2);
  });

  test('that is down costs one request in a pause, is reported once, and is found again', async () => {
    const { redis, commands, setDown } = fakeRedis();
    const outages: unknown[] = [];
    let time = 0;
    const store = createDocumentStore({
      redis,
      pauseMs: 100,
      onOutage: (error) => outages.push(error),
      now: () => time,
    });
    setDown(true);
    for (const n of [1, 2, 3]) expect(await store.get(hashOf(n))).toBeUndefined();
    await store.put(hashOf(4), textOf(4));
    expect(commands).toHaveLength(1);
    expect(await store.get(hashOf(4))).toBe(textOf(4));

    time = 100;
    await Promise.all([1, 2, 3].map((n) => store.get(hashOf(n))));
    expect(commands).toHaveLength(2);
    expect(outages).toEqual([new Error('Command timed out')]);

    setDown(false);
    time = 200;
    await store.get(hashOf(5));
    await store.put(hashOf(6), textOf(6));
    expect(commands).toHaveLength(4);

    setDown(true);
    await store.get(hashOf(7));
    expect(outages).toHaveLength(2);
  });
});
