import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';

import { createKey, hashOf, holdsKey, prefixOf } from '../../src/callers/keys/key.ts';

/** What a key looks like, and what never was one. */

test('a key tells its prefix, holds 32 random bytes, and is stored as its SHA-256', () => {
  const { key, prefix, hash } = createKey();
  expect(key).toMatch(/^assay_[a-z0-9]{8}_[\w-]{49}$/);
  expect(prefixOf(key)).toBe(prefix);
  expect(key.slice(6, 14)).toBe(prefix);
  expect(Buffer.from(key.slice(15, 58), 'base64url')).toHaveLength(32);
  expect(hash).toBe(createHash('sha256').update(key).digest('hex'));
  expect(hashOf(key)).toBe(hash);
});

test('no two keys share a prefix, a secret or a hash, and prefixes use all of their letters', () => {
  const keys = Array.from({ length: 2_000 }, createKey);
  const secrets = keys.map(({ key }) => key.slice(15, 58));
  expect(new Set(keys.map(({ prefix }) => prefix)).size).toBe(keys.length);
  expect(new Set(secrets).size).toBe(keys.length);
  expect(new Set(keys.map(({ hash }) => hash)).size).toBe(keys.length);
  expect(new Set(keys.flatMap(({ prefix }) => [...prefix])).size).toBe(36);
});

test('any one character that is mistyped is noticed without a lookup', () => {
  const { key } = createKey();
  for (let at = 0; at < key.length; at += 1) {
    for (const other of ['a', 'b', '7', '-', 'é']) {
      const typo = key.slice(0, at) + other + key.slice(at + 1);
      if (typo !== key) expect([typo, prefixOf(typo)]).toEqual([typo, undefined]);
    }
  }
});

test('any two neighbours that are swapped are noticed', () => {
  const { key } = createKey();
  for (let at = 0; at + 1 < key.length; at += 1) {
    const swapped = `${key.slice(0, at)}${key[at + 1]}${key[at]}${key.slice(at + 2)}`;
    if (swapped !== key) expect([at, prefixOf(swapped)]).toEqual([at, undefined]);
  }
});

const { key } = createKey();

test.each([
  ['nothing', ''],
  ['a key that was cut', key.slice(0, -1)],
  ['a key that was doubled', key + key],
  ['a key with a line end', `${key}\n`],
  ['a key after a blank', ` ${key}`],
  ['shouting', key.toUpperCase()],
  ['somebody else’s key', `tm-${'0'.repeat(61)}`],
  ['as many characters', 'x'.repeat(key.length)],
  ['a megabyte', 'assay_'.padEnd(1024 * 1024, 'a')],
])('%s is no key', (_what, text) => {
  expect(prefixOf(text)).toBeUndefined();
});

test('what may be a key is noticed anywhere in a text, and a prefix alone is not one', () => {
  expect([key, `--key=${key}`, key.slice(0, 20)].map(holdsKey)).toEqual([true, true, true]);
  expect(['abcd1234', 'assay', 'Mobile app'].map(holdsKey)).toEqual([false, false, false]);
});
