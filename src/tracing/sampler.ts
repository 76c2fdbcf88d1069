import type { Parent } from './traceparent.ts';

export interface SamplerSettings {
  /** Of the requests that nobody has decided about, from 0 to 1. */
  readonly ratio: number;
  /** Whether a request that was sent in a trace is recorded if, and only if, the trace is. */
  readonly isParentBased: boolean;
  /** So many requests a second are recorded because their senders say so; others are left to chance. */
  readonly forcedPerSecond: number;
}

export interface SamplerOptions extends SamplerSettings {
  /** From 0, to 1 exclusively. */
  readonly random?: () => number;
  /** In milliseconds, on a clock that is not set. */
  readonly now?: () => number;
}

/**
 * Decides which requests are recorded. Anybody can write a `traceparent`: without a bound, strangers
 * would decide how much is.
 */
export function createSampler(options: SamplerOptions) {
  const { ratio, isParentBased, forcedPerSecond } = options;
  const { random = Math.random, now = () => performance.now() } = options;
  let second = -1;
  let forced = 0;
  const mayForce = () => {
    const current = Math.floor(now() / 1000);
    if (current !== second) {
      second = current;
      forced = 0;
    }
    forced += 1;
    return forced <= forcedPerSecond;
  };

  return (parent: Parent | undefined): boolean => {
    if (parent !== undefined && isParentBased) {
      if (!parent.isSampled) return false;
      if (mayForce()) return true;
    }
    return random() < ratio;
  };
}
