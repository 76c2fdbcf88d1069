import type { Given } from '../../usage.ts';

/**
 * What is known of one key. All instants are milliseconds since 1970; `Infinity` is for what can
 * never change any more, as a day of history that is over.
 */
export interface Entry<Value = unknown> {
  /** `null` when the upstream has nothing under the key: absence is knowledge too. */
  readonly value: Value | null;
  readonly fetchedAtMs: number;
  /** Until then the value is current; after that it is stale. */
  readonly freshUntilMs: number;
  /** Until then a stale value may stand in for one that cannot be had. */
  readonly keptUntilMs: number;
  /**
   * A stale value is not asked for again before this instant: the upstream has just been asked and
   * had nothing better.
   */
  readonly askAgainAtMs?: number;
  /** By the shelf it is kept on: what operations are given that get it. Holds nothing of the value. */
  mark?: Given & { isCurrent: boolean };
}
