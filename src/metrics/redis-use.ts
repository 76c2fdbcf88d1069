import type { UpstreamStatus } from './upstream-metrics.ts';

/**
 * What an upstream says of Redis, while that rests or not. Who finds it rested does not ask it, and so
 * does not learn that it is away: one tells for all.
 */
export function withRest(status: UpstreamStatus, isResting: boolean): UpstreamStatus {
  if (!isResting) return status;
  const { budget, rows } = status;
  const { shared } = rows;
  return {
    ...status,
    budget: budget.redis === 'used' ? { ...budget, redis: 'away' } : budget,
    rows: shared === undefined ? rows : { ...rows, shared: { ...shared, isUsed: false } },
  };
}
