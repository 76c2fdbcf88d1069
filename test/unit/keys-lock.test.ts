import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';

import { creation } from '../../src/callers/keys/edits.ts';
import { lockFile } from '../../src/callers/keys/file-lock.ts';
import { createFileStore } from '../../src/callers/keys/file-store.ts';

/** What happens between two steps of one who writes the file of keys. */

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, rename: vi.fn(real.rename) };
});

const real = await vi.importActual<typeof fs>('node:fs/promises');
const renamed = vi.mocked(fs.rename);
const longAgo = new Date(Date.now() - 60_000);

let folder: string;

beforeEach(async () => {
  vi.clearAllMocks();
  folder = await fs.mkdtemp(join(tmpdir(), 'assay-keys-'));
  return () => fs.rm(folder, { recursive: true });
});

test('a lock that was taken while a stale one was being broken goes back', async () => {
  const path = join(folder, 'lock');
  await fs.writeFile(path, 'dead');
  await fs.utimes(path, longAgo, longAgo);
  renamed.mockImplementationOnce(async (from, to) => {
    await fs.unlink(from);
    await fs.writeFile(from, 'alive');
    await real.rename(from, to);
  });
  await expect(lockFile(path, { patienceMs: 0 })).rejects.toThrow('is held by another run');
  expect(await fs.readFile(path, 'utf8')).toBe('alive');
  expect(await fs.readdir(folder)).toEqual(['lock']);
});

test('what is written is on the disk before it takes the place of the old file', async () => {
  const path = join(folder, 'keys.json');
  const handle = await fs.open(join(folder, 'any'), 'w');
  const sync = vi.spyOn(Object.getPrototypeOf(handle), 'sync');
  await handle.close();
  const synced: number[] = [];
  renamed.mockImplementationOnce(async (from, to) => {
    synced.push(sync.mock.calls.length);
    await real.rename(from, to);
  });
  await createFileStore(path).change(creation({ name: 'A', plan: 'pro' }, 0));
  sync.mockRestore();
  expect(synced).toEqual([1]);
});

test('a write that fails leaves the old file, and nothing beside it', async () => {
  const path = join(folder, 'keys.json');
  const store = createFileStore(path);
  await store.change(creation({ name: 'A', plan: 'pro' }, 0));
  const text = await fs.readFile(path, 'utf8');
  renamed.mockRejectedValueOnce(Object.assign(new Error('full: ' + path), { code: 'ENOSPC' }));
  await expect(store.change(creation({ name: 'B', plan: 'pro' }, 0))).rejects.toThrow(
    `${path}: cannot be written (ENOSPC)`,
  );
  expect(await fs.readFile(path, 'utf8')).toBe(text);
  expect(await fs.readdir(folder)).toEqual(['keys.json']);
});
