/** What one request costs at one size of what grows. */
export interface Measured {
  /** What was asked, which is compared with itself at other sizes. */
  readonly series: string;
  readonly size: number;
  readonly cpuMicros: number;
  readonly perSecond: number;
  readonly p99Ms: number;
  /** CPU milliseconds from nothing to the first answer. */
  readonly startMs: number;
  /** What makes its figures worthless. */
  readonly faults: readonly string[];
}

/** How a cost may grow: its exponent, and what to call it. */
export interface Bound {
  readonly exponentMax: number;
  readonly kept: string;
  readonly broken: string;
}

export const flat: Bound = { exponentMax: 0.1, kept: 'flat', broken: 'NOT FLAT' };
export const linear: Bound = {
  exponentMax: 1.05,
  kept: 'linear or better',
  broken: 'WORSE THAN LINEAR',
};

/** What was measured of one thing that grows. */
export interface Growth {
  /** What the sizes count. */
  readonly what: string;
  readonly bound: Bound;
  readonly measured: readonly Measured[];
  /** Whether a start could take longer for it. */
  readonly hasStarts?: boolean;
}

type Sized = Pick<Measured, 'size' | 'cpuMicros'>;

/** The power of the size that fits the cost best: 0 for a cost that stays, 1 for one that keeps pace. */
export function exponentOf(points: readonly Sized[]): number {
  const sizes = points.map(({ size }) => Math.log(size));
  const costs = points.map(({ cpuMicros }) => Math.log(cpuMicros));
  const [size, cost] = [mean(sizes), mean(costs)];
  const together = sizes.map((one, index) => (one - size) * ((costs[index] ?? NaN) - cost));
  return sum(together) / sum(sizes.map((one) => (one - size) ** 2));
}

const sum = (figures: readonly number[]) => figures.reduce((total, figure) => total + figure, 0);
const mean = (figures: readonly number[]) => sum(figures) / figures.length;
