import { reasonOf } from '../../redis-reason.ts';
import { counted, type CountingRedis } from '../../redis/round-trips.ts';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { parseJson } from './key-file.ts';
import { KeysError, parseRecord, type StoredKey, type StoredKeys } from './record.ts';
import type { KeyStore } from './store.ts';

/** What is needed of a client; one that has a command timeout and no offline queue. */
export interface KeysRedis extends CountingRedis {
  readonly hget: (hash: string, field: string) => Promise<string | null>;
  readonly hgetall: (hash: string) => Promise<Record<string, string>>;
  readonly eval: (script: string, keys: number, ...args: string[]) => Promise<unknown>;
  readonly on: (event: 'ready', listener: () => void) => unknown;
  readonly off: (event: 'ready', listener: () => void) => unknown;
}

/**
 * A field of the same hash, so that it goes where the keys go: deleted, restored, or in a cluster. A new
 * random value for every write: a counter could come back after a restore and mean other keys.
 */
const versionField = 'version';
const attemptsMax = 50;

/** All or nothing, and only when nobody wrote since the version was read. */
const write = `
if (redis.call('HGET', KEYS[1], '${versionField}') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], '${versionField}', unpack(ARGV, 2))
return 1`;

/** Keys in one hash of Redis, prefix → JSON, for many machines. */
export function createRedisStore(redis: KeysRedis, hash = 'assay:keys'): KeyStore {
  const place = `Redis ${hash}`;
  const read = async () => {
    // One command for both: the version is that of the keys.
    const all = counted(redis, 'keys', redis.hgetall(hash));
    const fields = await all.catch(unreachable(place));
    return { mark: fields[versionField] ?? '', keys: parseFields(fields, place) };
  };

  return {
    place,
    look: async (mark) => {
      if (mark !== undefined) {
        const version = counted(redis, 'keys', redis.hget(hash, versionField));
        if (((await version.catch(unreachable(place))) ?? '') === mark) return undefined;
      }
      return read();
    },
    change: async (edit) => {
      for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
        const { mark, keys } = await read();
        const { put, result } = edit(keys);
        if (put.length === 0) return result;
        const fields = put.flatMap((record) => [record.prefix, JSON.stringify(record)]);
        const done = await redis
          .eval(write, 1, hash, mark, randomUUID(), ...fields)
          .catch(unreachable(place));
        if (done === 1) return result;
        await delay(Math.random() * 10 * attempt);
      }
      throw new KeysError([`${place}: others write all the time: try again`]);
    },
    watch: (onChange) => {
      // Back after an outage: no need to wait for the poll.
      redis.on('ready', onChange);
      return () => void redis.off('ready', onChange);
    },
  };
}

function parseFields(fields: Readonly<Record<string, string>>, place: string): StoredKeys {
  const keys = new Map<string, StoredKey>();
  const problems: string[] = [];
  for (const [field, text] of Object.entries(fields)) {
    if (field === versionField) continue;
    // The name of a field is somebody's input until its record says the same.
    const at = `${place} ${/^\w{1,32}$/.test(field) ? field : 'a field with an odd name'}`;
    try {
      const record = parseRecord(parseJson(text, at));
      if (!('prefix' in record)) problems.push(...record.map((problem) => `${at}${problem}`));
      else if (record.prefix !== field) problems.push(`${at}.prefix: expected that of its field`);
      else keys.set(field, record);
    } catch (error) {
      if (!(error instanceof KeysError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new KeysError(problems);
  return keys;
}

/**
 * An outage has many messages and is one problem. What Redis itself says is told without the command,
 * which an error of ioredis carries with its arguments.
 */
function unreachable(place: string): (error: unknown) => never {
  return (error) => {
    const isRefusal = error instanceof Error && error.name === 'ReplyError';
    throw new KeysError([
      `${place}: ${isRefusal ? `cannot be read or written (${reasonOf(error)})` : 'does not answer'}`,
    ]);
  };
}
