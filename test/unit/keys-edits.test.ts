import { expect, test, vi } from 'vitest';

import { creation, revocation, rotation } from '../../src/callers/keys/edits.ts';
import { hashOf } from '../../src/callers/keys/key.ts';
import { KeysError, type StoredKey } from '../../src/callers/keys/record.ts';

/** What creating, revoking and rotating do to the keys there are. */

const dayMs = 86_400_000;
const nowMs = Date.parse('2026-03-01T00:00:00.000Z');
const at = (days: number) => new Date(nowMs + days * dayMs).toISOString();

const old: StoredKey = {
  prefix: 'aaaa1111',
  hash: '0'.repeat(64),
  name: 'Mobile app',
  plan: 'pro',
  createdAt: at(-9),
};
const keysOf = (...records: StoredKey[]) =>
  new Map(records.map((record) => [record.prefix, record]));

test('a new key is stored as its hash, and never as itself', () => {
  const { put, result } = creation(
    { name: 'A', plan: 'pro', expiresAtMs: nowMs + dayMs },
    nowMs,
  )(keysOf(old));
  const { key, record } = result;
  expect(record).toEqual({
    prefix: key.slice(6, 14),
    name: 'A',
    plan: 'pro',
    createdAt: at(0),
    expiresAt: at(1),
  });
  expect(put).toEqual([{ ...record, hash: hashOf(key) }]);
  expect(JSON.stringify(put)).not.toContain(key.slice(15, 40));
});

test('a prefix that is taken is not given again', () => {
  const keys = keysOf(old);
  const has = vi.spyOn(keys, 'has').mockReturnValueOnce(true);
  const { result } = creation({ name: 'A', plan: 'pro' }, nowMs)(keys);
  const [[taken] = [], [free] = []] = has.mock.calls;
  expect([has.mock.calls.length, free]).toEqual([2, result.record.prefix]);
  expect(taken).not.toBe(free);
});

test('a key for ever has no expiry', () => {
  expect(creation({ name: 'A', plan: 'pro' }, nowMs)(keysOf()).result.record).not.toHaveProperty(
    'expiresAt',
  );
});

test('revoking keeps all else, and the first time when done twice', () => {
  const { put, result } = revocation('aaaa1111', nowMs)(keysOf(old));
  expect(put).toEqual([{ ...old, revokedAt: at(0) }]);
  expect(result).not.toHaveProperty('hash');
  const again = revocation('aaaa1111', nowMs + dayMs)(keysOf({ ...old, revokedAt: at(0) }));
  expect(again).toMatchObject({ put: [], result: { revokedAt: at(0) } });
});

test('rotating gives the same caller a new key and the old one its grace', () => {
  const { put, result } = rotation('aaaa1111', { graceMs: dayMs, nowMs })(keysOf(old));
  const { prefix } = result.record;
  expect(result.record).toEqual({ prefix, name: 'Mobile app', plan: 'pro', createdAt: at(0) });
  expect(put).toEqual([
    { ...old, expiresAt: at(1), replacedBy: prefix },
    { ...result.record, hash: hashOf(result.key) },
  ]);
  expect(result.old).not.toHaveProperty('hash');
});

test.each([
  [1, 5, 1, 5],
  [5, 1, 1, 1],
])(
  'neither key outlives the expiry there was: %d day(s) of grace, %d left',
  (grace, left, ends, fresh) => {
    const { result } = rotation('aaaa1111', { graceMs: grace * dayMs, nowMs })(
      keysOf({ ...old, expiresAt: at(left) }),
    );
    expect([result.old.expiresAt, result.record.expiresAt]).toEqual([at(ends), at(fresh)]);
  },
);

test.each<[string, Partial<StoredKey>, RegExp]>([
  [
    'revoked',
    { revokedAt: at(-1) },
    /^aaaa1111 is revoked since 2026-02-28.*: expected a key in use/,
  ],
  ['expired', { expiresAt: at(-1) }, /^aaaa1111 is expired since 2026-02-28/],
  ['replaced', { replacedBy: 'bbbb2222' }, /^aaaa1111 was replaced by bbbb2222: rotate that one$/],
])('a %s key is not rotated', (_what, change, told) => {
  const rotate = () => rotation('aaaa1111', { graceMs: 0, nowMs })(keysOf({ ...old, ...change }));
  expect(rotate).toThrow(KeysError);
  expect(rotate).toThrow(told);
});

test('an unknown prefix is told', () => {
  for (const edit of [revocation('cccc3333', nowMs), rotation('cccc3333', { graceMs: 0, nowMs })]) {
    expect(() => edit(keysOf(old))).toThrow(
      /^cccc3333 is no prefix of a key here: .* list shows them$/,
    );
  }
});
