import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { UpstreamError } from '../errors.ts';
import { createRest, type Rest } from '../../redis/rest.ts';
import { type Claim, readClaim, type SettledClaim } from './claim.ts';
import type { Entry } from './entry.ts';
import { createHeldClaims } from './held-claims.ts';
import { createImpatientRedis, type ImpatientRedisOptions } from './impatient-redis.ts';
import { writeFailure } from './row-texts.ts';
import {
  claimCall,
  claimKey,
  landCall,
  letGoCall,
  nameOf,
  renewCall,
  type SharedSet,
  type Tokens,
} from './shared-calls.ts';

export type { Claim, SettledClaim, SharedSet };

/** The level of the row cache that gateways share. None of it ever rejects. */
export interface SharedRows {
  /** One round trip. Where Redis does not answer in time, every key is `mine`. */
  claim<Value>(set: SharedSet, keys: readonly string[]): Promise<ReadonlyMap<string, Claim<Value>>>;
  /**
   * Waits for keys that are `theirs`, until all are settled or one is `mine`, or the signal makes
   * them so. Keys that are missing from the answer are still theirs, to be waited for again beside
   * the fetch of what is ours: two who held one key while waiting for the other's would wait for
   * ever.
   */
  await<Value>(
    set: SharedSet,
    keys: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, SettledClaim<Value>>>;
  /** Keeps entries, of claimed keys and of others, and lets go of the claims. Need not be awaited. */
  land(set: SharedSet, entries: ReadonlyMap<string, Entry>): Promise<void>;
  /**
   * Lets go of claims without a value. An error is told to the others for a moment: none where the
   * failure is this caller's alone, as a cancellation is.
   */
  fail(set: SharedSet, keys: readonly string[], error: UpstreamError | undefined): Promise<void>;
  status(): SharedRowsStatus;
  /** Lets go of all claims; from here on every key is `mine`. */
  close(): Promise<void>;
}

export interface SharedRowsStatus {
  /** Whether Redis is asked at present. */
  readonly isUsed: boolean;
  /** Keys that were there when asked for, and keys that others landed while they were waited for. */
  readonly hits: number;
  readonly received: number;
  readonly errors: number;
  readonly timeouts: number;
  /** Claims held at present. */
  readonly held: number;
}

export interface SharedRowsOptions extends Omit<ImpatientRedisOptions, 'deadlineMs' | 'rest'> {
  readonly now: () => number;
  readonly deadlineMs?: number;
  /** Shared with whoever else asks the same Redis; nobody's own unless told. */
  readonly rest?: Rest;
  /** A process that dies keeps its keys from the others for so long at most. */
  readonly lockMs?: number;
  /** How long others are told of a failure. */
  readonly noteMs?: number;
  /** Longer than any fetch takes. */
  readonly heldMaxMs?: number;
}

export function createSharedRows(options: SharedRowsOptions): SharedRows {
  const { now, deadlineMs = 100 } = options;
  const { rest = createRest({ redis: options.redis, deadlineMs, log: options.log }) } = options;
  const { lockMs = 5_000, noteMs = 1_000, heldMaxMs = 60_000 } = options;
  const redis = createImpatientRedis({ ...options, deadlineMs, rest });
  const held = createHeldClaims({ now, renewEveryMs: lockMs / 3, heldMaxMs, renew });
  const processToken = randomUUID();
  const counts = { claims: 0, hits: 0, received: 0 };
  let isClosed = false;

  async function renew(tokens: Tokens): Promise<readonly string[]> {
    const reply = await redis.run(renewCall(tokens, lockMs));
    return Array.isArray(reply) ? [...tokens.keys()].filter((_, index) => reply[index] === 0) : [];
  }

  async function claim<Value>(set: SharedSet, wanted: readonly string[]) {
    const found = new Map<string, Claim<Value>>(wanted.map((key) => [key, { kind: 'mine' }]));
    if (isClosed || found.size === 0) return found;
    const keys = [...found.keys()];
    // One per claim and not per process: undoing a claim we gave up on must not end a later one.
    const token = `${processToken}:${(counts.claims += 1)}`;
    const tokens = new Map(keys.map((key) => [claimKey(set, key), token]));
    const reply = await redis.run(
      claimCall(set, keys, { nowMs: now(), token, lockMs }),
      letGoCall(tokens),
    );
    if (!Array.isArray(reply)) return found;
    const won = [...tokens.keys()].filter((_, index) => reply[index * 3] === 'mine');
    held.hold(nameOf(set), won, token);
    if (isClosed) await close();
    for (const [index, key] of keys.entries()) {
      found.set(key, readClaim(reply.slice(index * 3, index * 3 + 3)));
    }
    return found;
  }

  const letGo = (set: SharedSet, keys: Iterable<string>): Tokens =>
    held.letGo(
      nameOf(set),
      [...keys].map((key) => claimKey(set, key)),
    );

  async function close(): Promise<void> {
    isClosed = true;
    await Promise.all(held.letGoOfAll().map((tokens) => redis.run(letGoCall(tokens))));
  }

  return {
    async claim<Value>(set: SharedSet, keys: readonly string[]) {
      const found = await claim<Value>(set, keys);
      for (const { kind } of found.values()) if (kind === 'kept') counts.hits += 1;
      return found;
    },

    async await<Value>(set: SharedSet, keys: readonly string[], signal?: AbortSignal) {
      const settled = new Map<string, SettledClaim<Value>>();
      let waiting = keys;
      let isOurTurn = false;
      for (let poll = 0; waiting.length > 0 && !isOurTurn; poll += 1) {
        await sleep(pauseMs(poll), undefined, { signal }).catch(() => {});
        if (signal?.aborted === true) {
          for (const key of waiting) settled.set(key, { kind: 'mine' });
          return settled;
        }
        for (const [key, found] of await claim<Value>(set, waiting)) {
          if (found.kind !== 'theirs') settled.set(key, found);
          if (found.kind === 'kept') counts.received += 1;
          if (found.kind === 'mine') isOurTurn = true;
        }
        waiting = waiting.filter((key) => !settled.has(key));
      }
      return settled;
    },

    async land(set, entries) {
      if (entries.size === 0) return;
      const tokens = letGo(set, entries.keys());
      await redis.run(landCall(set, entries, { nowMs: now(), tokens }), letGoCall(tokens));
    },

    async fail(set, keys, error) {
      const tokens = letGo(set, keys);
      if (tokens.size === 0) return;
      await redis.run(letGoCall(tokens, error && writeFailure(error), noteMs), letGoCall(tokens));
    },

    status: () => {
      const { hits, received } = counts;
      return { ...redis.status(), hits, received, held: held.count() };
    },
    close,
  };
}

/** Between polls: soon at first, then every 50 ms at most, and at random so that none keep in step. */
function pauseMs(poll: number): number {
  return Math.min(50, 10 * 1.5 ** poll) * (0.5 + 0.5 * Math.random());
}
