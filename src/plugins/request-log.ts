import { randomUUID } from 'node:crypto';
import type { Plugin } from 'graphql-yoga';
import type { GraphContext, OperationContext } from '../context.ts';
import { documentOf } from '../documents/request-document.ts';
import type { Log } from '../log.ts';
import { creditsOf, type Usage } from '../usage.ts';

const requests = new WeakMap<Request, { readonly id: string; readonly startedAt: number }>();

/** The id of a request: its own `x-request-id` when that is harmless, otherwise a new one. */
export function requestIdOf(request: Request): string {
  return requests.get(request)?.id ?? '';
}

/** Numbers requests, and writes one line for each: never a variable, a key or a body. */
export function useRequestLog(
  log: Pick<Log, 'info'>,
): Plugin<OperationContext, Partial<GraphContext>> {
  return {
    onRequest({ request }) {
      const given = request.headers.get('x-request-id') ?? '';
      requests.set(request, {
        id: /^[\w.-]{1,64}$/.test(given) ? given : randomUUID(),
        startedAt: performance.now(),
      });
    },
    onResponse({ request, response, serverContext }) {
      const { id, startedAt } = requests.get(request) ?? { id: '', startedAt: performance.now() };
      response.headers.set('x-request-id', id);
      const { usage, caller, params } = serverContext;
      const document = documentOf(request);
      log.info(
        {
          requestId: id,
          caller: caller?.id,
          method: request.method,
          status: response.status,
          ms: Math.round((performance.now() - startedAt) * 10) / 10,
          operation: usage?.operation ?? params?.operationName ?? document?.name,
          document: document?.id,
          points: usage?.price?.points,
          creditsEstimated: usage?.price?.credits,
          creditsSpent: usage && creditsOf(usage),
          sources: usage && sourcesOf(usage),
        },
        'request',
      );
    },
  };
}

/** What each upstream that was read did for the operation. */
function sourcesOf({ sources }: Usage) {
  const used = [...sources].filter(([, { hits, misses }]) => hits + misses > 0);
  return Object.fromEntries(
    used.map(([name, { hits, misses, joins, stale, failed, calls }]) => [
      name,
      { hits, misses, joins, stale, failed, calls: Object.fromEntries(calls) },
    ]),
  );
}
