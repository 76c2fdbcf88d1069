/** What PromQL makes of numbers, as far as the rules of alerts need it that have a test. */

type Table<Of> = Readonly<Record<string, Of>>;

export const aggregate: Table<(values: readonly number[]) => number> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  count: (values) => values.length,
};

/** What becomes of the values of a range. */
export const overTime: Table<(values: readonly number[]) => number | undefined> = {
  avg_over_time: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  max_over_time: (values) => Math.max(...values),
  increase: (values) => (values.length < 2 ? undefined : increaseOf(values)),
  // Of each sample rather than each second: it is compared with nothing but 0 or another rate.
  rate: (values) => (values.length < 2 ? undefined : increaseOf(values) / values.length),
};

const increaseOf = (values: readonly number[]): number =>
  values.slice(1).reduce((sum, value, at) => {
    const before = values[at] ?? 0;
    return sum + (value < before ? value : value - before);
  }, 0);

export function quantileOf(quantile: number, values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = quantile * (sorted.length - 1);
  const [low = Number.NaN, high = low] = sorted.slice(Math.floor(rank), Math.floor(rank) + 2);
  return low + (high - low) * (rank % 1);
}

export const arithmetic: Table<(left: number, right: number) => number> = {
  '/': (left, right) => left / right,
  '*': (left, right) => left * right,
};

export const comparisons: Table<(left: number, right: number) => boolean> = {
  '==': (left, right) => left === right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
  '<': (left, right) => left < right,
};

export function known<Of>(table: Table<Of>, name: string): Of {
  const found = table[name];
  if (found === undefined) throw new Error(`${name}: is not evaluated here`);
  return found;
}
