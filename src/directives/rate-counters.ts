/** How often something may happen within a window that starts with its first use. */
export type RateLimit = {
  readonly limit: number;
  readonly durationSeconds: number;
};

/** Uses of one limit in one tick, summed per key; below zero where more is given back than taken. */
export type RateDemand = RateLimit & {
  readonly wanted: ReadonlyMap<string, number>;
};

/** How often an operation may have a field resolved, at most. */
export type PlannedUses = {
  readonly limit: number;
  readonly duration: number;
  readonly count: number;
};

/** What became of the uses of one key: `granted` of them may go ahead, or are back below zero. */
export type RateGrant = {
  readonly granted: number;
  /** Uses in this window after the grant. Refused uses do not count: it never exceeds the limit. */
  readonly used: number;
  readonly msToReset: number;
};

/** Grants per demand, in the order of the demands, by key. */
export type RateGrants = readonly ReadonlyMap<string, RateGrant>[];

/** Where uses are counted. */
export type RateCounters = {
  readonly take: (demands: readonly RateDemand[]) => RateGrants | Promise<RateGrants>;
};

/** The name of a counter: two limits never share one, even for the same caller and field. */
export function counterName({ limit, durationSeconds }: RateLimit, key: string): string {
  return `${limit}/${durationSeconds}:${key}`;
}
