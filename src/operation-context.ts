import type { Caller } from './callers/caller.ts';
import type { OperationContext } from './context.ts';
import { creditsOfPlan } from './pricing/priced.ts';
import type { Trace } from './tracing/trace.ts';
import type { Upstreams } from './upstreams/index.ts';
import type { Usage } from './usage.ts';

export interface ContextOptions {
  readonly upstreams: Upstreams;
  readonly now: () => number;
}

/** What is known of an operation before it runs. */
export interface OperationAsked {
  readonly requestId: string;
  readonly caller: Caller;
  /** Fires when nobody waits for the answer any more. */
  readonly signal: () => AbortSignal;
  /** The name of its persisted document, for operations without one of their own. */
  readonly documentName: () => string | undefined;
  readonly trace: Trace | undefined;
}

/** Makes the context of each operation: who asks, and the request-long side of the upstreams. */
export function createContextOf({ upstreams, now }: ContextOptions) {
  return ({ requestId, caller, signal, documentName, trace }: OperationAsked): OperationContext => {
    const maxStale = { seconds: Infinity };
    const step = trace?.span && { span: trace.span };
    const { loaders, sources, close } = upstreams.open({
      signal,
      maxStaleMs: () => maxStale.seconds * 1000,
      spender: {
        caller: caller.id,
        priority: caller.plan.priority,
        operation: () => usage.operation ?? documentName() ?? '',
      },
      estimate: (upstream) => creditsOfPlan(usage.price, upstream),
      step,
    });
    const usage: Usage = { sources };
    return {
      requestId,
      caller,
      usage,
      quota: { charge: undefined, isTold: false },
      reserved: undefined,
      limitedUses: 0,
      nowMs: now(),
      maxStale,
      loaders,
      settle: close,
      step,
    };
  };
}
