import type { MemoryCounters } from './memory-counters.ts';
import type { RateCounters, RateDemand, RateGrant, RateLimit } from './rate-counters.ts';

/** What became of uses that were asked for together. */
export type Uses = {
  readonly granted: number;
  readonly left: number;
  readonly used: number;
  readonly msToReset: number;
};

/** Asks for uses of a limit; a negative count gives uses back. */
export type TakeUses = (rate: RateLimit, key: string, count: number) => Uses | Promise<Uses>;

type Waiter = {
  readonly count: number;
  readonly resolve: (uses: Uses) => void;
  readonly reject: (reason: unknown) => void;
};
type Grants = ReadonlyMap<string, RateGrant> | undefined;
type Queue = { readonly rate: RateLimit; readonly waiters: Map<string, Waiter[]> };

/** Takes without a wait: right where counting costs nothing. */
export function takeAtOnce(memory: MemoryCounters): TakeUses {
  return (rate, key, count) => {
    const grant = memory.takeOne(rate, key, count);
    return usesOf(rate, grant, grant.granted);
  };
}

/**
 * Sums all uses of one turn of the event loop, of all operations in flight, into one demand per
 * limit. `setImmediate` runs after the I/O of the turn, so requests that arrived together count
 * together, and adds no wait of its own.
 */
export function takePerTick(counters: RateCounters): TakeUses {
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

  return (rate, key, count) =>
    new Promise((resolve, reject) => {
      if (queues.size === 0) setImmediate(() => void flush());
      const name = `${rate.limit}/${rate.durationSeconds}`;
      const queue = queues.get(name) ?? { rate, waiters: new Map<string, Waiter[]>() };
      queues.set(name, queue);
      const waiters = queue.waiters.get(key) ?? [];
      queue.waiters.set(key, waiters);
      waiters.push({ count, resolve, reject });
    });
}

function demandOf({ rate, waiters }: Queue): RateDemand {
  return { ...rate, wanted: new Map([...waiters].map(([key, ofKey]) => [key, sumOf(ofKey)])) };
}

const sumOf = (waiters: readonly Waiter[]) => waiters.reduce((sum, { count }) => sum + count, 0);

function waitersOf({ waiters }: Queue): Waiter[] {
  return [...waiters.values()].flat();
}

/** First come, first served: what was granted or given back goes to the first of each key. */
function release({ rate, waiters }: Queue, grants: Grants): void {
  for (const [key, ofKey] of waiters) {
    const grant = grantOf(grants, key);
    const returns = ofKey.filter(({ count }) => count < 0);
    let available = grant.granted - sumOf(returns);
    for (const { count, resolve } of ofKey) {
      const granted = Math.min(count, available);
      available -= Math.max(0, granted);
      resolve(usesOf(rate, grant, granted));
    }
  }
}

function grantOf(grants: Grants, key: string): RateGrant {
  const grant = grants?.get(key);
  if (!grant) throw new Error('the counters answered for another limit');
  return grant;
}

function usesOf({ limit }: RateLimit, { used, msToReset }: RateGrant, granted: number): Uses {
  return { granted, left: limit - used, used, msToReset };
}
