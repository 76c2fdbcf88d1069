import { median } from '../bench/speed/columns.ts';
import type { Usage } from './gateway.ts';
import type { Report } from './job.ts';
import { faultsOf, none, type Verdict } from './tables.ts';

/** Some time under load, and what was in use when nobody asked for anything any more. */
export interface Window {
  readonly report: Report;
  readonly usage: Usage;
}

export interface Bounds {
  /** Of heap and handles: what the last third may have by what the first had. */
  readonly growthMax: number;
  readonly p99GrowthMax: number;
}

export const bounds: Bounds = { growthMax: 1.05, p99GrowthMax: 1.5 };

/** Caches fill until then. */
const warmUpShare = 0.2;

export function soakVerdicts(
  windows: readonly Window[],
  faults: readonly string[],
  { growthMax, p99GrowthMax }: Bounds = bounds,
): readonly Verdict[] {
  const settled = windows.slice(Math.ceil(windows.length * warmUpShare));
  const growth = (what: string, figureOf: (window: Window) => number, atMost: number): Verdict => {
    const ratio = growthOf(settled.map(figureOf));
    const measured = `${(100 * (ratio - 1)).toFixed(1)} %`;
    const bound = `≤ ${(100 * (atMost - 1)).toFixed(0)} %`;
    return { what, measured, bound, isKept: ratio <= atMost };
  };
  return [
    none(
      'wrong outcomes',
      windows.flatMap(({ report }) => faultsOf(report.scenarios)),
    ),
    none("failures in the gateway's log", faults),
    growth('growth of the heap', ({ usage }) => usage.heapBytes, growthMax),
    growth('growth of handles', ({ usage }) => usage.handles, growthMax),
    {
      ...growth('growth of p99', ({ report }) => report.total.p99Ms, p99GrowthMax),
      isSpeed: true,
    },
  ];
}

/** What the last third has by what the first has, by their medians. */
export function growthOf(figures: readonly number[]): number {
  const third = Math.ceil(figures.length / 3);
  return median(figures.slice(-third)) / median(figures.slice(0, third));
}
