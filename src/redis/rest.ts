import { randomUUID } from 'node:crypto';
import { reasonOf } from '../redis-reason.ts';
import type { RedisClient } from './client.ts';
import { inTime } from './in-time.ts';

/** How long a Redis that failed or was late is left alone before it is asked how it is. */
const pauseMs = 1_000;
/** Where it fails again within so many pauses, the next is twice as long, up to so many. */
const soon = 30;
const longest = 16;

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
  readonly redis: Pick<RedisClient, 'set' | 'status'> | undefined;
  /** In time is what takes no longer. */
  readonly deadlineMs: number;
  readonly pauseMs?: number | undefined;
  readonly log: { readonly warn: (object: object, message: string) => void };
}

export function createRest({ redis, deadlineMs, log, ...options }: RestOptions): Rest {
  const shortestMs = options.pauseMs ?? pauseMs;
  let ms = shortestMs;
  let next: NodeJS.Timeout | undefined;
  let endedAt = -Infinity;
  let asked: Promise<unknown> | undefined;
  let isRefusalTold = false;

  const plan = (waitMs: number) => {
    next = setTimeout(() => void probe(), waitMs).unref();
  };

  async function probe() {
    // It was closed.
    if (redis?.status === 'end') return;
    const own = next;
    const isAnswered = await inTime(deadlineMs, ask).then(() => true, tellRefusal);
    // It may have been ended meanwhile, and another begun.
    if (own !== next) return;
    if (isAnswered) end();
    else plan(shortestMs);
  }

  /** One that hangs is asked once, however long that takes. */
  const ask = () => (asked ??= askToWrite().finally(() => (asked = undefined)));

  /** One that is full or read-only answers a PING. A key of its own: in a Cluster each node has its turn. */
  const askToWrite = async () => redis?.set(`assay:probe:${randomUUID()}`, '', 'PX', traceMs);

  /** Redis answers, and would be left alone for ever without a word. */
  function tellRefusal(error: unknown): false {
    if (!(error instanceof Error) || error.name !== 'ReplyError' || isRefusalTold) return false;
    isRefusalTold = true;
    log.warn({ reason: reasonOf(error) }, 'Redis is left alone: it refuses to write');
    return false;
  }

  const end = () => {
    clearTimeout(next);
    next = undefined;
    endedAt = performance.now();
  };

  return {
    begin: () => {
      if (next !== undefined) return;
      // What is small may be carried out in time where other commands are not.
      const isAgain = performance.now() - endedAt < soon * shortestMs;
      ms = isAgain ? Math.min(2 * ms, longest * shortestMs) : shortestMs;
      isRefusalTold = false;
      plan(ms);
    },
    end,
    isOn: () => next !== undefined,
  };
}
