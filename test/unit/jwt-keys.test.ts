import { createLocalJWKSet, exportJWK, generateKeyPair } from 'jose';
import { expect, it } from 'vitest';
import type { PublishedKeys } from '../../src/callers/jwt/fetch-keys.ts';
import { createKeySet } from '../../src/callers/jwt/key-set.ts';
import { recordingLog } from '../support/recording-log.ts';

const { publicKey } = await generateKeyPair('ES256');
const jwk = await exportJWK(publicKey);
const minute = 60_000;

/** Keys whose fetches are answered by hand. */
function world() {
  const clock = { nowMs: 1_000_000 };
  const flights: { resolve: (keys: PublishedKeys) => void; reject: (error: Error) => void }[] = [];
  const fetcher = {
    fetch: () =>
      new Promise<PublishedKeys>((resolve, reject) => {
        flights.push({ resolve, reject });
      }),
    close: () => Promise.resolve(),
  };
  const { log, lines } = recordingLog();
  const keys = createKeySet({ fetcher, now: () => clock.nowMs, log });
  const kindOf = async (kid: string) => (await keys.find({ alg: 'ES256', kid })).kind;
  /** Answers the fetch under way with one key. */
  const publish = (kid: string) =>
    flights.at(-1)?.resolve({ text: kid, find: createLocalJWKSet({ keys: [{ ...jwk, kid }] }) });
  return { clock, flights, lines, keys, kindOf, publish };
}

/** A world whose keys were fetched at its first moment. */
async function startedWorld() {
  const started = world();
  const warm = started.keys.warm();
  started.publish('a');
  await warm;
  return started;
}

it('those who ask while the first fetch is under way wait for it and start no other', async () => {
  const { flights, kindOf, keys, publish } = world();
  const asked = [kindOf('a'), kindOf('a'), kindOf('b')];
  void keys.warm();
  publish('a');
  expect(await Promise.all(asked)).toEqual(['key', 'key', 'unknown-key']);
  expect(flights.length).toBe(1);
});

it('an unknown key is looked for once in thirty seconds', async () => {
  const { clock, flights, kindOf } = await startedWorld();
  const count = flights.length;
  clock.nowMs += 29_999;
  expect(await kindOf('b')).toBe('unknown-key');
  expect(flights.length).toBe(count);
  clock.nowMs += 1;
  const asked = [kindOf('b'), kindOf('c')];
  await new Promise(setImmediate);
  flights.at(-1)?.reject(new Error('down'));
  expect(await Promise.all(asked)).toEqual(['unknown-key', 'unknown-key']);
  expect(flights.length).toBe(count + 1);
});

it('a fetch that failed is tried again after five seconds, and told once until it succeeds', async () => {
  const { clock, flights, lines, keys, kindOf, publish } = world();
  for (const count of [1, 2, 3]) {
    const asked = kindOf('a');
    expect(flights.length).toBe(count);
    flights.at(-1)?.reject(new Error('down'));
    expect(await asked).toBe('keys-unavailable');
    clock.nowMs += 4_999;
    expect(await kindOf('a')).toBe('keys-unavailable');
    expect(flights.length).toBe(count);
    clock.nowMs += 1;
  }
  const asked = kindOf('a');
  publish('a');
  expect(await asked).toBe('key');
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  clock.nowMs += 5_000;
  expect(await kindOf('b')).toBe('unknown-key');
  expect(flights.length).toBe(4);
  expect(keys.generation()).toBe(1);
});

it('keys of ten minutes are used while new ones are fetched, be it for a remembered token', async () => {
  const { clock, flights, keys, kindOf } = await startedWorld();
  const count = flights.length;
  clock.nowMs += 10 * minute - 1;
  expect([await kindOf('a'), keys.generation(), flights.length]).toEqual(['key', 1, count]);
  clock.nowMs += 1;
  expect([keys.generation(), flights.length]).toEqual([1, count + 1]);
  expect([await kindOf('a'), flights.length]).toEqual(['key', count + 1]);
});

it('keys of twenty minutes wait for the news, unless the issuer is known to be down', async () => {
  const { clock, flights, kindOf, publish } = await startedWorld();
  clock.nowMs += 20 * minute;
  const asked = kindOf('a');
  publish('b');
  expect(await asked).toBe('unknown-key');
  clock.nowMs += 20 * minute;
  const second = kindOf('b');
  flights.at(-1)?.reject(new Error('down'));
  expect(await second).toBe('key');
  clock.nowMs += 5_000;
  const count = flights.length;
  // This fetch is never answered.
  expect(await kindOf('b')).toBe('key');
  expect(flights.length).toBe(count + 1);
});

it('keys are as old as the question, not as the answer', async () => {
  const { clock, keys, publish } = world();
  const warm = keys.warm();
  clock.nowMs += 4_000;
  publish('a');
  await warm;
  clock.nowMs += 24 * 60 * minute - 4_000;
  expect(keys.generation()).toBeUndefined();
});

it('keys are fetched anew when the clock was set back: nobody knows how old they are', async () => {
  const { clock, flights, kindOf, publish } = await startedWorld();
  clock.nowMs -= 60 * minute;
  expect(await kindOf('a')).toBe('key');
  expect(flights.length).toBe(2);
  publish('b');
  await new Promise(setImmediate);
  expect(await kindOf('b')).toBe('key');
  clock.nowMs += 10 * minute - 1;
  await kindOf('b');
  expect(flights.length).toBe(2);
});
