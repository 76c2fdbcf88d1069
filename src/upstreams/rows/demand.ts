import type { Span } from '../../tracing/trace.ts';
import type { Tally } from '../../usage.ts';
import type { Account } from '../ledger/account.ts';

/** What one operation lends to the reads made for it: who waits, who pays, what is good enough. */
export interface Demand {
  /** Aborts when the caller has gone away. */
  readonly signal: AbortSignal;
  /** How far past its lifetime a value may be, in milliseconds; Infinity unless the client said. */
  readonly maxStaleMs: number;
  readonly account: Account;
  readonly tally: Tally;
  /** What its reads are part of, where that is recorded. */
  readonly span?: Span | undefined;
}
