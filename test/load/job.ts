import type { World } from './scenario.ts';
import type { Figures } from './tally.ts';

/** What a generator is told once, before it begins. */
export interface Job {
  readonly origin: string;
  readonly world: World;
  /** Equal seeds ask for the same, in the same order. */
  readonly seed: number;
  readonly pace: Pace;
  /** It ends then, or when it is told to. */
  readonly seconds: number;
  /** At most so many. */
  readonly requestsMax: number;
  readonly connections: number;
  /** Names of scenarios; all of them without. */
  readonly only?: readonly string[];
  /** How often a client asks again when nobody answered. */
  readonly retries: number;
}

/** So many requests a second whatever becomes of them, or the next one when one is answered. */
export type Pace = { readonly perSecond: number } | 'closed';

/** What it may be told later: another phase begins, or all is over. */
export type Order = { readonly phase: string } | 'end';

/** What it tells. */
export type Told =
  { readonly kind: 'begun' | 'noted' } | { readonly kind: 'report'; readonly report: Report };

export interface Report {
  readonly total: Figures;
  readonly scenarios: readonly Figures[];
  /** By when a request was answered: what is wrong then was brought about then. */
  readonly phases: readonly Figures[];
  /** How late requests were sent: what of a latency is the generator's own. */
  readonly lateP99Ms: number;
  /** The share of a core that it took. */
  readonly busy: number;
}
