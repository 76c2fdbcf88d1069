import type { Span } from '../../tracing/trace.ts';
import { giveFromMemory, tellGiven, tellPassing } from '../../usage.ts';
import { UpstreamError } from '../errors.ts';
import type { Step } from '../ledger/brown-out.ts';
import type { Demand } from './demand.ts';
import type { Entry } from './entry.ts';
import { createFetcher, type FetcherOptions } from './fetcher.ts';
import { createFlights, type Landed } from './flights.ts';
import type { MemoryRows } from './memory-rows.ts';
import type { RowCounters } from './row-counts.ts';
import type { Chunk, RowSet } from './row-set.ts';
import { isAcceptable, useOf } from './staleness.ts';
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
  /** Every key's answer, by its id: asks upstream only for what nobody knows or fetches. */
  readonly read: (
    keys: readonly Key[],
    demand: Demand,
  ) => Promise<ReadonlyMap<string, Found<Value>>>;
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

  return <Key, Value, Piece extends Chunk<Key>>(
    set: RowSet<Key, Value, Piece>,
  ): RowReader<Key, Value> => {
    const counts = counters.of(set.endpoint);
    const shelf = memory.shelf<Key, Value>(counts);
    const fetcher = createFetcher({ ...options, shelf }, set);
    const flights = createFlights({ upstream, set, windowMs, now, counts, fly: fetcher.fly });

    /** Of a read that began at `askedAtMs` and comes to the key at `nowMs`. */
    function give(
      entry: Entry<Value>,
      { tally }: Demand,
      askedAtMs: number,
      nowMs: number,
    ): Value | null {
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
    function settle(id: string, landed: Landed<Value>, demand: Demand, askedAtMs: number) {
      const outcome = landed.get(id);
      if (outcome === undefined) throw new Error(`${set.name}: a flight lost a key`);
      const nowMs = now();
      const isGoodEnough = (entry: Entry<Value>) =>
        entry.fetchedAtMs >= askedAtMs ||
        isAcceptable(entry, { nowMs, maxStaleMs: demand.maxStaleMs });
      const isFetched = !(outcome instanceof UpstreamError) && isGoodEnough(outcome);
      if (isFetched && outcome.value !== null) return give(outcome, demand, askedAtMs, nowMs);
      // A row of ours is better than none, and what is known of its absence than an error.
      const known = shelf.get(id);
      const isKept = known !== undefined && isGoodEnough(known);
      if (isKept && (known.value !== null || !isFetched)) {
        return give(known, demand, askedAtMs, nowMs);
      }
      if (isFetched) return give(outcome, demand, askedAtMs, nowMs);
      return fail(
        outcome instanceof UpstreamError ? outcome : refusedStale(outcome, nowMs),
        demand,
      );
    }

    function staleUseOf(key: Key, entry: Entry<Value>, { maxStaleMs }: Demand, nowMs: number) {
      const lifetime = set.lifetimeOf(key, entry.value, nowMs);
      return useOf(entry, { lifetime, nowMs, maxStaleMs, thrift: thrift() });
    }

    async function readAll(keys: readonly Key[], demand: Demand, span?: Span) {
      const { tally } = demand;
      const nowMs = now();
      const found = new Map<string, Found<Value>>();
      const missing = new Map<string, Key>();
      const outdated = new Map<string, Key>();
      for (const key of keys) {
        const id = set.keyOf(key);
        if (found.has(id) || missing.has(id)) continue;
        const entry = shelf.get(id);
        if (entry === undefined) {
          missing.set(id, key);
          continue;
        }
        const use = nowMs <= entry.freshUntilMs ? 'give' : staleUseOf(key, entry, demand, nowMs);
        if (use === 'ask') {
          missing.set(id, key);
          continue;
        }
        if (use === 'give-and-refresh' && !flights.isFlying(id)) outdated.set(id, key);
        tally.hits += 1;
        counts.hits += 1;
        found.set(id, give(entry, demand, nowMs, nowMs));
      }
      span?.set({ 'assay.hits': found.size, 'assay.misses': missing.size });
      if (missing.size === 0 && outdated.size === 0) return found;

      // Together, so that they share requests and are not paid for twice.
      const wanted = outdated.size === 0 ? missing : new Map([...missing, ...outdated]);
      const { flights: taken, joins } = flights.board(wanted, demand, span);
      span?.set({ 'assay.joins': joins });
      tally.misses += missing.size;
      tally.joins += joins;
      counts.misses += missing.size;
      counts.joins += joins;
      for (const [flight, ids] of taken) {
        // For what is outdated nobody waits: the answer is there.
        const awaited = outdated.size === 0 ? ids : ids.filter((id) => missing.has(id));
        if (awaited.length === 0) {
          flight.landed.catch(onBackgroundFault);
          continue;
        }
        const landed = await flight.landed;
        for (const id of awaited) found.set(id, settle(id, landed, demand, nowMs));
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
