import type { Span } from '../../tracing/trace.ts';
import { UpstreamError } from '../errors.ts';
import { type Bill, chargeTo } from './charge.ts';
import type { Demand } from './demand.ts';
import type { Entry } from './entry.ts';
import type { RowCounts } from './row-counts.ts';
import type { Chunk, FetchScope, RowSet } from './row-set.ts';

/** What came of a key: what is known of it now, or why nothing is. */
export type Landed<Value> = ReadonlyMap<string, Entry<Value> | UpstreamError>;

/** One fetch that several operations may wait for. */
export interface Flight<Key, Value> {
  readonly keys: ReadonlyMap<string, Key>;
  readonly landed: Promise<Landed<Value>>;
}

export interface FlightsOptions<Key, Value, Piece extends Chunk<Key>> {
  readonly upstream: string;
  readonly set: RowSet<Key, Value, Piece>;
  /** How long a flight waits for more passengers, in milliseconds. */
  readonly windowMs: number;
  readonly now: () => number;
  readonly counts: Pick<RowCounts, 'calls'>;
  /** Gets the keys; what it asks the upstream for is charged through the pilot. */
  readonly fly: (keys: ReadonlyMap<string, Key>, pilot: Pilot) => Promise<Landed<Value>>;
}

/** What a flight does at the expense of its passengers. */
export interface Pilot {
  /** Runs a fetch that the account of one of the passengers has been admitted for. */
  readonly charged: <T>(fetch: (scope: FetchScope) => Promise<T>) => Promise<T>;
}

interface Boarding<Key, Value, Piece> extends Flight<Key, Value> {
  readonly keys: Map<string, Key>;
  chunk: Piece;
  readonly leavesAtMs: number;
  readonly leave: () => void;
  /** Who waits, with the requests each would have needed alone. */
  readonly passengers: Map<Demand, number>;
  /** The reads of those who wait that are recorded. */
  readonly spans: Span[];
}

/**
 * Single flight: a key is fetched once, whoever asks for it meanwhile waits for the same fetch, and
 * what several operations miss within a short window is asked for in the same requests.
 */
