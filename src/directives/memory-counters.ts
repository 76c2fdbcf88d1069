import {
  counterName,
  type RateDemand,
  type RateGrant,
  type RateGrants,
  type RateLimit,
} from './rate-counters.ts';

export type MemoryCountersOptions = {
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
  readonly countersMax?: number;
};

/** Counters of this process alone; answers at once. */
export type MemoryCounters = {
  readonly take: (demands: readonly RateDemand[]) => RateGrants;
  readonly takeOne: (rate: RateLimit, key: string, count: number) => RateGrant;
  readonly size: () => number;
};

type Counter = {
  used: number;
  resetAt: number;
  /** Whether it was used since it was made, or last looked at as one to drop. */
  isRecent: boolean;
};

/** About 200 bytes a counter: 10 MB at most. */
const COUNTERS_MAX = 50_000;
const SWEEP_EVERY_MS = 60_000;

/**
 * Counts in memory: expired counters are dropped, and beyond `countersMax` those of long ago. Who uses
 * one only leaves a mark; the first without one is dropped, and those before it go behind all others.
 * No timers: one of a month would overflow `setTimeout` and expire at once.
 */
export function createMemoryCounters({
  now = () => performance.now(),
  countersMax = COUNTERS_MAX,
}: MemoryCountersOptions = {}): MemoryCounters {
  const counters = new Map<string, Counter>();
  let sweepAt = now() + SWEEP_EVERY_MS;

  const sweep = (time: number) => {
    if (time < sweepAt) return;
    sweepAt = time + SWEEP_EVERY_MS;
    for (const [name, { resetAt }] of counters) if (resetAt <= time) counters.delete(name);
  };

  const dropOne = () => {
    for (const [name, counter] of counters) {
      counters.delete(name);
      if (!counter.isRecent) return;
      counter.isRecent = false;
      counters.set(name, counter);
    }
  };

  const counterOf = (name: string, time: number, durationSeconds: number): Counter => {
    const known = counters.get(name);
    if (known !== undefined) {
      known.isRecent = true;
      if (known.resetAt > time) return known;
      known.used = 0;
      known.resetAt = time + durationSeconds * 1000;
      return known;
    }
    if (counters.size >= countersMax) dropOne();
    const counter = { used: 0, resetAt: time + durationSeconds * 1000, isRecent: false };
    counters.set(name, counter);
    return counter;
  };

  const takeAt = (time: number, rate: RateLimit, key: string, count: number): RateGrant => {
    const counter = counterOf(counterName(rate, key), time, rate.durationSeconds);
    const granted = Math.max(-counter.used, Math.min(count, rate.limit - counter.used));
    counter.used += granted;
    return { granted, used: counter.used, msToReset: counter.resetAt - time };
  };

  return {
    take: (demands) => {
      const time = now();
      sweep(time);
      return demands.map(
        (demand) =>
          new Map(
            [...demand.wanted].map(([key, count]) => [key, takeAt(time, demand, key, count)]),
          ),
      );
    },
    takeOne: (rate, key, count) => {
      const time = now();
      sweep(time);
      return takeAt(time, rate, key, count);
    },
    size: () => counters.size,
  };
}
