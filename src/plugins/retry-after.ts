import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

const EXPOSED = 'access-control-expose-headers';

/**
 * Repeats the longest `retryAfterSeconds` of a result's errors as the header `Retry-After`, where
 * HTTP clients look for it, and lets browsers read it. The status stays: partial data is a 200.
 */
export function useRetryAfter(): Plugin {
  const secondsByRequest = new WeakMap<Request, number>();

  return {
    onResultProcess: ({ request, result }) => {
      if (Symbol.asyncIterator in result) return; // Its header is sent before its errors happen.
      const results = Array.isArray(result) ? result : [result];
      const seconds = retryAfterOf(results.flatMap(({ errors = [] }: ExecutionResult) => errors));
      if (seconds > 0) secondsByRequest.set(request, seconds);
    },
    onResponse: ({ request, response }) => {
      const seconds = secondsByRequest.get(request);
      if (seconds === undefined) return;
      response.headers.set('retry-after', String(seconds));
      if (response.headers.has('access-control-allow-origin')) expose(response.headers);
    },
  };
}

/** The longest wait that errors name, in whole seconds; 0 where none does. */
export function retryAfterOf(errors: readonly GraphQLError[]): number {
  const waits = errors
    .map(({ extensions }) => extensions['retryAfterSeconds'])
    .filter((seconds) => typeof seconds === 'number')
    .filter(Number.isFinite)
    .map(Math.ceil);
  return Math.max(0, ...waits);
}

function expose(headers: Headers): void {
  const exposed =
    headers
      .get(EXPOSED)
      ?.split(',')
      .map((name) => name.trim()) ?? [];
  if (exposed.some((name) => name.toLowerCase() === 'retry-after')) return;
  headers.set(EXPOSED, [...exposed, 'Retry-After'].join(', '));
}
