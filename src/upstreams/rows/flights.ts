import type { Span } from '../../tracing/trace.ts';
import { UpstreamError } from '../errors.ts';
import { type Bill, chargeTo } from './charge.ts';
import type { Demand } from './demand.ts';
import { Flight, type Landed } from './flight.ts';
import type { RowCounts } from './row-counts.ts';
import type { FetchScope, RowSet } from './row-set.ts';

/** A key that an operation wants. */
export interface Wanted<Key> {
  readonly id: string;
  readonly key: Key;
}

/** Some of what an operation wants, and the fetch that brings it. */
export interface Awaited<Of, Value> {
  readonly landed: Promise<Landed<Value>>;
  readonly wanted: readonly Of[];
}

export interface FlightsOptions<Key, Value, Extent> {
  readonly upstream: string;
  readonly set: RowSet<Key, Value, Extent>;
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

/**
 * Single flight: a key is fetched once, whoever asks for it meanwhile waits for the same fetch, and
 * what several operations miss within a short window is asked for in the same requests.
 */
export function createFlights<Key, Value, Extent>(options: FlightsOptions<Key, Value, Extent>) {
  const { upstream, set, windowMs, now, counts, fly } = options;
  type AFlight = Flight<Key, Value, Extent>;
  const flying = new Map<string, AFlight>();
  const boarding = new Set<AFlight>();

  function open(extent: Extent): AFlight {
    const flight: AFlight = new Flight(extent, now() + windowMs, () => {
      clearTimeout(timer);
      return depart(flight);
    });
    const timer = setTimeout(close, windowMs, flight);
    boarding.add(flight);
    return flight;
  }

  /** Nobody else is let in at once; it departs when those who are boarding have been seated. */
  function close(flight: AFlight): void {
    boarding.delete(flight);
    flight.leave();
  }

  async function depart(flight: AFlight): Promise<Landed<Value>> {
    const bill: Bill = { calls: 0 };
    try {
      return await fly(flight.keys, { charged: (fetch) => charged(flight, bill, fetch) });
    } finally {
      for (const id of flight.keys.keys()) flying.delete(id);
      counts.calls += bill.calls;
      share(flight, bill.calls);
      flight.end();
    }
  }

  async function charged<T>(
    { passengers, spans }: AFlight,
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
  function share({ passengers }: AFlight, calls: number): void {
    let weights = 0;
    for (const weight of passengers.values()) weights += weight;
    for (const [{ account, tally }, weight] of passengers) {
      const credits = weights === 0 ? 0 : (calls * weight) / weights;
      if (credits > 0) account.bear(set.endpoint, credits);
      tally.credits += credits;
      account.land();
    }
  }

  function seat(flight: AFlight, demand: Demand, weight: number): void {
    const { passengers } = flight;
    if (!passengers.has(demand)) demand.account.depart();
    passengers.set(demand, (passengers.get(demand) ?? 0) + weight);
  }

  /** Seats what is still unclaimed in flights that have room, or in new ones; tells what that needs. */
  function claim<Of>(keys: readonly Key[], demand: Demand, taken: Taken<AFlight, Of>[]): number {
    let requests = 0;
    for (const chunk of set.chunksOf(keys)) {
      const flight = withRoomFor(chunk.extent) ?? open(chunk.extent);
      // Flights are awaited in the order of their chunks.
      wantedOf(flight, taken);
      for (const key of chunk.keys) {
        const id = set.keyOf(key);
        flight.keys.set(id, key);
        flying.set(id, flight);
      }
      seat(flight, demand, chunk.requests);
      requests += chunk.requests;
    }
    return requests;
  }

  function withRoomFor(extent: Extent): AFlight | undefined {
    for (const flight of boarding) {
      const joined = set.join(flight.extent, extent);
      if (joined !== undefined) {
        flight.extent = joined;
        return flight;
      }
      // A process that answers many at once is late with its timers.
      if (now() >= flight.leavesAtMs) close(flight);
    }
    return undefined;
  }

  return {
    isFlying: (id: string) => flying.has(id),

    /** The fetches that bring what is wanted, and how much of it was on its way. */
    board: <Of extends Wanted<Key>>(wanted: readonly Of[], demand: Demand, span?: Span) => {
      const taken: Taken<AFlight, Of>[] = [];
      const unclaimed: Of[] = [];
      for (const one of wanted) {
        const flight = flying.get(one.id);
        if (flight === undefined) unclaimed.push(one);
        else wantedOf(flight, taken).push(one);
      }
      const joins = wanted.length - unclaimed.length;
      const joined = taken.map(({ flight, wanted: { length } }) => ({ flight, length }));
      const own = claim(unclaimed.map(keyOf), demand, taken);
      for (const one of unclaimed) {
        const flight = flying.get(one.id);
        if (flight !== undefined) wantedOf(flight, taken).push(one);
      }
      if (joins > 0) {
        const alone = set.requestsOf(wanted.map(keyOf));
        for (const { flight, length } of joined) {
          seat(flight, demand, (Math.max(0, alone - own) * length) / joins);
        }
      }
      if (span !== undefined) for (const { flight } of taken) flight.spans.push(span);
      const awaited = taken.map(({ flight: { landed }, wanted }): Awaited<Of, Value> => ({
        landed,
        wanted,
      }));
      return { awaited, joins };
    },
  };
}

/** Some of what an operation wants, and the flight that brings it. */
interface Taken<AFlight, Of> {
  readonly flight: AFlight;
  readonly wanted: Of[];
}

/** What is wanted of a flight of those that are taken: where lists are read, they are few. */
function wantedOf<AFlight, Of>(flight: AFlight, taken: Taken<AFlight, Of>[]): Of[] {
  for (const known of taken) if (known.flight === flight) return known.wanted;
  const wanted: Of[] = [];
  taken.push({ flight, wanted });
  return wanted;
}

const keyOf = <Key>({ key }: Wanted<Key>) => key;
