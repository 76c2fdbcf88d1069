/** What came of some requests. */
export interface Figures {
  readonly name: string;
  readonly requests: number;
  readonly perSecond: number;
  /** From the moment a request was due to its answer, of those that were answered. */
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** How often each outcome was the last of a request. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Requests that were sent a second time, by what came of the first. */
  readonly retried: Readonly<Record<string, number>>;
  /** Outcomes that are not right for what was asked. */
  readonly faults: Readonly<Record<string, number>>;
}

export type Tally = ReturnType<typeof createTally>;

/** Counts requests under one name; its time is from now to the last of them. */
export function createTally(name: string, now = () => performance.now()) {
  const startedAt = now();
  let lastAt = startedAt;
  const latencies: number[] = [];
  const outcomes = new Map<string, number>();
  const retried = new Map<string, number>();
  const faults = new Map<string, number>();
  return {
    name,
    count(outcome: string, ms: number, isFault: boolean): void {
      lastAt = now();
      latencies.push(ms);
      raise(outcomes, outcome);
      if (isFault) raise(faults, outcome);
    },
    countRetry: (outcome: string) => raise(retried, outcome),
    figures(): Figures {
      const sorted = Float64Array.from(latencies).sort();
      return {
        ...{ name, requests: sorted.length },
        perSecond: sorted.length / (Math.max(1, lastAt - startedAt) / 1000),
        p50Ms: quantile(sorted, 0.5),
        p90Ms: quantile(sorted, 0.9),
        p99Ms: quantile(sorted, 0.99),
        maxMs: quantile(sorted, 1),
        outcomes: Object.fromEntries([...outcomes].sort()),
        retried: Object.fromEntries(retried),
        faults: Object.fromEntries(faults),
      };
    },
  };
}

/** Of figures that are sorted; 0 where there are none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

export const sumOf = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

export function raise(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
