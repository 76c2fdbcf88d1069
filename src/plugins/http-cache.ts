import type { Plugin } from 'graphql-yoga';

import {
  cacheControlOf,
  type Freshness,
  isKnown,
  mergeVary,
  weakEtagOf,
} from '../answer/freshness.ts';
import { documentOf } from '../documents/request-document.ts';

export type HttpCacheOptions<TServerContext> = {
  /**
   * The freshness of what an operation read, asked after it ran. The server context is the object
   * resolvers got as their context. Nothing means unknown: caches then ask again every time.
   */
  readonly freshnessOf: (context: TServerContext, request: Request) => Freshness | undefined;
};

type Answer = { readonly cacheControl: string; readonly data?: string };

/**
 * Lets a CDN keep what a GET of a persisted document answered, and answers 304 to who has it.
 * Everything else is `no-store`. An ETag is compared after the operation ran, so a stranger who holds
 * a good one was still refused, and a caller pays for a 304 as for a 200.
 */
export function useHttpCache<TServerContext extends object>({
  freshnessOf,
}: HttpCacheOptions<TServerContext>): Plugin<object, TServerContext> {
  const answers = new WeakMap<Request, Answer>();
  return {
    onResultProcess(payload) {
      const { request, result, serverContext } = payload;
      answers.set(request, NOT_STORED);
      if (request.method !== 'GET' || documentOf(request) === undefined) return;
      if (Array.isArray(result) || Symbol.asyncIterator in result || !isWhole(result)) return;

      const freshness = cacheControlOf(freshnessOf(serverContext, request));
      // Data is hashed as it is sent: serialised once, and after every plugin had its say.
      payload.setResult({
        ...result,
        stringify(sent) {
          const data = JSON.stringify(sent.data);
          answers.set(request, isWhole(sent) ? { cacheControl: freshness, data } : NOT_STORED);
          return result.stringify?.(sent) ?? stringifyAround(data, sent);
        },
      });
    },
    onResponse(payload) {
      const { request, response, fetchAPI } = payload;
      const { headers, status } = response;
      const answer = answers.get(request) ?? (status >= 400 ? NOT_STORED : undefined);
      // Who set it before knows better: the miss of a hash, a stream, a plugin that forbids storing.
      if (answer === undefined || headers.has('cache-control')) return;
      if (answer.data === undefined || status !== 200) {
        headers.set('cache-control', NOT_STORED.cacheControl);
        return;
      }
      headers.set('cache-control', answer.cacheControl);
      headers.set('vary', mergeVary(headers.get('vary')));
      const etag = weakEtagOf(headers.get('content-type') ?? '', answer.data);
      headers.set('etag', etag);
      if (!isKnown(etag, request.headers.get('if-none-match'))) return;
      for (const name of ['content-type', 'content-length']) headers.delete(name);
      payload.setResponse(new fetchAPI.Response(null, { status: 304, headers }));
    },
  };
}

const NOT_STORED: Answer = { cacheControl: 'no-store' };

type Result = { readonly data?: unknown; readonly errors?: unknown };

const isWhole = ({ data, errors }: Result) =>
  errors === undefined && data !== undefined && data !== null;

/** `JSON.stringify(result)`, with `data` already serialised, as the last of it. */
function stringifyAround(data: string, result: Result): string {
  const others = JSON.stringify({ ...result, data: undefined }).slice(1, -1);
  return `{${others === '' ? '' : `${others},`}"data":${data}}`;
}
