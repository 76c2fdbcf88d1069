import type { Price } from './pricing/priced.ts';

/** A value that operations are given. Instants are milliseconds since 1970. */
export interface Given {
  /** Whether whoever asks now is given the same; not so where it is not kept. */
  readonly isCurrent: boolean;
  readonly fetchedAtMs: number;
  readonly freshUntilMs: number;
  /** Counts how often its endpoint's values were answered from memory. */
  readonly counts: { hits: number };
  /** The newest of the operations it was given to, by the number of its tally. */
  givenTo: number;
}

/** What one operation has had of one upstream so far. */
export interface Tally {
  /** Unlike that of any other tally of this process. */
  readonly number: number;
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
  /** How often it asked again for what it had been given. */
  repeats: number;
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

let tallies = 0;

export function createTally(): Tally {
  tallies += 1;
  return {
    number: tallies,
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
    repeats: 0,
  };
}

/** What can never change is told as good for a year: longer is what no cache believes. */
const settledSeconds = 365 * 24 * 3600;

/** Whether an operation has been given a value: where a newer one was since, only its own list tells. */
const isGivenTo = (given: Given, tally: Tally): boolean =>
  given.givenTo === tally.number || (given.givenTo > tally.number && tally.given.includes(given));

/** Counts what an operation is given from memory while it is current: once, however often it is given. */
export function giveFromMemory(tally: Tally, given: Given, nowMs: number): void {
  if (isGivenTo(given, tally)) {
    tally.repeats += 1;
    return;
  }
  given.givenTo = Math.max(given.givenTo, tally.number);
  given.counts.hits += 1;
  tally.hits += 1;
  tellGiven(tally, given, nowMs);
}

/** Takes note of a value that an operation is given. */
export function tellGiven(tally: Tally, given: Given, nowMs: number): void {
  tellAge(tally, given, nowMs);
  tally.given.push(given);
}

/** Stands for all values that are kept nowhere: once is enough to know that there are some. */
const keptNowhere: Given = {
  isCurrent: false,
  fetchedAtMs: 0,
  freshUntilMs: 0,
  counts: { hits: 0 },
  givenTo: 0,
};

/** Takes note of a value that is kept nowhere. */
export function tellPassing(tally: Tally, value: Aged, nowMs: number): void {
  tellAge(tally, value, nowMs);
  if (tally.given.at(-1) !== keptNowhere) tally.given.push(keptNowhere);
}

type Aged = Pick<Given, 'fetchedAtMs' | 'freshUntilMs'>;

function tellAge(tally: Tally, { fetchedAtMs, freshUntilMs }: Aged, nowMs: number): void {
  const freshSeconds = Math.min(settledSeconds, Math.max(0, freshUntilMs - nowMs) / 1000);
  if (freshSeconds < tally.freshSeconds) tally.freshSeconds = freshSeconds;
  if (fetchedAtMs < tally.oldestMs) tally.oldestMs = fetchedAtMs;
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
