import type { Span } from '../../tracing/trace.ts';
import { giveFromMemory, tellGiven, tellPassing } from '../../usage.ts';
import { UpstreamError } from '../errors.ts';
import type { Step } from '../ledger/brown-out.ts';
import type { Demand } from './demand.ts';
import type { Entry } from './entry.ts';
import { createFetcher, type FetcherOptions } from './fetcher.ts';
import type { Landed } from './flight.ts';
import { createFlights, type Wanted } from './flights.ts';
import type { MemoryRows } from './memory-rows.ts';
import type { RowCounters } from './row-counts.ts';
import type { RowSet } from './row-set.ts';
import { isAcceptable, type Use, useOf } from './staleness.ts';
import { recorded } from './recorded-read.ts';

export interface RowReaderOptions extends Omit<FetcherOptions, 'shelf'> {
  readonly upstream: string;
  readonly memory: MemoryRows;
  /** How long a fetch waits for keys of other operations, in milliseconds. */
  readonly windowMs: number;
  readonly thrift: () => Step;
  readonly counters: RowCounters;
  /** Told of a fault of ours in a fetch that nobody waits for. */
  readonly onBackgroundFault: (fault: unknown) => void;
}

/** What a key was answered with: a value, no value, or the reason why neither is known. */
export type Found<Value> = Value | null | UpstreamError;

/** The rows of one set, by key. */
export interface RowReader<Key, Value> {
  readonly idOf: (key: Key) => string;
  /** Its clock, in milliseconds. */
  readonly now: () => number;
  /**
   * The answers of keys that are unlike each other, in their order: asks upstream only for what nobody
   * knows or fetches.
   */
  readonly read: (keys: readonly Key[], demand: Demand) => Promise<readonly Found<Value>[]>;
  /** What is in memory and current; counts nothing yet. */
  readonly current: (key: Key, nowMs: number) => Entry<Value> | undefined;
  /** Gives what is current to an operation. */
  readonly giveCurrent: (entry: Entry<Value>, demand: Demand, nowMs: number) => Value | null;
  /** Keeps a value that came along with something else. */
  readonly keep: (key: Key, value: Value) => void;
}

