import type { CostLimits, Price } from '../pricing/priced.ts';
import { creditsOf, type Usage } from '../usage.ts';

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
