import { createHash } from 'node:crypto';

import type { Plugin } from 'graphql-yoga';

import { documentOf } from '../documents/request-document.ts';

/** How long an answer stays true, and whether another caller may be given it. */
export type Freshness = {
  /** What is left, not what there was: the age of what was read is already taken off. */
  readonly maxAgeSeconds: number;
  readonly scope: 'public' | 'private';
};

export type HttpCacheOptions<TServerContext> = {
  /**
   * The freshness of what an operation read, asked after it ran. The server context is the object
   * resolvers got as their context. Nothing means unknown: caches then ask again every time.
   */
  readonly freshnessOf: (context: TServerContext, request: Request) => Freshness | undefined;
};

/**
 * The request headers that choose between answers of one URL. `Origin` even where a request had none:
 * else a CDN would give a browser the answer an app got, without the CORS headers it needs.
 */
const VARY = ['Accept', 'Accept-Encoding', 'Authorization', 'X-Api-Key', 'Origin'] as const;

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

      const freshness = cacheControl(freshnessOf(serverContext, request));
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
      const etag = weakEtag(headers.get('content-type') ?? '', answer.data);
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

/** `JSON.stringify(result)`, with `data` already serialised. */
function stringifyAround(data: string, result: Result): string {
  const others = JSON.stringify({ ...result, data: undefined }).slice(1, -1);
  return `{"data":${data}${others === '' ? '' : `,${others}`}}`;
}

function cacheControl(freshness: Freshness | undefined): string {
  const seconds = Math.floor(freshness?.maxAgeSeconds ?? 0);
  const isPrivate = freshness?.scope === 'private';
  if (!Number.isFinite(seconds) || seconds <= 0)
    return isPrivate ? 'private, no-cache' : 'no-cache';
  return `${isPrivate ? 'private' : 'public'}, max-age=${String(seconds)}`;
}

function mergeVary(given: string | null): string {
  const names = (given ?? '').split(',').map((name) => name.trim());
  const known = new Map([...names, ...VARY].map((name) => [name.toLowerCase(), name]));
  known.delete('');
  return known.has('*') ? '*' : [...known.values()].join(', ');
}

// The media type is part of it: a cache that revalidates picks the stored answer by its ETag alone,
// and would hand application/json to a client that accepts only application/graphql-response+json.
const weakEtag = (contentType: string, data: string) =>
  `W/"${createHash('sha256').update(`${contentType}\n${data}`).digest('base64url')}"`;

/** Weak comparison, as RFC 9110 asks for If-None-Match. */
function isKnown(etag: string, ifNoneMatch: string | null): boolean {
  if (ifNoneMatch === null) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  return ifNoneMatch.match(/"[^"]*"/g)?.includes(opaque) ?? false;
}