export function createFlights<Key, Value, Piece extends Chunk<Key>>(
  options: FlightsOptions<Key, Value, Piece>,
) {
  const { upstream, set, windowMs, now, counts, fly } = options;
  /** What an operation waits for, by the flights that bring it. */
  type Taken = Map<Boarding<Key, Value, Piece>, string[]>;
  const flying = new Map<string, Boarding<Key, Value, Piece>>();
  const boarding = new Set<Boarding<Key, Value, Piece>>();

  function open(chunk: Piece): Boarding<Key, Value, Piece> {
    const passengers = new Map<Demand, number>();
    const keys = new Map<string, Key>();
    let leave = () => {};
    const landed = new Promise<Landed<Value>>((resolve, reject) => {
      leave = () => {
        clearTimeout(timer);
        boarding.delete(flight);
        depart(flight).then(resolve, reject);
      };
    });
    const timer = setTimeout(leave, windowMs);
    const leavesAtMs = now() + windowMs;
    const flight = { keys, chunk, leavesAtMs, leave, passengers, spans: [], landed };
    // Who waits is told of a failure; if nobody does, it concerns nobody.
    flight.landed.catch(() => {});
    boarding.add(flight);
    return flight;
  }

  async function depart(flight: Boarding<Key, Value, Piece>): Promise<Landed<Value>> {
    const bill: Bill = { calls: 0 };
    try {
      return await fly(flight.keys, { charged: (fetch) => charged(flight, bill, fetch) });
    } finally {
      for (const id of flight.keys.keys()) flying.delete(id);
      counts.calls += bill.calls;
      share(flight, bill.calls);
    }
  }

  async function charged<T>(
    { passengers, spans }: Boarding<Key, Value, Piece>,
    bill: Bill,
    fetch: (scope: FetchScope) => Promise<T>,
  ): Promise<T> {
    const sponsor = await sponsorOf(passengers);
    // Whoever boards later waits too.
    const isAbandoned = () => [...passengers.keys()].every(({ signal }) => signal.aborted);
    return fetch(chargeTo({ upstream, endpoint: set.endpoint, sponsor, bill, isAbandoned, spans }));
  }

  /** The first passenger who still waits and whom the budget admits. */
  async function sponsorOf(passengers: ReadonlyMap<Demand, number>): Promise<Demand> {
    let refusal: unknown;
    // Those who board while others are being refused get their turn.
    for (const demand of passengers.keys()) {
      if (demand.signal.aborted) continue;
      try {
        await demand.account.admit();
        return demand;
      } catch (error) {
        refusal = error;
      }
    }
    if (refusal instanceof Error) throw refusal;
    throw new UpstreamError({ upstream, endpoint: set.endpoint, kind: 'cancelled' });
  }

  /** Nobody bears more than the requests that were needed for it alone. */
  function share({ passengers }: Boarding<Key, Value, Piece>, calls: number): void {
    let weights = 0;
    for (const weight of passengers.values()) weights += weight;
    for (const [{ account, tally }, weight] of passengers) {
      const credits = weights === 0 ? 0 : (calls * weight) / weights;
      if (credits > 0) account.bear(set.endpoint, credits);
      tally.credits += credits;
      account.land();
    }
  }

  function seat(flight: Boarding<Key, Value, Piece>, demand: Demand, weight: number): void {
    const { passengers } = flight;
    if (!passengers.has(demand)) demand.account.depart();
    passengers.set(demand, (passengers.get(demand) ?? 0) + weight);
  }

  /** Seats what is still unclaimed in flights that have room, or in new ones; tells what that needs. */
  function claim(keys: readonly Key[], demand: Demand, taken: Taken): number {
    let requests = 0;
    for (const chunk of set.chunksOf(keys)) {
      let flight: Boarding<Key, Value, Piece> | undefined;
      for (const open of boarding) {
        const joined = set.join(open.chunk, chunk);
        if (joined === undefined) {
          // A process that answers many at once is late with its timers.
          if (now() >= open.leavesAtMs) open.leave();
          continue;
        }
        open.chunk = joined;
        flight = open;
        break;
      }
      flight ??= open(chunk);
      const ids = idsIn(flight, taken);
      for (const key of chunk.keys) {
        const id = set.keyOf(key);
        flight.keys.set(id, key);
        flying.set(id, flight);
        ids.push(id);
      }
      seat(flight, demand, chunk.requests);
      requests += chunk.requests;
    }
    return requests;
  }

  return {
    isFlying: (id: string) => flying.has(id),

    /** The flights that bring the keys, each with the ids of its own, and how many were on their way. */
    board: (keys: ReadonlyMap<string, Key>, demand: Demand, span?: Span) => {
      const taken: Taken = new Map();
      const unclaimed: Key[] = [];
      for (const [id, key] of keys) {
        const flight = flying.get(id);
        if (flight === undefined) unclaimed.push(key);
        else idsIn(flight, taken).push(id);
      }
      const joined = Array.from(taken, ([flight, { length }]) => ({ flight, seats: length }));
      const own = claim(unclaimed, demand, taken);
      const joins = keys.size - unclaimed.length;
      if (joins > 0) {
        const alone = requestsOf(set.chunksOf([...keys.values()]));
        for (const { flight, seats } of joined) {
          seat(flight, demand, (Math.max(0, alone - own) * seats) / joins);
        }
      }
      if (span !== undefined) for (const flight of taken.keys()) flight.spans.push(span);
      return { flights: taken, joins };
    },
  };
}

function idsIn<Carrier>(flight: Carrier, taken: Map<Carrier, string[]>): string[] {
  const known = taken.get(flight);
  if (known !== undefined) return known;
  const ids: string[] = [];
  taken.set(flight, ids);
  return ids;
}

function requestsOf(chunks: readonly Chunk<unknown>[]): number {
  let sum = 0;
  for (const { requests } of chunks) sum += requests;
  return sum;
}
