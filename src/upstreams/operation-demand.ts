import type { Span, Step } from '../tracing/trace.ts';
import { createTally } from '../usage.ts';
import type { Account, Spender } from './ledger/account.ts';
import type { Demand } from './rows/demand.ts';

/** One operation, as far as upstreams need to know it. */
export interface OperationScope {
  /** Fires when nobody waits any more; asked for when something has to be waited for. */
  readonly signal: () => AbortSignal;
  /** How far past its lifetime a value may be; asked for when one is read. */
  readonly maxStaleMs: () => number;
  readonly spender: Omit<Spender, 'estimate'>;
  /** Credits the operation may need of an upstream at worst. */
  readonly estimate: (upstream: string) => number;
  /** What is under way, where the operation is recorded. */
  readonly step?: Readonly<Step> | undefined;
}

/**
 * The demand of an operation, which makes what it lends when it is asked for: most operations are
 * answered from memory. A class on purpose: every object literal with a getter is a shape of its own,
 * which V8 keeps, with all the object refers to, until the next full collection.
 */
export class OperationDemand implements Demand {
  readonly tally = createTally();
  readonly #scope: OperationScope;
  readonly #openAccount: (spender: Spender) => Account;
  readonly #upstream: string;
  #account: Account | undefined;
  #signal: AbortSignal | undefined;
  #isClosed = false;

  constructor(scope: OperationScope, openAccount: (spender: Spender) => Account, upstream: string) {
    this.#scope = scope;
    this.#openAccount = openAccount;
    this.#upstream = upstream;
  }

  /**
   * A server may lend a stand-in for a signal, which fires but does not say `aborted` to who asks later:
   * one of our own is made of it for all reads of the operation.
   */
  get signal(): AbortSignal {
    return (this.#signal ??= ownOf(this.#scope.signal()));
  }

  get maxStaleMs(): number {
    return this.#scope.maxStaleMs();
  }

  get span(): Span | undefined {
    return this.#scope.step?.span;
  }

  get account(): Account {
    if (this.#account === undefined) {
      const { spender, estimate } = this.#scope;
      this.#account = this.#openAccount({ ...spender, estimate: () => estimate(this.#upstream) });
      if (this.#isClosed) this.#account.close();
    }
    return this.#account;
  }

  close(): void {
    this.#isClosed = true;
    this.#account?.close();
  }
}

/** Not `AbortSignal.any`: its weak references cost as much as a request. */
function ownOf(lent: AbortSignal): AbortSignal {
  const controller = new AbortController();
  if (lent.aborted) controller.abort();
  else lent.addEventListener('abort', () => controller.abort(), { once: true });
  return controller.signal;
}
