import type { YogaInitialContext } from 'graphql-yoga';
import type { Price } from './pricing/price.ts';
import type { Loaders } from './upstreams/index.ts';

/** Who asks, as far as limits need to know. Types only: `app.ts` builds the context. */
export interface Caller {
  /** Stable for the same credentials or address; safe to write to a log. */
  readonly id: string;
}

/** What one operation has used of its upstreams so far. */
export interface Usage {
  /** Requests that left the gateway, by endpoint path; each is one credit. */
  readonly requests: Map<string, number>;
  /** Seconds for which everything read so far may be taken for current; Infinity when nothing was. */
  freshSeconds: number;
  /** Known once the operation was priced. */
  price?: Price;
}

/** What this gateway adds to a request's context. */
export interface OperationContext {
  readonly requestId: string;
  readonly caller: Caller;
  readonly loaders: Loaders;
  readonly usage: Usage;
  /** The instant the operation began, in milliseconds: "now" and "today" for all of its fields. */
  readonly nowMs: number;
}

/** What every resolver receives. */
export type GraphContext = YogaInitialContext & OperationContext;
