import type { YogaInitialContext } from 'graphql-yoga';
import type { Loaders } from './upstreams/index.ts';
import type { Usage } from './usage.ts';

/** Who asks, as far as limits need to know. Types only: `app.ts` builds the context. */
export interface Caller {
  /** Stable for the same credentials or address; safe to write to a log. */
  readonly id: string;
  /** Low priority is refused first when an upstream's budget falls. */
  readonly priority: 'normal' | 'low';
}

/** What this gateway adds to a request's context. */
export interface OperationContext {
  readonly requestId: string;
  readonly caller: Caller;
  readonly loaders: Loaders;
  readonly usage: Usage;
  /** How far past its lifetime a value may be for this client, in seconds; Infinity unless it said. */
  readonly maxStale: { seconds: number };
  /** The operation was answered: what was reserved for it and not spent goes back. */
  readonly settle: () => void;
  /** The instant the operation began, in milliseconds: "now" and "today" for all of its fields. */
  readonly nowMs: number;
}

/** What every resolver receives. */
export type GraphContext = YogaInitialContext & OperationContext;
