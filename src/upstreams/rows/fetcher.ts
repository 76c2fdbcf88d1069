import { UpstreamError } from '../errors.ts';
import type { Entry } from './entry.ts';
import { isOfAll, isOurs } from './failures.ts';
import type { Landed } from './flight.ts';
import type { Pilot } from './flights.ts';
import type { MemoryShelf } from './memory-rows.ts';
import type { RowSet } from './row-set.ts';
import type { Claim, SharedRows } from './shared-rows.ts';

export interface FetcherOptions<Key = unknown, Value = unknown> {
  /** Tells the rows of one source from those of another with the same endpoints. */
  readonly origin: string;
  readonly shelf: MemoryShelf<Key, Value>;
  /** The level that gateways share; none without Redis. */
  readonly shared: SharedRows | undefined;
  /** How long a fetch of another gateway is waited for: as long as one of ours may take. */
  readonly patienceMs: number;
  readonly now: () => number;
  readonly random: () => number;
}

/** After a failure a stale value is given out for so long before the upstream is asked again. */
const afterFailureMs = 5_000;
/** What may be left of a lifetime when a value is fetched again because there is room for it. */
const dueShare = 0.25;
/** Of a lifetime so much is cut off at random: what is fetched together does not expire together. */
const jitterShare = 0.1;
const offeredMax = 100;

