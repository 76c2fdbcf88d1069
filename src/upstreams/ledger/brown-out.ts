/** What the gateway gives up, step by step, as a budget is used up; each step includes those before. */
export type Step =
  'none' | 'longer-lifetimes' | 'stale-first' | 'low-priority-refused' | 'all-refused';

/** The share of a window's credits, 0 to 1, at which each step begins. */
export interface StepShares {
  readonly longerLifetimes: number;
  readonly staleFirst: number;
  readonly lowPriorityRefused: number;
  readonly allRefused: number;
}

const defaultShares: StepShares = {
  longerLifetimes: 0.8,
  staleFirst: 0.9,
  lowPriorityRefused: 0.95,
  allRefused: 1,
};

/** The shares with what is not said filled in; they must rise, or a step would never be reached. */
export function stepShares(given: Partial<StepShares> = {}): StepShares {
  const shares = { ...defaultShares, ...given };
  const { longerLifetimes, staleFirst, lowPriorityRefused, allRefused } = shares;
  const rising = [0, longerLifetimes, staleFirst, lowPriorityRefused, allRefused, 1];
  if (!rising.every((share, index) => index === 0 || share >= (rising[index - 1] ?? 0))) {
    throw new RangeError(`the steps of a brown-out must rise from 0 to 1: ${rising.join(', ')}`);
  }
  return shares;
}

/** The step of a budget of which this share is used. */
export function stepAt(share: number, shares: StepShares): Step {
  if (share >= shares.allRefused) return 'all-refused';
  if (share >= shares.lowPriorityRefused) return 'low-priority-refused';
  if (share >= shares.staleFirst) return 'stale-first';
  if (share >= shares.longerLifetimes) return 'longer-lifetimes';
  return 'none';
}
