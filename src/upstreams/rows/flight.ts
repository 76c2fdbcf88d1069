import type { Span } from '../../tracing/trace.ts';
import type { UpstreamError } from '../errors.ts';
import type { Demand } from './demand.ts';
import type { Entry } from './entry.ts';

/** What came of a key: what is known of it now, or why nothing is. */
export type Landed<Value> = ReadonlyMap<string, Entry<Value> | UpstreamError>;

/** One fetch that several operations may wait for. */
export class Flight<Key, Value, Extent> {
  extent: Extent;
  readonly leavesAtMs: number;
  readonly leave: () => void;
  landed: Promise<Landed<Value>>;
  keys = new Map<string, Key>();
  /** Who waits, with the requests each would have needed alone. */
  passengers = new Map<Demand, number>();
  /** The reads of those who wait that are recorded. */
  spans: Span[] = [];

  constructor(extent: Extent, leavesAtMs: number, fly: () => Promise<Landed<Value>>) {
    this.extent = extent;
    this.leavesAtMs = leavesAtMs;
    let leave = () => {};
    this.landed = new Promise<void>((resolve) => (leave = resolve)).then(fly);
    this.leave = leave;
    // Who waits is told of a failure; if nobody does, it concerns nobody.
    this.landed.catch(() => {});
  }

  /**
   * Lets go of who waited and of what it brought. A map that changes all the time leaves tables behind,
   * each of which refers to the next: once one of them is old, only a full collection frees what they hold.
   * Should it still want to fetch, there is nobody to pay.
   */
  end(): void {
    this.landed = nowhere;
    this.keys = new Map();
    this.passengers = new Map();
    this.spans = [];
  }
}

const nowhere = Promise.resolve(new Map<string, never>());
