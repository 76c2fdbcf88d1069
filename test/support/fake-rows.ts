import { vi } from 'vitest';
import { UpstreamError, type UpstreamErrorOptions } from '../../src/upstreams/errors.ts';
import type { Account } from '../../src/upstreams/ledger/account.ts';
import type { Step } from '../../src/upstreams/ledger/brown-out.ts';
import type { Demand } from '../../src/upstreams/rows/demand.ts';
import { createMemoryRows } from '../../src/upstreams/rows/memory-rows.ts';
import { createRowCounters } from '../../src/upstreams/rows/row-counts.ts';
import { createRowReader, type RowReaderOptions } from '../../src/upstreams/rows/row-reader.ts';
import type { FetchScope, Lifetime, RowSet } from '../../src/upstreams/rows/row-set.ts';
import { joinedList, listsOf } from '../../src/upstreams/tokenmetrics/token-set.ts';
import { createTally, type Tally } from '../../src/usage.ts';

export const upstream = 'fake';
export const endpoint = '/rows';

/** The instant every test begins at; a round number, so that lifetimes are easy to read. */
export const startMs = Date.parse('2026-03-10T12:00:00.000Z');

/** Timers and the clock stand still until they are moved: nothing in these tests sleeps. */
export function freezeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: startMs });
}

export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Moves on to an instant of the test. */
export const until = (ms: number) => pass(startMs + ms - Date.now());

/** Moves on until something has happened. */
export async function over<T>(happening: T | Promise<T>): Promise<T> {
  let isOver = false;
  const noting = Promise.resolve(happening).finally(() => (isOver = true));
  noting.catch(() => {});
  for (await pass(0); !isOver;) await pass(1);
  return happening;
}

export const failure = (more: Partial<UpstreamErrorOptions> = {}) =>
  new UpstreamError({ upstream, endpoint, kind: 'unavailable', ...more });

export interface FakeRow {
  readonly id: number;
  /** The time it was fetched, since the test began. */
  readonly at: number;
  readonly isStale?: true;
}

type Answer = FakeRow | null | UpstreamError;

/** How long a row lives in these tests, in milliseconds. */
export const lifetime: Lifetime = { freshMs: 1000, revalidateMs: 2000, standInMs: 60_000 };
export const absentLifetime: Lifetime = { freshMs: 300, revalidateMs: 2000, standInMs: 60_000 };

export interface FakeSet extends Omit<RowSet<number, FakeRow, number>, 'fetch'> {
  fetch: RowSet<number, FakeRow>['fetch'];
  /** The keys of every fetch. */
  readonly fetches: number[][];
  /** Requests that were let go. */
  requests: number;
  /** What the upstream says of a key. */
  answer: (id: number) => Answer;
  /** Instead of answering. */
  throws: Error | undefined;
  latencyMs: number;
}

export interface FakeSetOptions extends Partial<
  Pick<RowSet<number, FakeRow>, 'fill' | 'lifetimeOf'>
> {
  readonly name?: string;
  readonly listMax?: number;
}

/** Rows by number, in lists of at most `listMax`, from an upstream that a test speaks for. */
export function fakeSet({
  name = 'rows',
  listMax = 100,
  fill,
  lifetimeOf,
}: FakeSetOptions = {}): FakeSet {
  const set: FakeSet = {
    name,
    shape: 'shape',
    endpoint,
    keyOf: String,
    lifetimeOf:
      lifetimeOf ?? ((_id: number, row: FakeRow | null) => (row ? lifetime : absentLifetime)),
    chunksOf: (ids) => listsOf(ids, listMax),
    requestsOf: (ids) => Math.ceil(ids.length / listMax),
    join: (a, b) => joinedList(a, b, listMax),
    ...(fill === undefined ? {} : { fill }),
    fetch: async (ids, scope) => {
      set.fetches.push([...ids]);
      await letGo(scope, Math.ceil(ids.length / listMax), () => (set.requests += 1));
      await new Promise((resolve) => setTimeout(resolve, set.latencyMs));
      if (set.throws !== undefined) throw set.throws;
      return ids.map((id) => [id, set.answer(id)] as const);
    },
    toStale: (row) => ({ ...row, isStale: true }),
    fetches: [],
    requests: 0,
    answer: (id) => ({ id, at: Date.now() - startMs }),
    throws: undefined,
    latencyMs: 10,
  };
  return set;
}

/** Asks whether requests may leave, one after the other. */
export async function letGo(scope: FetchScope, requests: number, onGone: () => void) {
  for (let request = 0; request < requests; request += 1) {
    await scope.onAttempt();
    onGone();
  }
}

export interface FakeAccount extends Account {
  admissions: number;
  drawn: number;
  givenBack: number;
  borne: number;
  /** Flights it is a passenger of. */
  inAir: number;
  /** What its budget says instead of yes. */
  refusal: UpstreamError | undefined;
}

/** An account that writes down what becomes of it. */
export function fakeAccount(): FakeAccount {
  const account: FakeAccount = {
    admissions: 0,
    drawn: 0,
    givenBack: 0,
    borne: 0,
    inAir: 0,
    refusal: undefined,
    admit: async () => {
      account.admissions += 1;
      await Promise.resolve();
      if (account.refusal !== undefined) throw account.refusal;
    },
    draw: async () => {
      await Promise.resolve();
      account.drawn += 1;
    },
    giveBack: () => (account.givenBack += 1),
    bear: (_endpoint, credits) => (account.borne += credits),
    depart: () => (account.inAir += 1),
    land: () => (account.inAir -= 1),
    close: () => {},
  };
  return account;
}

export interface FakeOperation extends Demand {
  readonly account: FakeAccount;
  readonly tally: Tally;
  /** Its caller hangs up. */
  readonly leave: () => void;
}

/** An operation that reads rows. */
export function operation({ maxStaleMs = Infinity } = {}): FakeOperation {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    maxStaleMs,
    account: fakeAccount(),
    tally: createTally(),
    leave: () => controller.abort(),
  };
}

/** A reader of a set, and what is around it. Lifetimes are not jittered unless a test says so. */
export function readerOf<Key, Value, Extent>(
  set: RowSet<Key, Value, Extent>,
  more: Partial<RowReaderOptions> = {},
) {
  const memory = createMemoryRows({ bytesMax: 1_000_000 });
  const counters = createRowCounters();
  const state: { step: Step } = { step: 'none' };
  const reader = createRowReader({
    upstream,
    origin: 'here',
    memory,
    counters,
    windowMs: 2,
    patienceMs: 1000,
    shared: undefined,
    thrift: () => state.step,
    now: Date.now,
    random: () => 0,
    onBackgroundFault: () => {},
    ...more,
  })(set);
  return {
    ...{ reader, memory, counters },
    brownOut: (step: Step) => (state.step = step),
    /** What each key is answered with, after all the time that takes. */
    read: (ids: readonly Key[], by: Demand = operation()) => over(reader.read(ids, by)),
  };
}
