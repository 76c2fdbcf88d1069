import { randomUUID } from 'node:crypto';
import { link, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../../told-error.ts';
import { KeysError } from './record.ts';

export interface FileLockOptions {
  /** A lock this old was left by a run that died: the work under it takes milliseconds. */
  readonly staleMs?: number;
  readonly patienceMs?: number;
}

export interface FileLock {
  /** Throws when the lock was taken for a dead run's, and taken away. */
  readonly confirm: () => Promise<void>;
  readonly release: () => Promise<void>;
}

/** One run at a time: a file beside the other that only one can create. */
export async function lockFile(
  path: string,
  { staleMs = 10_000, patienceMs = 20_000 }: FileLockOptions = {},
): Promise<FileLock> {
  const token = randomUUID();
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    if (await isTaken(path, token)) return heldLock(path, token);
    await breakStale(path, staleMs);
    if (Date.now() >= giveUpAt) {
      throw new KeysError([
        `${path}: is held by another run: wait for it, or delete it if none runs`,
      ]);
    }
    await delay(5 + Math.random() * 20);
  }
}

async function isTaken(path: string, token: string): Promise<boolean> {
  try {
    await writeFile(path, token, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function heldLock(path: string, token: string): FileLock {
  // By what is inside: the system gives the number of a deleted file to the next.
  const isOurs = async () => (await readFile(path, 'utf8').catch(() => undefined)) === token;
  return {
    confirm: async () => {
      if (await isOurs()) return;
      throw new KeysError([`${path}: this run was too slow and lost it: try again`]);
    },
    release: async () => {
      if (await isOurs()) await unlink(path).catch(() => {});
    },
  };
}

/** Moves a stale lock away. Another may have been as quick: what was moved is looked at again. */
async function breakStale(path: string, staleMs: number): Promise<void> {
  const isStale = async (place: string) => {
    const found = await stat(place).catch(() => undefined);
    return found !== undefined && Date.now() - found.mtimeMs > staleMs;
  };
  if (!(await isStale(path))) return;
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    // A lock that was taken just now goes back, unless yet another took its place.
    if (!(await isStale(aside))) await link(aside, path).catch(() => {});
    await unlink(aside);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
