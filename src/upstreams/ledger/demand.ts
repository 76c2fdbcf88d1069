import { type WindowName, windowNames } from './windows.ts';

/** Credits per window; `undefined` counts without a limit. */
export type Limits = Readonly<Record<WindowName, number | undefined>>;

/** What was taken of one window, by this process and by all. */
export interface Tally {
  readonly name: WindowName;
  readonly id: string;
  readonly endsAt: number;
  /** Taken by this process and not given back. */
  mine: number;
  /** The last word of the shared counter: what it holds of this process, and of all. */
  agreed: { readonly mine: number; readonly used: number };
}

export interface Demand {
  readonly credits: number;
  /** Refused from this share of a window on, even where credits are left. */
  readonly belowShare: number | undefined;
}

export type Verdict = 'granted' | WindowName;

/** Counters shared by all processes. */
export interface SharedBudget {
  /**
   * Tells what this process has taken of each window, and decides the demands in their order against
   * the first two. Rejects when the counters cannot be reached.
   */
  agree(tallies: readonly Tally[], demands: readonly Demand[]): Promise<Agreement>;
}

export interface Agreement {
  /** Credits used of each window, in the order of the tallies, after the demands. */
  readonly used: readonly number[];
  readonly verdicts: readonly Verdict[];
}

/** How long a window is remembered after its end, for credits that come back late. */
export const KEEP_MS = 600_000;

/** The window that refuses; the month where both do, for a minute's wait would be in vain. */
export function verdictOn(demand: Demand, used: readonly number[], limits: Limits): Verdict {
  const refusing = windowNames.filter((name, index) => {
    const limit = limits[name];
    const usedOfIt = used[index] ?? 0;
    if (limit === undefined) return false;
    if (usedOfIt + demand.credits > limit) return true;
    return demand.belowShare !== undefined && usedOfIt / limit >= demand.belowShare;
  });
  return refusing.at(-1) ?? 'granted';
}
