import type { Plugin } from 'graphql-yoga';
import {
  askedLineOf,
  operationNameFrom,
  requestIdFrom,
  type RequestIds,
  type RequestLog,
} from '../answer/request-line.ts';
import { endRequest } from '../answer/spans.ts';
import type { GraphContext, OperationContext } from '../context.ts';
import { documentOf } from '../documents/request-document.ts';
import type { Code } from '../errors.ts';
import type { AnswerKind, CountedError } from '../request-counts.ts';
import { isProbe } from './health.ts';
import { traceOf } from './tracing.ts';

interface Begun {
  readonly id: string;
  readonly startedAt: number;
}

const requests = new WeakMap<Request, Begun>();

/** Errors of operations. Each is told by itself, to who knows of no request. */
const failures = new WeakMap<object, Request>();

/** What an error is about, where it came of an operation. */
export function idsOfError(error: unknown): RequestIds | undefined {
  const request = error instanceof Error ? failures.get(error) : undefined;
  return request && { requestId: requestIdOf(request), traceId: traceOf(request)?.traceId };
}

/** The id of a request: its own `x-request-id` when that is harmless, otherwise a new one. */
export function requestIdOf(request: Request): string {
  return begunOf(request).id;
}

/** Who ends a request before it has its number, as GraphiQL's page does, has it numbered then. */
function begunOf(request: Request): Begun {
  const known = requests.get(request);
  if (known !== undefined) return known;
  const id = requestIdFrom(request.headers.get('x-request-id'));
  const begun = { id, startedAt: performance.now() };
  requests.set(request, begun);
  return begun;
}

/** Numbers requests. First in the list: a request has its number before anything can fail. */
export function useRequestId(): Plugin<OperationContext> {
  return {
    onRequest({ request }) {
      begunOf(request);
    },
    onExecute({ context: { request } }) {
      return {
        onExecuteDone({ result }) {
          if (Symbol.asyncIterator in result) return;
          const { errors = [] }: { readonly errors?: readonly object[] } = result;
          for (const error of errors) failures.set(error, request);
        },
      };
    },
    onResponse({ request, response }) {
      response.headers.set('x-request-id', requestIdOf(request));
    },
  };
}

/** Counts each request and writes one line for it. Last in the list: it tells what is sent. */
export function useRequestLog(log: RequestLog): Plugin<OperationContext, Partial<GraphContext>> {
  const errorsOf = new WeakMap<Request, readonly CountedError[]>();
  return {
    onResultProcess({ request, result }) {
      if (!('errors' in result) || result.errors === undefined) return;
      errorsOf.set(request, result.errors);
    },
    onResponse({ request, response, serverContext }) {
      const { id, startedAt } = begunOf(request);
      const { usage, caller, params, quota } = serverContext;
      const document = documentOf(request);
      const ran = quota?.charge?.allowed === true ? 'executed' : 'other';
      const answer: AnswerKind | undefined = isProbe(request) ? undefined : ran;
      const trace = traceOf(request);
      const { status } = response;
      log(
        {
          requestId: id,
          traceId: trace?.traceId,
          caller: caller?.id,
          method: request.method,
          status,
          startedAt,
          ...{ answer, document, usage },
          errors: errorsOf.get(request) ?? refusalOf(status),
        },
        askedLineOf({
          operation: usage?.operation ?? operationNameFrom(params?.operationName) ?? document?.name,
          document: document?.id,
          usage,
        }),
      );
      if (trace?.span === undefined) return;
      endRequest(trace.span, { requestId: id, status, document: document?.id });
    },
  };
}

/** What a refusal that is no result of GraphQL says. */
function refusalOf(status: number): readonly CountedError[] {
  if (status < 400) return [];
  const code: Code = statusCodes[status] ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL');
  return [{ extensions: { code } }];
}

const statusCodes: Readonly<Record<number, Code>> = {
  401: 'UNAUTHENTICATED',
  503: 'AUTHENTICATION_UNAVAILABLE',
};