/** Gets what a flight is for: from the other gateways where they have it, else from upstream. */
export function createFetcher<Key, Value, Extent>(
  { origin, shelf, shared, patienceMs, now, random }: FetcherOptions<Key, Value>,
  set: RowSet<Key, Value, Extent>,
) {
  const sharedSet = { name: `${origin}:${set.name}`, shape: set.shape };
  type Keys = ReadonlyMap<string, Key>;
  type Outcomes = Map<string, Entry<Value> | UpstreamError>;

  function entryOf(key: Key, value: Value | null, nowMs: number): Entry<Value> {
    const lifetime = set.lifetimeOf(key, value, nowMs);
    const { freshMs, revalidateMs, standInMs, isPunctual = false } = lifetime;
    const freshUntilMs = nowMs + freshMs * (isPunctual ? 1 : 1 - jitterShare * random());
    const keptUntilMs = freshUntilMs + Math.max(revalidateMs, standInMs);
    return { value, fetchedAtMs: nowMs, freshUntilMs, keptUntilMs };
  }

  /** What is to be kept of a key: an upstream that has lost a row does not take ours away. */
  function better(id: string, fetched: Entry<Value>): Entry<Value> {
    const known = shelf.peek(id);
    if (fetched.value !== null || known === undefined || known.value === null) return fetched;
    if (known.keptUntilMs <= fetched.fetchedAtMs) return fetched;
    return { ...known, askAgainAtMs: fetched.freshUntilMs };
  }

  function isDue({ fetchedAtMs, freshUntilMs, askAgainAtMs = 0 }: Entry): boolean {
    const nowMs = now();
    const left = freshUntilMs - nowMs;
    return left < dueShare * (freshUntilMs - fetchedAtMs) && nowMs >= askAgainAtMs;
  }

  const offeredBeside = (wanted: Keys) =>
    shelf.due(isDue, offeredMax).filter((key) => !wanted.has(set.keyOf(key)));

  /** Asks upstream for keys, and for others that fit beside them and are due. */
  async function ask(wanted: Keys, pilot: Pilot, landed: Outcomes): Promise<void> {
    const asked = [...wanted.values()];
    const seated = set.fill?.(asked, offeredBeside(wanted)) ?? [];
    const found = await pilot.charged((scope) => set.fetch([...asked, ...seated], scope));
    const nowMs = now();
    const kept = shared && new Map<string, Entry<Value>>();
    const put = (id: string, key: Key, value: Value | null | UpstreamError) => {
      const outcome = value instanceof UpstreamError ? value : entryOf(key, value, nowMs);
      if (wanted.has(id)) landed.set(id, outcome);
      if (outcome instanceof UpstreamError) return;
      const toKeep = better(id, outcome);
      kept?.set(id, toKeep);
      shelf.set(id, key, toKeep);
    };
    for (const [key, value] of found) put(set.keyOf(key), key, value);
    for (const [id, key] of wanted) if (!landed.has(id)) put(id, key, null);
    if (kept !== undefined) void shared?.land(sharedSet, kept);
  }

  /** The same, with a failure told for every key, here and to who waits elsewhere. */
  async function bring(wanted: Keys, pilot: Pilot, landed: Outcomes): Promise<void> {
    try {
      await ask(wanted, pilot, landed);
    } catch (error) {
      if (!(error instanceof UpstreamError)) {
        void shared?.fail(sharedSet, [...wanted.keys()], undefined);
        throw error;
      }
      for (const id of wanted.keys()) landed.set(id, error);
    }
    const failed = new Map<UpstreamError, string[]>();
    for (const [id, key] of wanted) {
      const outcome = landed.get(id);
      if (!(outcome instanceof UpstreamError)) continue;
      const others = failed.get(outcome);
      if (others === undefined) failed.set(outcome, [id]);
      else others.push(id);
      restUntilAskedAgain(id, key, outcome);
    }
    for (const [error, ids] of failed) {
      void shared?.fail(sharedSet, ids, isOfAll(error) ? error : undefined);
    }
  }

  /** A value that could not be renewed is given out for a while without trying again. */
  function restUntilAskedAgain(id: string, key: Key, error: UpstreamError) {
    const known = shelf.peek(id);
    if (known === undefined || isOurs(error)) return;
    const waitMs = Math.max(afterFailureMs, (error.retryAfterSeconds ?? 0) * 1000);
    shelf.set(id, key, { ...known, askAgainAtMs: now() + waitMs });
  }

  function restock(id: string, key: Key, entry: Entry<Value>): void {
    const known = shelf.peek(id);
    if (known !== undefined && known.fetchedAtMs > entry.fetchedAtMs) return;
    shelf.set(id, key, better(id, entry));
  }

  /** Takes what others know; what is left is to be asked for here, or is being asked for elsewhere. */
  function sort(keys: Keys, claims: ReadonlyMap<string, Claim<Value>>, landed: Outcomes) {
    const mine = new Map<string, Key>();
    const theirs = new Map<string, Key>();
    for (const [id, key] of keys) {
      const claim = claims.get(id);
      if (claim === undefined || claim.kind === 'mine') mine.set(id, key);
      if (claim === undefined) continue;
      const entry = claim.kind === 'kept' ? claim.entry : claim.stale;
      if (entry !== undefined) restock(id, key, entry);
      if (claim.kind === 'kept') landed.set(id, claim.entry);
      if (claim.kind === 'failed') {
        landed.set(id, claim.error);
        restUntilAskedAgain(id, key, claim.error);
      }
      if (claim.kind === 'theirs') theirs.set(id, key);
    }
    return { mine, theirs };
  }

  /** Waits for what others fetch, and fetches what they did not bring. */
  async function waitFor(theirs: Keys, rows: SharedRows, pilot: Pilot, landed: Outcomes) {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), patienceMs);
    const brought: Promise<void>[] = [];
    const waiting = new Map(theirs);
    try {
      while (waiting.size > 0) {
        const claims = await rows.await<Value>(sharedSet, [...waiting.keys()], patience.signal);
        const settled = new Map([...waiting].filter(([id]) => claims.has(id)));
        for (const id of settled.keys()) waiting.delete(id);
        const { mine } = sort(settled, claims, landed);
        if (mine.size === 0) continue;
        const bringing = bring(mine, pilot, landed);
        // It may fail long before it is waited for.
        bringing.catch(() => {});
        brought.push(bringing);
      }
    } finally {
      clearTimeout(timer);
    }
    await Promise.all(brought);
  }

  return {
    fly: async (keys: Keys, pilot: Pilot): Promise<Landed<Value>> => {
      const landed: Outcomes = new Map();
      if (shared === undefined) {
        await bring(keys, pilot, landed);
        return landed;
      }
      const claims = await shared.claim<Value>(sharedSet, [...keys.keys()]);
      const { mine, theirs } = sort(keys, claims, landed);
      await Promise.all([
        mine.size > 0 ? bring(mine, pilot, landed) : undefined,
        theirs.size > 0 ? waitFor(theirs, shared, pilot, landed) : undefined,
      ]);
      return landed;
    },

    keep: (key: Key, value: Value): void => {
      const id = set.keyOf(key);
      const known = shelf.peek(id);
      const isKnown = known !== undefined && known.value !== null && known.freshUntilMs >= now();
      if (!isKnown) shelf.set(id, key, entryOf(key, value, now()));
    },
  };
}
