import type { RateLimit } from './field-cost.ts';
import type { PlannedRequests } from './read-plan.ts';

/** What an operation costs, known before anything is executed. */
export interface Price {
  readonly points: number;
  /** Upstream requests at worst, without retries. */
  readonly credits: number;
  readonly plan: readonly PlannedRequests[];
  /** Points of each place of the answer, without those below it. */
  readonly pointsByPath: ReadonlyMap<string, number>;
  /** Levels of fields, from 1 for an operation of root fields alone. */
  readonly depth: number;
  /** The largest page of a connection, and where it is. */
  readonly largestPage: { readonly size: number; readonly path: string } | undefined;
  /** The oldest day of a series that is asked for, and where. */
  readonly oldestDay: { readonly day: string; readonly path: string } | undefined;
  /** How often limited fields are resolved at most, by coordinate. */
  readonly limitedUses: ReadonlyMap<string, LimitedUses>;
  /** Pricing stopped at the greatest depth or size: the figures are lower bounds. */
  readonly isTruncated: boolean;
}

/** What one operation may cost. */
export interface CostLimits {
  readonly pointsMax: number;
  readonly creditsMax: number;
  readonly depthMax: number;
}

export interface LimitedUses extends RateLimit {
  readonly count: number;
}

/** What of a price is spent with one upstream. */
export function creditsOfPlan(price: Price | undefined, upstream: string): number {
  let credits = 0;
  for (const read of price?.plan ?? []) if (read.upstream === upstream) credits += read.requests;
  return credits;
}
