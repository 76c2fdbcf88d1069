import { cacheControlOf, weakEtagOf } from '../answer/freshness.ts';
import { sourcesText } from '../answer/sources.ts';
import { flat } from '../flat-text.ts';
import type { KeptAnswer } from './answers.ts';
import { type ForCaches, forCaches } from './replies.ts';

/** What is told of a kept answer, whoever is given it. */
export interface Telling {
  /** The answer up to its cost, which lacks its last brace. */
  readonly openingAt: (nowMs: number) => string;
  readonly forCachesAt: (nowMs: number, contentType: string) => ForCaches;
}

/** As long as none of the seconds that it tells is over. */
interface Told {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly opening: string;
  readonly cacheControl: string;
  /** By content type. */
  readonly forCaches: Map<string, ForCaches>;
}

/** `cost` is JSON without its last brace. */
export function createTelling(kept: KeptAnswer, cost: string): Telling {
  const { usage, freshUntilMs, scope, tail } = kept;
  const oldestMs = [...usage.sources.values()]
    .map((tally) => tally.oldestMs)
    .filter(Number.isFinite);
  const etags = new Map<string, string>();

  const etagOf = (contentType: string): string => {
    const etag = etags.get(contentType) ?? weakEtagOf(contentType, tail.subarray(0, -1));
    etags.set(contentType, etag);
    return etag;
  };
  const tell = (nowMs: number): Told => ({
    fromMs: nowMs,
    untilMs:
      nowMs + Math.min(...oldestMs.map((ms) => 999 - since(ms, nowMs)), since(nowMs, freshUntilMs)),
    opening: flat(`{"extensions":{"sources":${sourcesText(usage, nowMs)},"cost":${cost}`),
    cacheControl: cacheControlOf({ maxAgeSeconds: (freshUntilMs - nowMs) / 1000, scope }),
    forCaches: new Map(),
  });

  let last: Told | undefined;
  const toldAt = (nowMs: number): Told => {
    if (last === undefined || nowMs < last.fromMs || nowMs > last.untilMs) last = tell(nowMs);
    return last;
  };
  return {
    openingAt: (nowMs) => toldAt(nowMs).opening,
    forCachesAt: (nowMs, contentType) => {
      const told = toldAt(nowMs);
      let found = told.forCaches.get(contentType);
      if (found === undefined) {
        const { lines, etag } = forCaches(told.cacheControl, etagOf(contentType));
        found = { lines: flat(lines), etag };
        told.forCaches.set(contentType, found);
      }
      return found;
    },
  };
}

/** Milliseconds of the second that has begun. */
const since = (fromMs: number, toMs: number) => Math.floor(toMs - fromMs) % 1000;
