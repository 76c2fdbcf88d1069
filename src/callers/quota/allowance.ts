import type { Plan } from '../plan.ts';

/** What a plan allows; what is undefined is not limited. Whole numbers. */
export type Limits = Pick<Plan, 'requestsPerMinute' | 'pointsPerMinute' | 'creditsPerMonth'>;

/** What one operation costs, apart from being one request. */
export interface Cost {
  readonly points: number;
  readonly credits: number;
}

/**
 * What is missing from a caller's buckets, in `UNITS`, and the credits of a UTC month, which is named
 * by its first millisecond. What is missing rather than what is left: nothing known means all there,
 * and a plan that grows or shrinks keeps the count.
 */
export interface Used {
  readonly requests: number;
  readonly points: number;
  readonly credits: number;
  readonly month: number;
}

/**
 * Units of one point or request. A bucket of `limit` a minute gets `limit` units back in a millisecond:
 * whole numbers below 2^53, so that the script in Redis and this process reckon alike.
 */
export const UNITS = 60_000;

/** Beyond any limit, and its units are still whole numbers. */
const AMOUNT_MAX = 1e11;

export type LimitName = 'requests' | 'points' | 'credits';

/** One limit as a caller sees it. */
export interface Meter {
  readonly limit: number;
  readonly remaining: number;
  /** Until the bucket is full again, or the next month begins. */
  readonly resetSeconds: number;
}

export type Standing = Readonly<Record<LimitName, Meter | undefined>>;

export interface Refusal {
  readonly refusedBy: LimitName;
  /** Infinity where no wait helps. */
  readonly waitMs: number;
}

/** What becomes of one operation, and where it leaves the caller. */
export interface Decision {
  readonly used: Used;
  /** Undefined where it may run. */
  readonly refusal: Refusal | undefined;
  readonly msToMonthEnd: number;
}

/** A whole amount; one that is no number is nothing, for it would spoil the counters for good. */
export function amountOf(value: number): number {
  return value > 0 ? Math.min(Math.ceil(value), AMOUNT_MAX) : 0;
}

/** What is missing of a bucket after a while; never more than all of it, whatever plan came before. */
export function refilled(units: number, limit: number | undefined, elapsedMs: number): number {
  if (limit === undefined) return 0;
  // A clock that was set back takes nothing away.
  const missing = Math.max(0, units - limit * Math.max(0, elapsedMs));
  return Math.min(missing, limit * UNITS);
}

/** What refuses an operation for the longest; undefined where nothing does. */
export function refusalOf(
  used: Used,
  cost: Cost,
  limits: Limits,
  msToMonthEnd: number,
): Refusal | undefined {
  const requests = bucketWaitMs(used.requests, 1, limits.requestsPerMinute);
  const points = bucketWaitMs(used.points, cost.points, limits.pointsPerMinute);
  const credits = creditsWaitMs(used.credits, cost.credits, limits.creditsPerMonth, msToMonthEnd);
  const waitMs = Math.max(requests, points, credits);
  if (waitMs === 0) return undefined;
  if (waitMs === credits) return { refusedBy: 'credits', waitMs };
  return { refusedBy: waitMs === points ? 'points' : 'requests', waitMs };
}

function bucketWaitMs(units: number, cost: number, limit: number | undefined): number {
  if (limit === undefined) return 0;
  if (cost > limit) return Infinity;
  const lacking = units + (cost - limit) * UNITS;
  return lacking <= 0 ? 0 : Math.ceil(lacking / limit);
}

function creditsWaitMs(
  used: number,
  cost: number,
  limit: number | undefined,
  msToMonthEnd: number,
): number {
  // What costs nothing passes even where a smaller plan finds more used than it allows.
  if (limit === undefined || cost === 0 || used + cost <= limit) return 0;
  return cost > limit ? Infinity : Math.max(1, msToMonthEnd);
}

export function standingOf(used: Used, limits: Limits, msToMonthEnd: number): Standing {
  const { requestsPerMinute, pointsPerMinute, creditsPerMonth } = limits;
  return {
    requests: bucketMeter(used.requests, requestsPerMinute),
    points: bucketMeter(used.points, pointsPerMinute),
    credits:
      creditsPerMonth === undefined
        ? undefined
        : {
            limit: creditsPerMonth,
            remaining: creditsLeft(used.credits, creditsPerMonth),
            resetSeconds: secondsOf(msToMonthEnd),
          },
  };
}

function bucketMeter(units: number, limit: number | undefined): Meter | undefined {
  if (limit === undefined) return undefined;
  return {
    limit,
    remaining: bucketLeft(units, limit),
    resetSeconds: units === 0 ? 0 : secondsOf(units / limit),
  };
}

const bucketLeft = (units: number, limit: number) => Math.max(0, Math.floor(limit - units / UNITS));
const creditsLeft = (used: number, limit: number) => Math.max(0, limit - used);

/** How much is gone of the limit that is nearest to its end, from 0 to 1; 0 where nothing is limited. */
export function usedShareOf(used: Used, limits: Limits): number {
  const { requestsPerMinute, pointsPerMinute, creditsPerMonth } = limits;
  return Math.max(
    shareOf(used.requests, requestsPerMinute, bucketLeft),
    shareOf(used.points, pointsPerMinute, bucketLeft),
    shareOf(used.credits, creditsPerMonth, creditsLeft),
  );
}

/** Of a plan that allows no credits at all, none can be used up. */
function shareOf(used: number, limit: number | undefined, leftOf: typeof bucketLeft): number {
  return limit === undefined || limit === 0 ? 0 : (limit - leftOf(used, limit)) / limit;
}

/** Whole seconds, rounded up: whoever waits so long has waited long enough. */
export function secondsOf(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1000));
}
