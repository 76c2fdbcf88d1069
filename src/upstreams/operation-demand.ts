import type { Tally } from '../usage.ts';
import { lastingSignalOf } from './lasting-signal.ts';
import type { Account } from './ledger/account.ts';
import type { Demand } from './rows/demand.ts';

/**
 * The demand of an operation, which makes its signal when it is asked for. A class on purpose: every
 * object literal with a getter is a shape of its own, which V8 keeps, with all the object refers to,
 * until the next full collection.
 */
export class OperationDemand implements Demand {
  readonly account: Account;
  readonly tally: Tally;
  readonly #signal: () => AbortSignal;
  readonly #maxStaleMs: () => number;

  constructor(
    account: Account,
    tally: Tally,
    signal: () => AbortSignal,
    maxStaleMs: () => number,
  ) {
    this.account = account;
    this.tally = tally;
    this.#signal = lastingSignalOf(signal);
    this.#maxStaleMs = maxStaleMs;
  }

  get signal(): AbortSignal {
    return this.#signal();
  }

  get maxStaleMs(): number {
    return this.#maxStaleMs();
  }
}
