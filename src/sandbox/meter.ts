import type { Plan } from './plans.ts';

/** Counts what keys spend. */
export interface Meter {
  planOf(key: string | undefined): Plan | undefined;
  /** False when the key's month or minute is used up; such a request is not counted. */
  spend(key: string): boolean;
  /** Credits spent in the current month. */
  spent(key: string): number;
}

interface Usage {
  readonly month: string;
  readonly minute: number;
  readonly inMonth: number;
  readonly inMinute: number;
}

/** A meter for keys with plans; a month is a calendar month of the clock (UTC), a minute a clock minute. */
export function createMeter(planOfKey: ReadonlyMap<string, Plan>, now: () => number): Meter {
  const usages = new Map<string, Usage>();

  const usageOf = (key: string): Usage => {
    const ms = now();
    const month = new Date(ms).toISOString().slice(0, 7);
    const minute = Math.floor(ms / 60_000);
    const usage = usages.get(key);
    return {
      month,
      minute,
      inMonth: usage?.month === month ? usage.inMonth : 0,
      inMinute: usage?.minute === minute ? usage.inMinute : 0,
    };
  };

  return {
    planOf: (key) => (key === undefined ? undefined : planOfKey.get(key)),
    spend(key) {
      const plan = planOfKey.get(key);
      const usage = usageOf(key);
      if (plan === undefined) return false;
      if (usage.inMonth >= plan.creditsPerMonth) return false;
      if (usage.inMinute >= plan.requestsPerMinute) return false;
      usages.set(key, {
        ...usage,
        inMonth: usage.inMonth + 1,
        inMinute: usage.inMinute + 1,
      });
      return true;
    },
    spent: (key) => usageOf(key).inMonth,
  };
}
