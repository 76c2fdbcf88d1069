import { reasonOf } from '../../redis-reason.ts';
import type { RedisClient } from '../../redis/client.ts';
import { inTime } from '../../redis/in-time.ts';
import { createRest, type Rest } from '../../redis/rest.ts';

export interface LedgerLog {
  readonly info: (object: object, message: string) => void;
  readonly warn: (object: object, message: string) => void;
}

export interface BoundedRedisOptions {
  readonly redis: RedisClient;
  /** What is kept in it, for the log. */
  readonly purpose: string;
  /** Nobody waits longer than this, in milliseconds. */
  readonly deadlineMs: number;
  /** Shared with whoever else asks the same Redis; nobody's own unless told. */
  readonly rest?: Rest | undefined;
  readonly log: LedgerLog;
}

/** A Redis that may fail and never delays: its user has an answer of its own. */
export interface BoundedRedis {
  /** Rejects when Redis fails, when it is late, and at once while it is rested. */
  ask<T>(work: (redis: RedisClient) => Promise<T>): Promise<T>;
  /** Whether it is asked: as long as it has answered in time. */
  isUsed(): boolean;
  /** Ends the rest: the next question is asked. */
  wake(): void;
}

export function createBoundedRedis(options: BoundedRedisOptions): BoundedRedis {
  const { redis, purpose, deadlineMs, log } = options;
  const { rest = createRest({ redis, deadlineMs, log }) } = options;
  let hasFailed = false;

  return {
    ask: async (work) => {
      if (rest.isOn()) throw new Error('Redis is rested');
      try {
        const answer = await inTime(deadlineMs, () => work(redis));
        // Asked before the failure, it says nothing of now.
        if (hasFailed && !rest.isOn()) {
          log.info({}, `${purpose} is kept in Redis again`);
          hasFailed = false;
        }
        return answer;
      } catch (error) {
        if (!hasFailed)
          log.warn({ reason: reasonOf(error) }, `${purpose} is kept in memory, per process`);
        hasFailed = true;
        rest.begin();
        throw error;
      }
    },
    isUsed: () => !rest.isOn(),
    wake: () => rest.end(),
  };
}
