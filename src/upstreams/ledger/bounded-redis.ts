import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

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

/** After a failure Redis is left alone this long: a slow one must not slow every request. */
const REST_MS = 1_000;

export function createBoundedRedis(options: BoundedRedisOptions): BoundedRedis {
  const { redis, purpose, deadlineMs, now, log } = options;
  let failedAt: number | undefined;
  let isAnswering = true;

  const isResting = () => {
    if (failedAt === undefined) return false;
    const restedMs = now() - failedAt;
    // A clock that was set back must not prolong the rest.
    return restedMs >= 0 && restedMs < REST_MS;
  };

  return {
    ask: async (work) => {
      if (isResting()) throw new Error('Redis is rested');
      try {
        const answer = await inTime(work(redis), deadlineMs);
        if (!isAnswering) log.info({}, `${purpose} is kept in Redis again`);
        isAnswering = true;
        return answer;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (isAnswering) log.warn({ reason }, `${purpose} is kept in memory, per process`);
        isAnswering = false;
        failedAt = now();
        throw error;
      }
    },
    isAnswering: () => isAnswering,
    wake: () => {
      failedAt = undefined;
    },
  };
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      // After a stall of this process timers come before sockets: an answer that is there counts.
      setImmediate(() => reject(new Error(`no answer of Redis within ${ms} ms`)));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
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
