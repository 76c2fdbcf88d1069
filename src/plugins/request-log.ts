import type { Plugin } from 'graphql-yoga';
import {
  askedLineOf,
  operationNameFrom,
  requestIdFrom,
  type RequestLog,
} from '../answer/request-line.ts';
import type { GraphContext, OperationContext } from '../context.ts';
import { documentOf } from '../documents/request-document.ts';

const requests = new WeakMap<Request, { readonly id: string; readonly startedAt: number }>();

/** The id of a request: its own `x-request-id` when that is harmless, otherwise a new one. */
export function requestIdOf(request: Request): string {
  return requests.get(request)?.id ?? '';
}

/** Numbers requests. First in the list: a request has its number before anything can fail. */
export function useRequestId(): Plugin {
  return {
    onRequest({ request }) {
      requests.set(request, {
        id: requestIdFrom(request.headers.get('x-request-id')),
        startedAt: performance.now(),
      });
    },
    onResponse({ request, response }) {
      response.headers.set('x-request-id', requestIdOf(request));
    },
  };
}

/** Writes one line for each request. Last in the list: it tells what is sent. */
export function useRequestLog(log: RequestLog): Plugin<OperationContext, Partial<GraphContext>> {
  return {
    onResponse({ request, response, serverContext }) {
      const { id, startedAt } = requests.get(request) ?? { id: '', startedAt: performance.now() };
      const { usage, caller, params } = serverContext;
      const document = documentOf(request);
      log(
        {
          requestId: id,
          caller: caller?.id,
          method: request.method,
          status: response.status,
          startedAt,
        },
        askedLineOf({
          operation: usage?.operation ?? operationNameFrom(params?.operationName) ?? document?.name,
          document: document?.id,
          usage,
        }),
      );
    },
  };
}
