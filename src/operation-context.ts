import type { IncomingMessage } from 'node:http';
import type { YogaInitialContext } from 'graphql-yoga';
import type { Caller, OperationContext } from './context.ts';
import { documentOf } from './documents/request-document.ts';
import { requestIdOf } from './plugins/request-log.ts';
import { creditsOfPlan } from './pricing/price.ts';
import type { Upstreams } from './upstreams/index.ts';
import type { Usage } from './usage.ts';

/** What a Node server hands to a request; nothing when the app is called through `fetch`. */
export interface ServerContext {
  readonly req?: IncomingMessage;
}

export interface ContextOptions {
  readonly upstreams: Upstreams;
  /** Addresses of callers who are refused first. */
  readonly lowPriority: ReadonlySet<string>;
  readonly now: () => number;
}

/** Makes the context of each operation: who asks, and the request-long side of the upstreams. */
export function createContextOf({ upstreams, lowPriority, now }: ContextOptions) {
  return ({ request, req }: YogaInitialContext & ServerContext): OperationContext => {
    const address = req?.socket.remoteAddress ?? 'none';
    const caller: Caller = {
      id: `address:${address}`,
      priority: lowPriority.has(address) ? 'low' : 'normal',
    };
    const maxStale = { seconds: Infinity };
    const { loaders, sources, close } = upstreams.open({
      signal: request.signal,
      maxStaleMs: () => maxStale.seconds * 1000,
      spender: {
        caller: caller.id,
        priority: caller.priority,
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
      nowMs: now(),
      maxStale,
      loaders,
      settle: close,
    };
  };
}
