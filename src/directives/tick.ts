import type { MemoryCounters } from './memory-counters.ts';
import type { RateCounters, RateDemand, RateGrant, RateLimit } from './rate-counters.ts';

/** What became of one use. */
export type Use = {
  readonly isGranted: boolean;
  readonly left: number;
  readonly used: number;
  readonly msToReset: number;
};

/** Asks for one use of a limit. */
export type TakeUse = (rate: RateLimit, key: string) => Use | Promise<Use>;

type Waiter = {
  readonly resolve: (use: Use) => void;
  readonly reject: (reason: unknown) => void;
};
type Grants = ReadonlyMap<string, RateGrant> | undefined;
type Queue = { readonly rate: RateLimit; readonly waiters: Map<string, Waiter[]> };

/** Takes each use by itself, without a wait: right where counting costs nothing. */
export function takeAtOnce(memory: MemoryCounters): TakeUse {
  return (rate, key) => {
    const [grants] = memory.take([{ ...rate, wanted: new Map([[key, 1]]) }]);
    return useOf(rate, grants?.get(key), 0);
  };
}

/**
 * Sums all uses of one turn of the event loop, of all operations in flight, into one demand per
 * limit. `setImmediate` runs after the I/O of the turn, so requests that arrived together count
 * together, and adds no wait of its own.
 */
export function takePerTick(counters: RateCounters): TakeUse {
  let queues = new Map<string, Queue>();

  const flush = async () => {
    const tick = [...queues.values()];
    queues = new Map();
    try {
      const grants = await counters.take(tick.map(demandOf));
      // All at once: resolvers behind the limits run in one go, and their loads share a batch.
      tick.forEach((queue, index) => release(queue, grants[index]));
    } catch (error) {
      for (const waiter of tick.flatMap(waitersOf)) waiter.reject(error);
    }
  };

  return (rate, key) =>
    new Promise((resolve, reject) => {
      if (queues.size === 0) setImmediate(() => void flush());
      const name = `${rate.limit}/${rate.durationSeconds}`;
      const queue = queues.get(name) ?? { rate, waiters: new Map<string, Waiter[]>() };
      queues.set(name, queue);
      const waiters = queue.waiters.get(key) ?? [];
      queue.waiters.set(key, waiters);
      waiters.push({ resolve, reject });
    });
}

function demandOf({ rate, waiters }: Queue): RateDemand {
  return { ...rate, wanted: new Map([...waiters].map(([key, { length }]) => [key, length])) };
}

function waitersOf({ waiters }: Queue): Waiter[] {
  return [...waiters.values()].flat();
}

/** First come, first served: what was granted goes to the first of each key. */
function release({ rate, waiters }: Queue, grants: Grants): void {
  for (const [key, ofKey] of waiters) {
    ofKey.forEach(({ resolve }, index) => resolve(useOf(rate, grants?.get(key), index)));
  }
}

/** The use at `index` among those of one grant. */
function useOf({ limit }: RateLimit, grant: RateGrant | undefined, index: number): Use {
  if (!grant) throw new Error('the counters answered for another limit');
  const { granted, used, msToReset } = grant;
  return { isGranted: index < granted, left: limit - used, used, msToReset };
}
