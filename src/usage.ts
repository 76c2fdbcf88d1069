import type { Price } from './pricing/priced.ts';

/** A value that was given to an operation. */
export interface Given {
  /** Whether whoever asks now is given the same; not so where it is not kept. */
  readonly isCurrent: boolean;
}

/** What one operation has had of one upstream so far. */
export interface Tally {
  /** Keys answered from memory without waiting. */
  hits: number;
  /** Keys that had to be waited for. */
  misses: number;
  /** Of the misses, those that another operation was fetching already. */
  joins: number;
  /** Keys answered with a value past its lifetime. */
  stale: number;
  /** Keys that could not be answered. */
  failed: number;
  /** Requests that left the gateway for this operation, by endpoint path. */
  readonly calls: Map<string, number>;
  /** Its share of the credits spent: a request that others waited for too is shared. */
  credits: number;
  /** When the oldest value was fetched, in milliseconds; Infinity when there was none. */
  oldestMs: number;
  /** Seconds for which everything read may be taken for current; Infinity when nothing was read. */
  freshSeconds: number;
  /** All that was given to it. */
  readonly given: Given[];
}

/** What one operation has used so far. */
export interface Usage {
  /** By the upstream's name. */
  readonly sources: ReadonlyMap<string, Tally>;
  /** Known once the operation was priced. */
  price?: Price;
  /** The operation's name, when it has one. */
  operation?: string | undefined;
}

export function createTally(): Tally {
  return {
    hits: 0,
    misses: 0,
    joins: 0,
    stale: 0,
    failed: 0,
    calls: new Map(),
    credits: 0,
    oldestMs: Infinity,
    freshSeconds: Infinity,
    given: [],
  };
}

export function callsOf({ calls }: Tally): number {
  let sum = 0;
  for (const count of calls.values()) sum += count;
  return sum;
}

/** Credits an operation has borne so far. */
export function creditsOf({ sources }: Usage): number {
  let sum = 0;
  for (const { credits } of sources.values()) sum += credits;
  return roundCredits(sum);
}

/** To millionths: a request may be shared by thousands. */
export const roundCredits = (credits: number) => Math.round(credits * 1e6) / 1e6;
