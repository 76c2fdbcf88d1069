import { randomUUID } from 'node:crypto';
import type { RedisClient } from './client.ts';
import { inTime } from './in-time.ts';

/** How long a Redis that failed or was late is left alone before it is asked how it is. */
const pauseMs = 1_000;

/** What the question leaves behind is gone so soon. */
const traceMs = 1_000;

/**
 * A Redis that failed or was late is left alone by all who share its rest, until it has carried out a
 * command in time. That command is nobody's: no request waits to find out whether Redis is back.
 */
export interface Rest {
  begin: () => void;
  end: () => void;
  isOn: () => boolean;
}

export interface RestOptions {
  /** Nobody begins the rest of none. */
  readonly redis: Pick<RedisClient, 'set'> | undefined;
  /** In time is what takes no longer. */
  readonly deadlineMs: number;
  readonly pauseMs?: number | undefined;
}

export function createRest({ redis, deadlineMs, ...options }: RestOptions): Rest {
  const everyMs = options.pauseMs ?? pauseMs;
  let next: NodeJS.Timeout | undefined;

  const plan = () => {
    next = setTimeout(() => void probe(), everyMs).unref();
  };

  async function probe() {
    const own = next;
    const isAnswered = await inTime(deadlineMs, askToWrite).then(
      () => true,
      () => false,
    );
    // It may have been ended meanwhile, and another begun.
    if (own !== next) return;
    if (isAnswered) end();
    else plan();
  }

  /** One that is full or read-only answers a PING. A key of its own: in a Cluster each node has its turn. */
  const askToWrite = async () => redis?.set(`assay:probe:${randomUUID()}`, '', 'PX', traceMs);

  const end = () => {
    clearTimeout(next);
    next = undefined;
  };

  return {
    begin: () => {
      if (next === undefined) plan();
    },
    end,
    isOn: () => next !== undefined,
  };
}
