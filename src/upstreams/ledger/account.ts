/** Who an operation is, as far as a ledger needs to know. */
export interface Spender {
  /** Stable for the same credentials or address; safe to write to a log. */
  readonly caller: string;
  /** Low priority is refused first when a budget falls. */
  readonly priority: 'normal' | 'low';
  /** The operation's name, asked for when something is booked: it is not known before parsing. */
  readonly operation: () => string;
  /** Credits the operation may need of the upstream at worst, asked for when it is admitted. */
  readonly estimate: () => number;
}

/** One operation's account with one upstream: it reserves before its first request, and settles. */
export interface Account {
  /**
   * Reserves the estimate, once for all flights the operation opens; an operation that only shares
   * what others fetch never comes here. Rejects with `budget-exhausted` when the budget cannot cover
   * it or refuses this spender; what was rejected once stays rejected.
   */
  admit(): Promise<void>;
  /**
   * Before a request leaves: takes one credit of what is reserved, or of the budget when that is
   * used up. Rejects with `budget-exhausted` when there is none.
   */
  draw(): Promise<void>;
  /** The request that was drawn for never reached the upstream: its credit goes back. */
  giveBack(): void;
  /** Books the operation's share of what an endpoint cost: a fraction where a request was shared. */
  bear(endpoint: string, credits: number): void;
  /** A flight of this operation is in the air: what is reserved stays reserved until all have landed. */
  depart(): void;
  land(): void;
  /** The operation has been answered: what is reserved and was not spent goes back after its last flight. */
  close(): void;
}
