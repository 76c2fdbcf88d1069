import { type Cluster, Redis } from 'ioredis';
import { inject, onTestFinished } from 'vitest';

import type { Entry } from '../../src/upstreams/rows/entry.ts';
import { claimKey } from '../../src/upstreams/rows/shared-calls.ts';
import {
  createSharedRows,
  type SharedRowsOptions,
  type SharedSet,
} from '../../src/upstreams/rows/shared-rows.ts';
import { recordingLog } from './recording-log.ts';
import { quickRest } from './quick-rest.ts';
import { freshPrefix } from './redis.ts';

/** When the tests begin, by the clock that replicas share. */
export const START_MS = Date.UTC(2026, 0, 1);

export interface ReplicaOptions extends Partial<Omit<SharedRowsOptions, 'redis' | 'log'>> {
  readonly url?: string;
  readonly redis?: Redis | Cluster;
}

/** A connection that waits patiently, so that nothing but the code under test is in a hurry. */
export function connect(url = inject('redisUrl')): Redis {
  const redis = new Redis(url, { retryStrategy: () => 20 });
  redis.on('error', () => {});
  onTestFinished(() => redis.disconnect());
  return redis;
}

/** One gateway's side of the shared rows, with a connection of its own. */
export function replica({ url, redis = connect(url), ...options }: ReplicaOptions = {}) {
  const { lines, log } = recordingLog();
  const rest = quickRest(redis, options.deadlineMs);
  const rows = createSharedRows({
    ...{ redis, log, now: () => START_MS, deadlineMs: 2_000, rest },
    ...options,
  });
  onTestFinished(() => rows.close());
  return {
    ...rows,
    redis,
    lines,
    /** Waits until Redis is asked again. */
    rested: rest.over,
    /** What a crash leaves: claims that nobody renews or lets go. */
    crash: () => redis.disconnect(),
  };
}

export type Replica = ReturnType<typeof replica>;

/** A set that no other test knows. */
export const freshSet = (shape = 'ab12cd'): SharedSet => ({ name: freshPrefix(), shape });

/** Fresh for a minute and kept for an hour, unless told otherwise. */
export function entry<Value>(value: Value, part: Partial<Entry<Value>> = {}): Entry<Value> {
  const fetchedAtMs = part.fetchedAtMs ?? START_MS;
  return {
    value,
    fetchedAtMs,
    freshUntilMs: fetchedAtMs + 60_000,
    keptUntilMs: fetchedAtMs + 3_600_000,
    ...part,
  };
}

/** The kind of claim on each key, as one replica is told. */
export async function kinds(rows: Replica, set: SharedSet, keys: readonly string[]) {
  return [...(await rows.claim(set, keys)).values()].map(({ kind }) => kind);
}

/** The keys that are `mine`. */
export const mineOf = (claims: ReadonlyMap<string, { readonly kind: string }>) =>
  [...claims].filter(([, { kind }]) => kind === 'mine').map(([key]) => key);

/** Waits as a gateway does: fetches what it is left with beside waiting for the rest. */
export async function fetchOrWait(
  rows: Replica,
  set: SharedSet,
  keys: readonly string[],
  fetch: (key: string) => Entry,
): Promise<void> {
  const claims = await rows.await(set, keys);
  const mine = mineOf(claims);
  const waiting = keys.filter((key) => !claims.has(key));
  await Promise.all([
    rows.land(set, new Map(mine.map((key) => [key, fetch(key)]))),
    waiting.length > 0 ? fetchOrWait(rows, set, waiting, fetch) : undefined,
  ]);
}

/** Commands that clients send to a Redis while `act` runs, as words; of a shared Redis, about a set. */
export async function commandsDuring(
  url: string,
  set: SharedSet | undefined,
  act: () => Promise<unknown>,
) {
  const observer = connect(url);
  const monitor = await observer.monitor();
  onTestFinished(() => monitor.disconnect());
  const over = freshPrefix();
  const commands: string[][] = [];
  const isAsked = (words: string[]) => words.join(' ').includes(set?.name ?? '');
  const isOver = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, words: string[], source: string) => {
      if (words[1] === over) resolve();
      // What a script does within the server is not a command of ours.
      else if (source !== 'lua' && isAsked(words)) commands.push(words);
    });
  });
  await act();
  await observer.echo(over);
  await isOver;
  return commands;
}

/** How long the claim on a key lasts by Redis' clock; below 0 where there is none. */
export const claimTtlMs = (redis: Redis, set: SharedSet, key: string) =>
  redis.pttl(claimKey(set, key));
