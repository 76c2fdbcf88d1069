import type { Entry } from './entry.ts';
import type { Step } from '../ledger/brown-out.ts';
import type { Lifetime } from './row-set.ts';

/**
 * What to do with an entry: give it out; give it out and fetch a new one behind its back; or ask
 * first, and fall back on it when the answer is none.
 */
export type Use = 'give' | 'give-and-refresh' | 'ask';

/** With `longer-lifetimes`, values are given out for so many lifetimes past their own. */
const longer = 3;

export interface UseOptions {
  readonly lifetime: Lifetime;
  readonly nowMs: number;
  readonly maxStaleMs: number;
  /** What is given up to spare credits. */
  readonly thrift: Step;
}

/** Whether a value may be given out although its lifetime is over. */
export function isAcceptable(
  { freshUntilMs, keptUntilMs }: Entry,
  { nowMs, maxStaleMs }: Pick<UseOptions, 'nowMs' | 'maxStaleMs'>,
): boolean {
  return nowMs <= freshUntilMs || (nowMs <= keptUntilMs && nowMs - freshUntilMs <= maxStaleMs);
}

export function useOf(entry: Entry, { lifetime, nowMs, maxStaleMs, thrift }: UseOptions): Use {
  const { fetchedAtMs, freshUntilMs, askAgainAtMs = 0 } = entry;
  const overMs = nowMs - freshUntilMs;
  if (overMs <= 0) return 'give';
  if (!isAcceptable(entry, { nowMs, maxStaleMs })) return 'ask';
  if (nowMs < askAgainAtMs) return 'give';
  if (thrift !== 'none' && thrift !== 'longer-lifetimes') return 'give';
  const isLonger = thrift === 'longer-lifetimes' && overMs <= longer * (freshUntilMs - fetchedAtMs);
  if (isLonger) return 'give';
  return overMs <= lifetime.revalidateMs ? 'give-and-refresh' : 'ask';
}
