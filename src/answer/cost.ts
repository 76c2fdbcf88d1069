import type { Charge } from '../callers/quota/quota.ts';
import type { CostLimits, Price } from '../pricing/priced.ts';
import { creditsOf, type Usage } from '../usage.ts';
import { throttleOf } from './quota.ts';

/** What an operation was priced at, what it may cost, and what it has spent so far. */
export function costOf(price: Price, limits: CostLimits, usage: Usage) {
  return {
    points: price.points,
    pointsLimit: limits.pointsMax,
    credits: {
      estimated: price.credits,
      limit: limits.creditsMax,
      spent: creditsOf(usage),
    },
  };
}

/** `costOf` and what is left of the caller's points, as JSON that lacks its last brace. */
export function openCostText(price: Price, limits: CostLimits, usage: Usage): string {
  const { points, credits } = price;
  const { pointsMax, creditsMax } = limits;
  return `{"points":${points},"pointsLimit":${pointsMax},"credits":{"estimated":${credits},"limit":${creditsMax},"spent":${creditsOf(usage)}}`;
}

/** What is left of the caller's points, as the last member of a cost; nothing where they are not limited. */
export function throttleText(charge: Charge): string {
  const throttle = throttleOf(charge);
  if (throttle === undefined) return '';
  const { maximumAvailable, currentlyAvailable, restoreRate } = throttle;
  return `,"throttle":{"maximumAvailable":${maximumAvailable},"currentlyAvailable":${currentlyAvailable},"restoreRate":${restoreRate}}`;
}
