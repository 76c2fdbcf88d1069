import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { kindOf } from '../../told-error.ts';
import { createFileStore } from './file-store.ts';
import {
  claimedPrefixOf,
  type Digest,
  digestOf,
  isSameDigest,
  keyLength,
  prefixOf,
} from './key.ts';
import { listingOf } from './listing.ts';
import {
  type KeyRecord,
  KeysError,
  type KeyState,
  stateAt,
  type StoredKey,
  type StoredKeys,
  type Validity,
  validityOf,
} from './record.ts';
import { createRedisStore, type KeysRedis } from './redis-store.ts';
import type { KeyStore, Look } from './store.ts';

/** Where keys are kept: a file for one machine, a hash of Redis for many. */
export type KeySource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'redis'; readonly client: KeysRedis; readonly hash?: string };

export type Found =
  | { readonly kind: 'ok'; readonly record: KeyRecord }
  | { readonly kind: 'malformed' | 'unknown' | 'unavailable' | Exclude<KeyState, 'ok'> };

export type KeysLog = Record<'info' | 'warn' | 'error', (object: object, message: string) => void>;

export interface KeyringOptions {
  readonly source: KeySource;
  /** What was found there a moment ago; without it the keyring looks itself. */
  readonly first?: Look | undefined;
  readonly log: KeysLog;
  readonly pollMs?: number;
  readonly now?: () => number;
}

export interface KeyList {
  readonly store: KeySource['kind'];
  /** False while the store cannot be read: these are those of before, if there are any. */
  readonly isCurrent: boolean;
  readonly keys: ReturnType<typeof listingOf>;
}

export interface Keyring {
  /** Whose key this is, from memory; cost and memory do not grow with what is asked. */
  readonly find: (key: string) => Found;
  /** False until the store could be read for the first time: then nobody is known by a key. */
  readonly isRead: () => boolean;
  /** What is told of all keys, from memory. */
  readonly list: () => KeyList;
  /**
   * Settles after the first look. Rejects with a `KeysError` for a file that cannot be used; Redis is
   * waited for in the background, and no key is known until it answers.
   */
  readonly ready: Promise<void>;
  /** Looks now; never rejects. */
  readonly reload: () => Promise<void>;
  readonly close: () => void;
}

interface Held {
  readonly digest: Digest;
  readonly validity: Validity;
  readonly ok: Found;
}

/** What a key with an unknown prefix is compared with, so that it takes as long. */
const nobody: Digest = randomBytes(32).toString('latin1');
const malformed: Found = { kind: 'malformed' };
const unknown: Found = { kind: 'unknown' };
/** It may be a good one: nothing has been read yet. */
const unavailable: Found = { kind: 'unavailable' };

export function storeOf(source: KeySource): KeyStore {
  return source.kind === 'file'
    ? // Its problems go to the log, which has no use for the folders of this machine.
      createFileStore(source.path, { place: basename(source.path) })
    : createRedisStore(source.client, source.hash);
}

/** All keys in memory, kept up to date. */
export function createKeyring({
  source,
  first: begin,
  log,
  pollMs = 2_000,
  now = Date.now,
}: KeyringOptions): Keyring {
  const store = storeOf(source);
  let stored: StoredKeys = new Map();
  let held: ReadonlyMap<string, Held> = new Map();
  let mark: string | undefined;
  let toldProblem: string | undefined;
  let isClosed = false;

  const look = async (known?: Look) => {
    const found = known ?? (await store.look(mark));
    if (isClosed) return;
    if (found !== undefined) {
      const isEmptied = held.size > 0 && found.keys.size === 0;
      mark = found.mark;
      stored = found.keys;
      held = new Map(Array.from(stored, ([prefix, key]) => [prefix, heldOf(key)]));
      const told = { place: store.place, keys: held.size };
      if (isEmptied) log.warn(told, 'all API keys are gone: nobody is known by a key');
      else log.info(told, 'API keys were read');
    } else if (toldProblem !== undefined) {
      log.info({ place: store.place }, 'API keys can be read again, and are the same');
    }
    toldProblem = undefined;
  };

  /** One line for a problem however long it lasts. */
  const tell = (error: unknown) => {
    const problems = error instanceof KeysError ? error.problems : [kindOf(error)];
    const problem = problems.join('\n');
    if (isClosed || problem === toldProblem) return;
    toldProblem = problem;
    const consequence =
      mark === undefined ? 'no key is known until they can' : 'those of before stay';
    log.error({ place: store.place, problems }, `API keys cannot be used; ${consequence}`);
  };

  const first = look(begin);
  // One look at a time; all who ask while it runs share the next, which begins after they asked.
  let last: Promise<void> = first.catch(() => {});
  let next: Promise<void> | undefined;
  const reload = (): Promise<void> => {
    if (isClosed) return Promise.resolve();
    next ??= last = last.then(() => {
      next = undefined;
      return look().catch(tell);
    });
    return next;
  };

  let timer: NodeJS.Timeout | undefined;
  const poll = () => {
    if (isClosed) return;
    timer = setTimeout(() => void reload().then(poll), pollMs).unref();
  };
  const unwatch = store.watch(() => void reload());
  const close = () => {
    isClosed = true;
    clearTimeout(timer);
    unwatch();
  };

  const ready = first.then(poll, (error: unknown) => {
    if (source.kind === 'file') {
      close();
      throw error;
    }
    tell(error);
    poll();
  });

  return {
    find: (key) => {
      if (key.length !== keyLength) return malformed;
      const known = held.get(claimedPrefixOf(key));
      const isSame = isSameDigest(digestOf(key), known?.digest ?? nobody);
      // A key that is known need not be looked at any further.
      if (known === undefined || !isSame) {
        if (prefixOf(key) === undefined) return malformed;
        return mark === undefined ? unavailable : unknown;
      }
      const kind = stateAt(known.validity, now());
      return kind === 'ok' ? known.ok : { kind };
    },
    isRead: () => mark !== undefined,
    list: () => ({
      store: source.kind,
      isCurrent: mark !== undefined && toldProblem === undefined,
      keys: listingOf(stored, now()),
    }),
    ready,
    reload,
    close,
  };
}

/** The record that is handed around has no hash that could be logged. */
function heldOf({ hash, ...record }: StoredKey): Held {
  return {
    digest: Buffer.from(hash, 'hex').toString('latin1'),
    validity: validityOf(record),
    ok: { kind: 'ok', record: Object.freeze(record) },
  };
}
