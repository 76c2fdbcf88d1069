import { createKey, type NewKey } from './key.ts';
import { type KeyRecord, KeysError, stateOf, type StoredKey, type StoredKeys } from './record.ts';
import type { Edit } from './store.ts';

export interface KeyWish {
  readonly name: string;
  readonly plan: string;
  readonly expiresAtMs?: number | undefined;
}

/** A key that was made; the one time it is known. */
export interface MadeKey {
  readonly key: string;
  readonly record: KeyRecord;
}

const isoOf = (ms: number) => new Date(ms).toISOString();

export function creation({ name, plan, expiresAtMs }: KeyWish, nowMs: number) {
  return (keys: StoredKeys): Edit<MadeKey> => {
    const expiresAt = expiresAtMs === undefined ? undefined : isoOf(expiresAtMs);
    const { made, stored } = freshKey(keys, { name, plan, expiresAt, nowMs });
    return { put: [stored], result: made };
  };
}

/** Revoking twice keeps the first time. */
export function revocation(prefix: string, nowMs: number) {
  return (keys: StoredKeys): Edit<KeyRecord> => {
    const { hash, ...record } = known(keys, prefix);
    if (record.revokedAt !== undefined) return { put: [], result: record };
    const result = { ...record, revokedAt: isoOf(nowMs) };
    return { put: [{ ...result, hash }], result };
  };
}

/** A new key for the same caller and, where there is one, until the same day; the old one ends after the grace. */
export function rotation(prefix: string, { graceMs, nowMs }: { graceMs: number; nowMs: number }) {
  return (keys: StoredKeys): Edit<MadeKey & { readonly old: KeyRecord }> => {
    const { hash, ...record } = known(keys, prefix);
    refuseSpent(record, nowMs);
    const { name, plan, expiresAt } = record;
    const { made, stored } = freshKey(keys, { name, plan, expiresAt, nowMs });
    const graceEnd = nowMs + graceMs;
    const end = expiresAt === undefined ? graceEnd : Math.min(graceEnd, Date.parse(expiresAt));
    const old = { ...record, expiresAt: isoOf(end), replacedBy: made.record.prefix };
    return { put: [{ ...old, hash }, stored], result: { ...made, old } };
  };
}

function refuseSpent(record: KeyRecord, nowMs: number): void {
  const { prefix, replacedBy, revokedAt, expiresAt } = record;
  if (replacedBy !== undefined) {
    throw new KeysError([`${prefix} was replaced by ${replacedBy}: rotate that one`]);
  }
  const state = stateOf(record, nowMs);
  if (state === 'revoked' || state === 'expired') {
    const since = revokedAt ?? expiresAt ?? '';
    throw new KeysError([
      `${prefix} is ${state} since ${since}: expected a key in use; create one`,
    ]);
  }
}

function known(keys: StoredKeys, prefix: string): StoredKey {
  const stored = keys.get(prefix);
  if (stored !== undefined) return stored;
  throw new KeysError([`${prefix} is no prefix of a key here: npm run keys -- list shows them`]);
}

interface FreshKey {
  readonly name: string;
  readonly plan: string;
  readonly expiresAt: string | undefined;
  readonly nowMs: number;
}

function freshKey(keys: StoredKeys, { name, plan, expiresAt, nowMs }: FreshKey) {
  const { key, prefix, hash } = untakenKey(keys);
  const record: KeyRecord = {
    prefix,
    name,
    plan,
    createdAt: isoOf(nowMs),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  const made: MadeKey = { key, record };
  const stored: StoredKey = { ...record, hash };
  return { made, stored };
}

function untakenKey(keys: StoredKeys): NewKey {
  for (;;) {
    const fresh = createKey();
    if (!keys.has(fresh.prefix)) return fresh;
  }
}
