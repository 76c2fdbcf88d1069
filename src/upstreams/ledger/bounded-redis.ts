import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { reasonOf } from '../../redis-reason.ts';
import { inTime } from '../in-time.ts';
import { createRest, type Rest } from '../rest.ts';

export interface LedgerLog {
  readonly info: (object: object, message: string) => void;
  readonly warn: (object: object, message: string) => void;
}

export interface BoundedRedisOptions {
  readonly redis: Redis;
  /** What is kept in it, for the log. */
  readonly purpose: string;
  /** Nobody waits longer than this, in milliseconds. */
  readonly deadlineMs: number;
  /** Shared with whoever else asks the same Redis; nobody's own unless told. */
  readonly rest?: Rest | undefined;
  readonly now: () => number;
  readonly log: LedgerLog;
}

/** A Redis that may fail and never delays: its user has an answer of its own. */
export interface BoundedRedis {
  /** Rejects when Redis fails, when it is late, and at once while it is rested. */
  ask<T>(work: (redis: Redis) => Promise<T>): Promise<T>;
  /** Whether the last answer was a good one, or none was asked for yet. */
  isAnswering(): boolean;
  /** Ends the rest: the next question is asked. */
  wake(): void;
}

export function createBoundedRedis(options: BoundedRedisOptions): BoundedRedis {
  const { redis, purpose, deadlineMs, now, log } = options;
  const { rest = createRest(now) } = options;
  let isAnswering = true;

  return {
    ask: async (work) => {
      if (rest.isOn()) throw new Error('Redis is rested');
      try {
        const answer = await inTime(deadlineMs, () => work(redis));
        if (!isAnswering) log.info({}, `${purpose} is kept in Redis again`);
        isAnswering = true;
        return answer;
      } catch (error) {
        if (isAnswering)
          log.warn({ reason: reasonOf(error) }, `${purpose} is kept in memory, per process`);
        isAnswering = false;
        rest.begin();
        throw error;
      }
    },
    isAnswering: () => isAnswering,
    wake: () => rest.end(),
  };
}

/** A script that is told to a server once: afterwards its hash goes over the wire. */
export function createScript(source: string) {
  const sha1 = createHash('sha1').update(source).digest('hex');
  return async (
    redis: Redis,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> => {
    try {
      return await redis.evalsha(sha1, keys.length, ...keys, ...args);
    } catch (error) {
      const isMissing = error instanceof Error && error.message.startsWith('NOSCRIPT');
      if (!isMissing) throw error;
      return redis.eval(source, keys.length, ...keys, ...args);
    }
  };
}
