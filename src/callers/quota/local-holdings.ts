import { LRUCache } from 'lru-cache';
import {
  type Cost,
  type Decision,
  type Limits,
  refilled,
  refusalOf,
  UNITS,
  type Used,
} from './allowance.ts';
import type { Months } from './months.ts';

/** Limits, and the name of the plan they are of where they are of one. */
export type QuotaPlan = Limits & { readonly name?: string };

/** What this process knows of a caller: the whole truth without Redis, else what it saw last. */
export interface Holding extends Used {
  readonly atMs: number;
  /** Which life of the key in Redis this was seen of; 0: none. */
  readonly life: number;
  /** The last charge that Redis was not told of; 0: none. */
  readonly untold: number;
  /** What was last charged under. */
  readonly plan: QuotaPlan;
}

export interface Refund {
  /** In units. */
  readonly requests: number;
  /** In units. */
  readonly points: number;
  readonly credits: number;
  /** The month the credits were taken of. */
  readonly month: number;
}

export interface LocalHoldingsOptions {
  readonly now: () => number;
  readonly monthsAt: (ms: number) => Months;
  /** The least recently used caller beyond so many is forgotten. */
  readonly callersMax: number;
}

export type LocalHoldings = ReturnType<typeof createLocalHoldings>;

export function createLocalHoldings({ now, monthsAt, callersMax }: LocalHoldingsOptions) {
  // Of a `max`, room for all of them would be taken at once.
  const holdings = new LRUCache<string, Holding>({
    maxSize: callersMax,
    sizeCalculation: () => 1,
  });
  let charges = 0;

  /** As of now and under these limits. */
  const refreshed = (known: Holding | undefined, plan: QuotaPlan, atMs = now()): Holding => {
    const month = monthsAt(atMs)[1];
    if (known === undefined) {
      return { requests: 0, points: 0, credits: 0, month, atMs, life: 0, untold: 0, plan };
    }
    const elapsedMs = atMs - known.atMs;
    return {
      requests: refilled(known.requests, plan.requestsPerMinute, elapsedMs),
      points: refilled(known.points, plan.pointsPerMinute, elapsedMs),
      // A clock that is set back into the month before does not begin it anew.
      credits: month > known.month ? 0 : known.credits,
      month: Math.max(month, known.month),
      atMs,
      life: known.life,
      untold: known.untold,
      plan,
    };
  };
  /** What is known of a caller. */
  const see = (id: string, plan: QuotaPlan) => refreshed(holdings.get(id), plan);

  return {
    see,
    /** Takes all of a cost or nothing. */
    charge: (id: string, cost: Cost, limits: QuotaPlan): Decision => {
      const seen = see(id, limits);
      const msToMonthEnd = monthsAt(seen.atMs)[2] - seen.atMs;
      const refusal = refusalOf(seen, cost, limits, msToMonthEnd);
      if (refusal !== undefined) {
        // Nothing is taken, but who is refused is seen; a clock that was set back is not waited for.
        const known = holdings.get(id) ?? seen;
        holdings.set(id, { ...known, atMs: Math.min(known.atMs, seen.atMs), plan: limits });
        return { used: seen, refusal, msToMonthEnd };
      }
      charges += 1;
      const used: Holding = {
        requests: limits.requestsPerMinute === undefined ? 0 : seen.requests + UNITS,
        points: limits.pointsPerMinute === undefined ? 0 : seen.points + cost.points * UNITS,
        credits: seen.credits + cost.credits,
        month: seen.month,
        atMs: seen.atMs,
        life: seen.life,
        untold: charges,
        plan: limits,
      };
      holdings.set(id, used);
      return { used, refusal, msToMonthEnd };
    },
    /**
     * What Redis answered to a question that was asked when `asked` was known. Dated back to the
     * question, so that it never holds more against the caller than Redis does.
     */
    adopt: (id: string, told: Used & { readonly life: number }, asked: Holding) => {
      const known = holdings.get(id);
      const isTold = known === undefined || known.untold === asked.untold;
      if (known === undefined || isTold) {
        holdings.set(id, { ...told, atMs: asked.atMs, untold: 0, plan: asked.plan });
        return;
      }
      // Charged here while the answer was on its way: the stricter of both, until Redis is told.
      const isSameMonth = known.month === told.month;
      holdings.set(id, {
        ...known,
        requests: Math.max(known.requests, told.requests),
        points: Math.max(known.points, told.points),
        credits: isSameMonth ? Math.max(known.credits, told.credits) : known.credits,
      });
    },
    refund: (id: string, { requests, points, credits, month }: Refund) => {
      const known = holdings.get(id);
      if (known === undefined) return;
      holdings.set(id, {
        ...known,
        requests: Math.max(0, known.requests - requests),
        points: Math.max(0, known.points - points),
        credits: month === known.month ? Math.max(0, known.credits - credits) : known.credits,
      });
    },
    /** Everybody at one time, who came last first. Looking on keeps nobody from being forgotten. */
    each: (visit: (id: string, seen: Holding) => void) => {
      const atMs = now();
      holdings.forEach((known, id) => visit(id, refreshed(known, known.plan, atMs)));
    },
    size: () => holdings.size,
  };
}
