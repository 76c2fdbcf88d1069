import { randomUUID } from 'node:crypto';
import { watch } from 'node:fs';
import { open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { codeOf } from '../../told-error.ts';
import { type FileLockOptions, lockFile } from './file-lock.ts';
import { parseKeyFile, printKeyFile } from './key-file.ts';
import { KeysError } from './record.ts';
import type { KeyStore } from './store.ts';

export interface FileStoreOptions extends FileLockOptions {
  /** What the file is called in messages; its path unless told. */
  readonly place?: string;
}

/** A file that is told to be the same is read again after so long, all the same. */
const trustedForMs = 60_000;
/** A file that was changed so short a time before it was read may be changed again in the same instant. */
const settledMs = 2_000;

/** Keys in one JSON file, for one machine. */
export function createFileStore(
  path: string,
  { place = path, ...lock }: FileStoreOptions = {},
): KeyStore {
  let last: { readonly mark: string; readonly version: string; readonly atMs: number } | undefined;

  return {
    place,
    look: async (mark) => {
      const found = await stat(path, { bigint: true }).catch(() => undefined);
      const version = found && [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ');
      const atMs = Date.now();
      if (
        last !== undefined &&
        last.mark === mark &&
        last.version === version &&
        atMs - last.atMs < trustedForMs
      ) {
        return undefined;
      }
      // The whole text is the mark: times and sizes of a file can be the same by chance.
      const text = await readText(path, place);
      const isSettled = found !== undefined && atMs - Number(found.ctimeMs) > settledMs;
      last = version !== undefined && isSettled ? { mark: text, version, atMs } : undefined;
      return text === mark ? undefined : { mark: text, keys: parseKeyFile(text, place) };
    },
    change: async (edit) => {
      const target = await targetOf(path);
      const held = await lockFile(`${target}.lock`, lock).catch(refuse(place, 'locked'));
      try {
        const text = await readText(path, place, { orEmpty: true });
        const keys = text === undefined ? new Map() : parseKeyFile(text, place);
        const { put, result } = edit(keys);
        if (put.length > 0) {
          const all = new Map([...keys, ...put.map((record) => [record.prefix, record] as const)]);
          await replace(target, printKeyFile(all), held.confirm).catch(refuse(place, 'written'));
        }
        return result;
      } finally {
        await held.release();
      }
    },
    watch: (onChange) => watchFile(path, onChange),
  };
}

type OrEmpty = { readonly orEmpty?: boolean };

function readText(path: string, place: string): Promise<string>;
function readText(path: string, place: string, options: OrEmpty): Promise<string | undefined>;
async function readText(path: string, place: string, { orEmpty = false }: OrEmpty = {}) {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return refuse(place, 'read')(error);
    if (orEmpty) return undefined;
    throw new KeysError([
      `${place}: does not exist: expected a file of keys; npm run keys -- create makes it`,
    ]);
  }
}

/** What the file is called and the code: messages of the file system name its path. */
function refuse(place: string, what: 'read' | 'written' | 'locked'): (error: unknown) => never {
  return (error) => {
    const code = codeOf(error);
    if (error instanceof KeysError || code === undefined) throw error;
    throw new KeysError([`${place}: cannot be ${what} (${code})`]);
  };
}

/** A link stays one: the file it leads to is replaced. */
async function targetOf(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

/** Readers see the old file or the new one, after a crash as well. */
async function replace(target: string, text: string, confirm: () => Promise<void>): Promise<void> {
  const temporary = `${target}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      // The gateway may run as another user than who edits its keys: the owner stays.
      const old = await stat(target).catch(() => undefined);
      const own = await handle.stat();
      if (old !== undefined && (old.uid !== own.uid || old.gid !== own.gid)) {
        await handle.chown(old.uid, old.gid);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await confirm();
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(target));
}

/** The renaming itself is kept by the folder; not every system lets one sync it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** Watches the folder: a file that is replaced takes its watcher with it. */
function watchFile(path: string, onChange: () => void): () => void {
  const folder = dirname(resolve(path));
  const name = basename(path);
  try {
    const watcher = watch(folder, { persistent: false }, (_event, changed) => {
      if (changed === null || changed === name) onChange();
    });
    // Without it changes are found by the poll alone.
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
