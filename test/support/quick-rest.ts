import { onTestFinished, vi } from 'vitest';
import type { RedisClient } from '../../src/redis/client.ts';
import { createRest, type Rest } from '../../src/redis/rest.ts';
import { recordingLog } from './recording-log.ts';

/** A rest of Redis that is over soon after Redis is back. */
export function quickRest(redis: RedisClient, deadlineMs = 2_000) {
  const rest = createRest({ redis, deadlineMs, pauseMs: 10, log: recordingLog().log });
  onTestFinished(rest.end);
  return {
    ...rest,
    over: () => vi.waitUntil(() => !rest.isOn(), { timeout: 10_000, interval: 5 }),
  };
}

/** A rest that is over after a second of a clock that a test moves, whatever has become of Redis. */
export function restByClock(now: () => number): Rest {
  let overAtMs = -Infinity;
  return {
    begin: () => {
      overAtMs = now() + 1_000;
    },
    end: () => {
      overAtMs = -Infinity;
    },
    isOn: () => now() < overAtMs,
  };
}
