import { createHash } from 'node:crypto';
import type { Charge } from '../callers/quota/quota.ts';
import type { OperationContext } from '../context.ts';

/** How long an answer stays true, and whether another caller may be given it. */
export type Freshness = {
  /** What is left, not what there was: the age of what was read is already taken off. */
  readonly maxAgeSeconds: number;
  readonly scope: 'public' | 'private';
};

/**
 * The request headers that choose between answers of one URL. `Origin` even where a request had none:
 * else a CDN would give a browser the answer an app got, without the CORS headers it needs.
 */
const VARY = ['Accept', 'Accept-Encoding', 'Authorization', 'X-Api-Key', 'Origin'] as const;

/** `Cache-Control` of an answer whose freshness is known, or is not. */
export function cacheControlOf(freshness: Freshness | undefined): string {
  const seconds = Math.floor(freshness?.maxAgeSeconds ?? 0);
  const isPrivate = freshness?.scope === 'private';
  if (!Number.isFinite(seconds) || seconds <= 0)
    return isPrivate ? 'private, no-cache' : 'no-cache';
  return `${isPrivate ? 'private' : 'public'}, max-age=${String(seconds)}`;
}

/** What an answer varies by: what was said before, and what chooses between answers of one URL. */
export function mergeVary(given: string | null): string {
  const names = (given ?? '').split(',').map((name) => name.trim());
  const known = new Map([...names, ...VARY].map((name) => [name.toLowerCase(), name]));
  known.delete('');
  return known.has('*') ? '*' : [...known.values()].join(', ');
}

// The media type is part of it: a cache that revalidates picks the stored answer by its ETag alone,
// and would hand application/json to a client that accepts only application/graphql-response+json.
export const weakEtagOf = (contentType: string, data: string | Buffer) =>
  `W/"${createHash('sha256').update(`${contentType}\n`).update(data).digest('base64url')}"`;

/** Weak comparison, as RFC 9110 asks for If-None-Match. */
export function isKnown(etag: string, ifNoneMatch: string | null): boolean {
  if (ifNoneMatch === null) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  return ifNoneMatch.match(/"[^"]*"/g)?.includes(opaque) ?? false;
}

/** An answer that read nothing is about the schema alone, which only a release changes. */
const schemaFreshSeconds = 3600;

/** How long what an operation answered stays true, and for whom. */
export function freshnessOf({ usage, caller, quota }: OperationContext): Freshness {
  const freshSeconds = Math.min(...[...usage.sources.values()].map((tally) => tally.freshSeconds));
  return {
    // What is about the caller is true for this very request.
    maxAgeSeconds:
      quota.isTold === true ? 0 : Number.isFinite(freshSeconds) ? freshSeconds : schemaFreshSeconds,
    // Plans differ in what they show, so an answer to a credential is that credential's.
    scope:
      isAnonymous(caller.id) && quota.isTold !== true && !isMetered(quota.charge)
        ? ('public' as const)
        : ('private' as const),
  };
}

/** Whether a caller is known by nothing but where it is. */
export const isAnonymous = (callerId: string): boolean => callerId.startsWith('address:');

/** Whether headers and the price tell what one caller has left, which a shared cache would tell all. */
function isMetered(charge: Charge | undefined): boolean {
  return [charge?.requests, charge?.points, charge?.credits].some((meter) => meter !== undefined);
}
