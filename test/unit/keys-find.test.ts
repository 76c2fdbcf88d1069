import * as crypto from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';

import { createKey, isSameDigest } from '../../src/callers/keys/key.ts';
import { createKeyring } from '../../src/callers/keys/keyring.ts';
import { recordingLog } from '../support/recording-log.ts';

/** What becomes of a key that is presented. */

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  return { ...real, hash: vi.fn(real.hash) };
});

const hashed = vi.mocked(crypto.hash);
beforeEach(() => void vi.clearAllMocks());

const dayMs = 86_400_000;
const start = Date.parse('2026-03-01T00:00:00.000Z');
const at = (days: number) => new Date(start + days * dayMs).toISOString();

async function keyringOf(records: Readonly<Record<string, string>>[]) {
  const made = records.map((record) => ({ ...createKey(), record }));
  const folder = await mkdtemp(join(tmpdir(), 'assay-keys-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const keys = made.map(({ prefix, hash, record }) => ({
    ...{ prefix, hash, name: 'A', plan: 'pro', createdAt: at(0) },
    ...record,
  }));
  const path = join(folder, 'keys.json');
  await writeFile(path, JSON.stringify({ version: 1, keys }));
  const clock = { ms: start + dayMs };
  const { log, lines } = recordingLog();
  const source = { kind: 'file', path } as const;
  const keyring = createKeyring({ source, log, now: () => clock.ms });
  onTestFinished(keyring.close);
  await keyring.ready;
  vi.clearAllMocks();
  return { keyring, made, clock, lines };
}

test('a key is found with all that is known of it but its hash', async () => {
  const { keyring, made, lines } = await keyringOf([{ name: 'Mobile app', expiresAt: at(9) }]);
  const [{ key, prefix } = createKey()] = made;
  const record = { prefix, name: 'Mobile app', plan: 'pro', createdAt: at(0), expiresAt: at(9) };
  expect(keyring.find(key)).toEqual({ kind: 'ok', record });
  expect(JSON.stringify(lines)).not.toContain(prefix);
});

/** How many characters of texts are looked at meanwhile. */
function lookedAt(work: () => void): number {
  const looks = vi.spyOn(String.prototype, 'charCodeAt');
  try {
    work();
    return looks.mock.calls.length;
  } finally {
    looks.mockRestore();
  }
}

test('a hash is compared in constant time, whole, wherever it differs', () => {
  const digest = crypto.randomBytes(32).toString('latin1');
  const other = (at: number) => {
    const bytes = Buffer.from(digest, 'latin1');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes.toString('latin1');
  };
  expect(isSameDigest(digest, Buffer.from(digest, 'latin1').toString('latin1'))).toBe(true);
  for (let at = 0; at < 32; at += 1) {
    expect(isSameDigest(digest, other(at))).toBe(false);
    expect(lookedAt(() => isSameDigest(digest, other(at)))).toBe(64);
  }
  expect(lookedAt(() => isSameDigest(digest, digest))).toBe(64);
  for (const odd of ['', digest.slice(1), `${digest}x`]) {
    expect([isSameDigest(digest, odd), isSameDigest(odd, digest)]).toEqual([false, false]);
  }
});

test('an unknown prefix takes the same path as a known one', async () => {
  const { keyring, made } = await keyringOf([{}]);
  const [{ prefix } = createKey()] = made;
  for (const stranger of [createKey().key, await forged(prefix)]) {
    hashed.mockClear();
    const looks = lookedAt(() => expect(keyring.find(stranger)).toEqual({ kind: 'unknown' }));
    expect(hashed).toHaveBeenCalledTimes(1);
    expect(looks).toBeGreaterThanOrEqual(64);
  }
});

/** A key with the prefix of another, and a checksum that is right. */
async function forged(prefix: string): Promise<string> {
  const { crc32 } = await import('node:zlib');
  const body = `assay_${prefix}_${crypto.randomBytes(32).toString('base64url')}`;
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return body + sum.toString('base64url');
}

test('a prefix that is known opens nothing without its secret, whatever its state', async () => {
  const { keyring, made } = await keyringOf([{}, { revokedAt: at(0) }, { expiresAt: at(0.5) }]);
  for (const { prefix } of made) {
    expect(keyring.find(await forged(prefix))).toEqual({ kind: 'unknown' });
  }
});

test('what is no key is refused, and what has not the length of one is not hashed', async () => {
  const { keyring, made } = await keyringOf([{}]);
  const [{ key } = createKey()] = made;
  for (const garbage of ['', 'x'.repeat(1_000_000), `${key}x`, key.slice(0, -1)]) {
    expect(keyring.find(garbage)).toEqual({ kind: 'malformed' });
  }
  expect(hashed).not.toHaveBeenCalled();
  expect(keyring.find(`x${key.slice(1)}`)).toEqual({ kind: 'malformed' });
});

test('a key expires at its time, to the millisecond', async () => {
  const { keyring, made, clock } = await keyringOf([{ expiresAt: at(2) }]);
  const [{ key } = createKey()] = made;
  clock.ms = start + 2 * dayMs - 1;
  expect(keyring.find(key).kind).toBe('ok');
  clock.ms += 1;
  expect(keyring.find(key)).toEqual({ kind: 'expired' });
});

test('a key from the future waits, though clocks may differ by a minute', async () => {
  const { keyring, made, clock } = await keyringOf([{ createdAt: at(2) }]);
  const [{ key } = createKey()] = made;
  clock.ms = start + 2 * dayMs - 60_001;
  expect(keyring.find(key)).toEqual({ kind: 'not-yet' });
  clock.ms += 1;
  expect(keyring.find(key).kind).toBe('ok');
});

test('a revoked key is refused at once, also by who thinks the revocation is still to come', async () => {
  const { keyring, made } = await keyringOf([
    { revokedAt: at(0) },
    { revokedAt: at(5) },
    { revokedAt: at(0), expiresAt: at(0.5) },
  ]);
  for (const { key } of made) expect(keyring.find(key)).toEqual({ kind: 'revoked' });
});

test('nobody who is handed a record can change it for others', async () => {
  const { keyring, made } = await keyringOf([{}]);
  const [{ key } = createKey()] = made;
  const found = keyring.find(key);
  expect(found.kind === 'ok' && Object.isFrozen(found.record)).toBe(true);
});
