import type { YogaInitialContext } from 'graphql-yoga';
import type { Caller } from './callers/caller.ts';
import type { Charge } from './callers/quota/quota.ts';
import type { Reserving } from './directives/reservations.ts';
import type { Step } from './tracing/trace.ts';
import type { Loaders } from './upstreams/index.ts';
import type { Usage } from './usage.ts';

/** What this gateway adds to a request's context. */
export interface OperationContext extends Reserving {
  readonly requestId: string;
  readonly caller: Caller;
  readonly loaders: Loaders;
  readonly usage: Usage;
  /** What the caller's plan has left, once the operation was charged; and whether the answer tells it. */
  readonly quota: { charge?: Charge; isTold?: boolean };
  /** How far past its lifetime a value may be for this client, in seconds; Infinity unless it said. */
  readonly maxStale: { seconds: number };
  /** The operation was answered: what was reserved for it and not spent goes back. */
  readonly settle: () => void;
  /** The instant the operation began, in milliseconds: "now" and "today" for all of its fields. */
  readonly nowMs: number;
  /** The step that is under way, where the request is recorded: what is read is a part of it. */
  readonly step?: Step | undefined;
}

/** What every resolver receives. */
export type GraphContext = YogaInitialContext & OperationContext;
