import { median } from './columns.ts';

export interface Ratio {
  readonly median: number;
  /** How far single rounds were apart. */
  readonly least: number;
  readonly most: number;
}

/**
 * Figures of one contestant by those of another, round by round. The two runs of a round see nearly the
 * same machine, while its speed changes by a third over a whole run: a ratio of two medians may take one
 * from when it was fast and the other from when it was slow.
 */
export function ratioByRound(figures: readonly number[], references: readonly number[]): Ratio {
  const ratios = figures.map((figure, round) => figure / (references[round] ?? NaN));
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}