/** Reads rows by key: from memory, from what gateways share, from who fetches them, or upstream. */
export function createRowReader(options: RowReaderOptions) {
  const { upstream, memory, windowMs, thrift, counters, now, onBackgroundFault } = options;

  return <Key, Value, Extent>(set: RowSet<Key, Value, Extent>): RowReader<Key, Value> => {
    const counts = counters.of(set.endpoint);
    const shelf = memory.shelf<Key, Value>(counts);
    const fetcher = createFetcher({ ...options, shelf }, set);
    const flights = createFlights({ upstream, set, windowMs, now, counts, fly: fetcher.fly });

    function give(entry: Entry<Value>, { tally }: Demand, { askedAtMs, nowMs }: Instants) {
      const { value, mark } = entry;
      if (mark === undefined) tellPassing(tally, entry, nowMs);
      else {
        mark.givenTo = Math.max(mark.givenTo, tally.number);
        tellGiven(tally, mark, nowMs);
      }
      // What was fetched for who asks is not stale, however short its lifetime.
      if (nowMs <= entry.freshUntilMs || entry.fetchedAtMs >= askedAtMs) return value;
      tally.stale += 1;
      counts.stale += 1;
      return value === null ? (set.staleAbsence ?? null) : set.toStale(value);
    }

    function fail(error: UpstreamError, { tally }: Demand): UpstreamError {
      tally.failed += 1;
      tally.freshSeconds = 0;
      counts.failed += 1;
      return error;
    }

    /** Another gateway has just asked in vain, and its stale value is not good enough here. */
    function refusedStale({ askAgainAtMs = 0 }: Entry, nowMs: number): UpstreamError {
      const retryAfterSeconds = Math.max(1, Math.ceil((askAgainAtMs - nowMs) / 1000));
      const { endpoint } = set;
      return new UpstreamError({ upstream, endpoint, kind: 'unavailable', retryAfterSeconds });
    }

    /** The answer of a key that was waited for; what is stale stands in for what is not to be had. */
    function settle(id: string, landed: Landed<Value>, demand: Demand, instants: Instants) {
      const outcome = landed.get(id);
      if (outcome === undefined) throw new Error(`${set.name}: a flight lost a key`);
      const { maxStaleMs } = demand;
      const isFetched =
        !(outcome instanceof UpstreamError) && isGoodEnough(outcome, maxStaleMs, instants);
      if (isFetched && outcome.value !== null) return give(outcome, demand, instants);
      // A row of ours is better than none, and what is known of its absence than an error.
      const known = shelf.get(id);
      const isKept = known !== undefined && isGoodEnough(known, maxStaleMs, instants);
      if (isKept && (known.value !== null || !isFetched)) return give(known, demand, instants);
      if (isFetched) return give(outcome, demand, instants);
      return fail(
        outcome instanceof UpstreamError ? outcome : refusedStale(outcome, instants.nowMs),
        demand,
      );
    }

    function useNow(key: Key, entry: Entry<Value>, { maxStaleMs }: Demand, nowMs: number): Use {
      if (nowMs <= entry.freshUntilMs) return 'give';
      const lifetime = set.lifetimeOf(key, entry.value, nowMs);
      return useOf(entry, { lifetime, nowMs, maxStaleMs, thrift: thrift() });
    }

    async function readAll(keys: readonly Key[], demand: Demand, span?: Span) {
      const { tally } = demand;
      const nowMs = now();
      const atOnce = { askedAtMs: nowMs, nowMs };
      const found = new Array<Found<Value>>(keys.length).fill(null);
      const missing: Missing<Key>[] = [];
      const outdated: Missing<Key>[] = [];
      let place = -1;
      for (const key of keys) {
        place += 1;
        const id = set.keyOf(key);
        const entry = shelf.get(id);
        const use = entry === undefined ? 'ask' : useNow(key, entry, demand, nowMs);
        if (entry === undefined || use === 'ask') {
          missing.push({ id, key, place });
          continue;
        }
        if (use === 'give-and-refresh' && !flights.isFlying(id)) {
          outdated.push({ id, key, place: undefined });
        }
        found[place] = give(entry, demand, atOnce);
      }
      const misses = missing.length;
      const hits = keys.length - misses;
      tally.hits += hits;
      counts.hits += hits;
      span?.set({ 'assay.hits': hits, 'assay.misses': misses });
      if (misses === 0 && outdated.length === 0) return found;

      // Together, so that they share requests and are not paid for twice.
      const all = outdated.length === 0 ? missing : [...missing, ...outdated];
      const { awaited, joins } = flights.board(all, demand, span);
      span?.set({ 'assay.joins': joins });
      tally.misses += misses;
      tally.joins += joins;
      counts.misses += misses;
      counts.joins += joins;
      for (const { landed, wanted } of awaited) {
        if (!wanted.some(isAwaited)) {
          landed.catch(onBackgroundFault);
          continue;
        }
        const outcomes = await landed;
        const then = { askedAtMs: nowMs, nowMs: now() };
        for (const { id, place } of wanted) {
          if (place !== undefined) found[place] = settle(id, outcomes, demand, then);
        }
      }
      return found;
    }

    function read(keys: readonly Key[], demand: Demand) {
      const { span } = demand;
      if (span === undefined) return readAll(keys, demand);
      const work = (step: Span) => readAll(keys, demand, step);
      return recorded(span, { upstream, endpoint: set.endpoint }, work);
    }

    function current(key: Key, nowMs: number) {
      const entry = shelf.get(set.keyOf(key));
      return entry !== undefined && nowMs <= entry.freshUntilMs ? entry : undefined;
    }

    function giveCurrent({ mark, value }: Entry<Value>, { tally }: Demand, nowMs: number) {
      if (mark !== undefined) giveFromMemory(tally, mark, nowMs);
      return value;
    }

    return { idOf: set.keyOf, now, read, current, giveCurrent, keep: fetcher.keep };
  };
}

/** When a read began, and when it comes to a key. */
interface Instants {
  readonly askedAtMs: number;
  readonly nowMs: number;
}

interface Missing<Key> extends Wanted<Key> {
  /** Of its answer; for what is outdated nobody waits: the answer is there. */
  readonly place: number | undefined;
}

/** Of an answer that was waited for: it was fetched for who asks, or may be given out all the same. */
const isGoodEnough = (entry: Entry, maxStaleMs: number, { askedAtMs, nowMs }: Instants): boolean =>
  entry.fetchedAtMs >= askedAtMs || isAcceptable(entry, { nowMs, maxStaleMs });

const isAwaited = ({ place }: Missing<unknown>) => place !== undefined;
