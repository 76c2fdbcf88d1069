import type { YogaInitialContext } from 'graphql-yoga';
import { callerOf } from './callers/caller.ts';
import type { OperationContext } from './context.ts';
import { documentOf } from './documents/request-document.ts';
import { workSignalOf } from './plugins/deadline.ts';
import { requestIdOf } from './plugins/request-log.ts';
import { creditsOfPlan } from './pricing/price.ts';
import type { ServerContext } from './server-context.ts';
import type { Upstreams } from './upstreams/index.ts';
import type { Usage } from './usage.ts';

export interface ContextOptions {
  readonly upstreams: Upstreams;
  readonly now: () => number;
}

/** Makes the context of each operation: who asks, and the request-long side of the upstreams. */
export function createContextOf({ upstreams, now }: ContextOptions) {
  return ({ request }: YogaInitialContext & ServerContext): OperationContext => {
    const caller = callerOf(request);
    if (caller === undefined) throw new Error('a request came past authentication');
    const maxStale = { seconds: Infinity };
    const { loaders, sources, close } = upstreams.open({
      signal: workSignalOf(request),
      maxStaleMs: () => maxStale.seconds * 1000,
      spender: {
        caller: caller.id,
        priority: caller.plan.priority,
        operation: () => usage.operation ?? documentOf(request)?.name ?? '',
      },
      estimate: (upstream) => creditsOfPlan(usage.price, upstream),
    });
    const usage: Usage = { sources };
    // Who has left is not answered, but what was reserved goes back all the same.
    request.signal.addEventListener('abort', close, { once: true });
    return {
      requestId: requestIdOf(request),
      caller,
      usage,
      quota: {},
      nowMs: now(),
      maxStale,
      loaders,
      settle: close,
    };
  };
}
