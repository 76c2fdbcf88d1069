import type { Span } from '../../tracing/trace.ts';
import type { UpstreamError } from '../errors.ts';

/** Keys that are fetched together, and the requests that takes. */
export interface Chunk<Key, Extent> {
  readonly keys: readonly Key[];
  readonly requests: number;
  /** What decides whether others fit into the same requests. */
  readonly extent: Extent;
}

/** How long a value is good for, in milliseconds from when it was fetched. */
export interface Lifetime {
  readonly freshMs: number;
  /** Ends at the very instant: others end a little before, so that not all end at once. */
  readonly isPunctual?: boolean;
  /** How long after that it may still be given out while a new one is fetched behind its back. */
  readonly revalidateMs: number;
  /** How long after that it may stand in for a value that cannot be had. */
  readonly standInMs: number;
}

/** What a fetch may do: it asks before every request, and tells when one was not sent after all. */
export interface FetchScope {
  readonly onAttempt: () => Promise<void>;
  readonly onUnsent: () => void;
  /** Who waits for it and is recorded, first come first; others may come. */
  readonly spans?: readonly Span[];
}

/**
 * What is known after a fetch, of keys that were asked for and of others that came along. A key that
 * was asked for and is missing has no value upstream.
 */
export type Fetched<Key, Value> = Iterable<readonly [Key, Value | null | UpstreamError]>;

/**
 * One kind of rows that can be asked for by key, many at a time: an endpoint, and the way it is
 * read. It knows the upstream; what reads it knows about caching.
 */
export interface RowSet<Key, Value, Extent = unknown> {
  /** Unlike any other set's of the upstream. */
  readonly name: string;
  /** Changes with the fields of a value, so that another release never reads rows of this one. */
  readonly shape: string;
  readonly endpoint: string;
  readonly keyOf: (key: Key) => string;
  readonly lifetimeOf: (key: Key, value: Value | null, nowMs: number) => Lifetime;
  /** Cuts what one operation misses into as few requests as it needs alone. */
  readonly chunksOf: (keys: readonly Key[]) => readonly Chunk<Key, Extent>[];
  /** The requests of those chunks. */
  readonly requestsOf: (keys: readonly Key[]) => number;
  /** Of two chunks as one, where that needs no more requests than the two. */
  readonly join: (a: Extent, b: Extent) => Extent | undefined;
  /** Keys that fit into the same requests beside these, of those that are offered. */
  readonly fill?: (keys: readonly Key[], offered: readonly Key[]) => readonly Key[];
  readonly fetch: (keys: readonly Key[], scope: FetchScope) => Promise<Fetched<Key, Value>>;
  /** The same value, saying that it is stale. */
  readonly toStale: (value: Value) => Value;
  /** What says that there was no value when last asked, too long ago. */
  readonly staleAbsence?: Value;
}
