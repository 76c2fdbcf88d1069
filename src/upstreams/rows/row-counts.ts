/** What the rows of one endpoint have been asked for since the process started. */
export interface RowCounts {
  /** Keys answered from memory. */
  hits: number;
  /** Keys that were waited for. */
  misses: number;
  /** Of the misses, those that were being fetched already. */
  joins: number;
  /** Keys answered past their lifetime. */
  stale: number;
  /** Keys that could not be answered. */
  failed: number;
  /** Requests that left for them. */
  calls: number;
}

export type RowCounters = ReturnType<typeof createRowCounters>;

/** Counts by endpoint path, over all ways of reading it. */
export function createRowCounters() {
  const counts = new Map<string, RowCounts>();
  return {
    of(endpoint: string): RowCounts {
      const known = counts.get(endpoint);
      if (known !== undefined) return known;
      const created = { hits: 0, misses: 0, joins: 0, stale: 0, failed: 0, calls: 0 };
      counts.set(endpoint, created);
      return created;
    },
    /** Those that were asked for at all. */
    all: (): ReadonlyMap<string, Readonly<RowCounts>> =>
      new Map([...counts].filter(([, { hits, misses }]) => hits + misses > 0)),
  };
}
