import type { RedisClient } from '../../redis/client.ts';
import { createRest, type Rest } from '../../redis/rest.ts';
import {
  amountOf,
  type Cost,
  type Decision,
  type LimitName,
  refilled,
  secondsOf,
  type Standing,
  standingOf,
  UNITS,
  usedShareOf,
} from './allowance.ts';
import {
  createLocalHoldings,
  type Holding,
  type QuotaPlan,
  type Refund,
} from './local-holdings.ts';
import { createCalendar } from './months.ts';
import { createNearest } from './nearest.ts';
import { createSharedQuota, type QuotaLog } from './shared-quota.ts';

export interface QuotaCaller {
  readonly id: string;
  readonly plan: QuotaPlan;
}

/** Where a caller stands with the plan last charged under. */
export interface CallerStanding extends Standing {
  readonly id: string;
  /** The name of the plan, where it has one. */
  readonly plan: string | undefined;
  /** Of the limit that is nearest to its end, how much is gone, from 0 to 1. */
  readonly usedShare: number;
}

/** The decision about one operation, and where it leaves the caller. */
export interface Charge extends Standing {
  readonly allowed: boolean;
  readonly refusedBy: LimitName | undefined;
  /** When this very operation would pass if nothing else came. */
  readonly retryAfterSeconds: number | undefined;
  /** It costs more than the plan ever holds. */
  readonly never: boolean;
  /** Gives back what was cheaper than charged. The first call counts. */
  readonly settle: (actual: Cost) => void;
}

export type Quota = ReturnType<typeof createQuota>;

export interface QuotaOptions {
  /** Counts for all processes; without it each counts for itself. */
  readonly redis?: RedisClient | undefined;
  /** Nobody waits longer for Redis. */
  readonly deadlineMs?: number | undefined;
  /** Shared with whoever else asks the same Redis. */
  readonly rest?: Rest | undefined;
  readonly now: () => number;
  readonly log: QuotaLog;
  readonly callersMax?: number;
}

/** About 200 bytes each. */
const CALLERS_MAX = 100_000;

/** What callers may do in a minute and spend in a month, by their plans. */
export function createQuota(options: QuotaOptions) {
  const { redis, now, log, deadlineMs = 100, callersMax = CALLERS_MAX } = options;
  const { rest = createRest({ redis, deadlineMs, log }) } = options;
  const monthsAt = createCalendar();
  const local = createLocalHoldings({ now, monthsAt, callersMax });
  const shared = redis && createSharedQuota({ redis, deadlineMs, rest, log, local, monthsAt });

  const standingNow = (seen: Holding) =>
    standingOf(seen, seen.plan, monthsAt(seen.atMs)[2] - seen.atMs);

  const giveBack = (id: string, refund: Refund, isShared: boolean) => {
    const { requests, points, credits } = refund;
    if (requests + points + credits === 0) return;
    local.refund(id, refund);
    if (isShared && !rest.isOn()) shared?.refund(id, refund);
  };

  /** What Redis has decided on, it gets back; what it has not, it must not get. */
  const chargeOf = (
    { id, plan }: QuotaCaller,
    cost: Cost,
    { used, refusal, msToMonthEnd }: Decision,
    isShared: boolean,
  ): Charge => {
    const { requests, points, credits } = standingOf(used, plan, msToMonthEnd);
    const never = refusal?.waitMs === Infinity;
    const atMs = now();
    let isOpen = refusal === undefined;
    const settle = (actual: Cost) => {
      if (!isOpen) return;
      isOpen = false;
      const cheaper = Math.max(0, cost.points - amountOf(actual.points)) * UNITS;
      const refund = {
        requests: 0,
        // What has come back by itself meanwhile does not come back again.
        points: Math.min(cheaper, refilled(used.points, plan.pointsPerMinute, now() - atMs)),
        credits: Math.max(0, cost.credits - amountOf(actual.credits)),
        month: used.month,
      };
      giveBack(id, refund, isShared);
    };
    return {
      allowed: refusal === undefined,
      refusedBy: refusal?.refusedBy,
      retryAfterSeconds: refusal === undefined || never ? undefined : secondsOf(refusal.waitMs),
      never,
      requests,
      points,
      credits,
      settle,
    };
  };

  const chargeHere = (caller: QuotaCaller, cost: Cost): Charge =>
    chargeOf(caller, cost, local.charge(caller.id, cost, caller.plan), false);

  return {
    /**
     * Decides about one operation and takes all of its cost or nothing. Answers at once where Redis
     * need not be asked. Never rejects.
     */
    charge: (caller: QuotaCaller, price: Cost): Charge | Promise<Charge> => {
      const cost = { points: amountOf(price.points), credits: amountOf(price.credits) };
      if (shared === undefined || rest.isOn()) return chargeHere(caller, cost);
      return shared
        .charge(caller.id, cost, caller.plan)
        .then((decision) =>
          decision === undefined
            ? chargeHere(caller, cost)
            : chargeOf(caller, cost, decision, true),
        );
    },
    /** Gives back of this month what a charge turned out not to need. */
    refund: ({ id }: QuotaCaller, amounts: Partial<Cost> & { readonly requests?: number }) => {
      const { requests = 0, points = 0, credits = 0 } = amounts;
      const refund = {
        requests: amountOf(requests) * UNITS,
        points: amountOf(points) * UNITS,
        credits: amountOf(credits),
        month: monthsAt(now())[1],
      };
      giveBack(id, refund, true);
    },
    /** Where a caller stands as far as this process has seen; asks nobody and takes nothing. */
    peek: ({ id, plan }: QuotaCaller): Standing => standingNow(local.see(id, plan)),
    /**
     * Who is nearest to a limit as far as this process has seen, among equals who came last; asks nobody
     * either. One pass over all, which keep the event loop: only those told are looked at closely.
     */
    standings: (top: number): readonly CallerStanding[] => {
      const nearest = createNearest<readonly [id: string, seen: Holding]>(top);
      local.each((id, seen) => nearest.offer(usedShareOf(seen, seen.plan), [id, seen]));
      return nearest.list().map(({ share: usedShare, value: [id, seen] }) => ({
        ...{ id, plan: seen.plan.name, usedShare },
        ...standingNow(seen),
      }));
    },
    /** Callers this process remembers. */
    size: local.size,
    /** Gives back what is still to be given back. Never rejects. */
    close: async (): Promise<void> => shared?.close(),
  };
}
