import { LRUCache } from 'lru-cache';
import { type Freshness, freshnessOf } from '../answer/freshness.ts';
import { HOUR_MS } from '../calendar.ts';
import type { Caller } from '../callers/caller.ts';
import type { OperationContext } from '../context.ts';
import type { Price } from '../pricing/priced.ts';
import { keepEncodings, type KeptEncodings } from './encodings.ts';
import { createTally, type Given, type Tally, type Usage } from '../usage.ts';
import { viewOf } from './views.ts';

/** An answer that may be given again as long as nothing in it has changed or expired. */
export interface KeptAnswer {
  /** JSON of the data, and the brace that ends the answer. */
  readonly tail: Buffer;
  /** The same compressed, behind whatever the answer begins with. */
  readonly encodings: KeptEncodings;
  readonly price: Price;
  /** What giving it again uses: all of it from memory, and nothing else. */
  readonly usage: Usage;
  readonly given: readonly Given[];
  /** When the first of its values is past its lifetime. */
  readonly endsAtMs: number;
  /** When caches have to ask again, and which of them may keep it till then. */
  readonly freshUntilMs: number;
  readonly scope: Freshness['scope'];
  /** When it was last told that it is in use. */
  usedAtMs: number;
}

export type Answers = ReturnType<typeof createAnswers>;

/** Where answers of one call are kept, by what their callers may see. */
type Shelf = Map<string, KeptAnswer>;

interface Place {
  readonly shelf: Shelf;
  readonly view: string;
}

/** Beside its text: the object, what finds it, and what compressing it may need. */
const answerBytes = 5500;
const givenBytes = 16;
/** To put it first among all takes as long as all else that is looked at to find it. */
const usedForMs = 1000;

/** Whole answers, bounded by the bytes they are estimated to take; none where there is no room. */
export function createAnswers({ bytesMax }: { readonly bytesMax: number }) {
  const places = new LRUCache<KeptAnswer, Place>({
    maxSize: Math.max(1, bytesMax),
    // Compressed, it takes a third more at most in each coding.
    sizeCalculation: (_place, { tail, given }) =>
      answerBytes + Math.ceil((5 / 3) * tail.length) + givenBytes * given.length,
    dispose: ({ shelf, view }, answer) => {
      if (shelf.get(view) === answer) shelf.delete(view);
    },
  });

  return {
    /** The answer for this caller, when it is as good as a new one. */
    find: (shelf: Shelf, caller: Caller, nowMs: number): KeptAnswer | undefined => {
      if (shelf.size === 0) return undefined;
      const answer = shelf.get(viewOf(caller));
      if (answer === undefined) return undefined;
      if (nowMs <= answer.endsAtMs && answer.given.every(isCurrent)) {
        if (nowMs - answer.usedAtMs >= usedForMs) {
          answer.usedAtMs = nowMs;
          places.get(answer);
        }
        return answer;
      }
      places.delete(answer);
      return undefined;
    },
    /** Keeps an answer without errors, if all in it is current and will be for a while. */
    keep: (shelf: Shelf, data: string, context: OperationContext): void => {
      if (bytesMax === 0 || context.quota.isTold === true) return;
      const { caller } = context;
      const answer = answerOf(data, context);
      if (answer === undefined) return;
      const view = viewOf(caller);
      const before = shelf.get(view);
      if (before !== undefined) places.delete(before);
      shelf.set(view, answer);
      places.set(answer, { shelf, view });
      if (!places.has(answer)) shelf.delete(view);
    },
    status: () => ({ entries: places.size, bytes: places.calculatedSize, bytesMax }),
  };
}

const isCurrent = (given: Given) => given.isCurrent;

function answerOf(data: string, context: OperationContext): KeptAnswer | undefined {
  const { usage, nowMs } = context;
  const { price, operation, sources } = usage;
  const tallies = [...sources.values()];
  const given = tallies.flatMap((tally) => tally.given);
  const isSound = tallies.every(({ stale, failed }) => stale === 0 && failed === 0);
  // What read nothing is made as soon as it is found.
  if (price === undefined || given.length === 0) return undefined;
  if (!isSound || !given.every(isCurrent)) return undefined;
  const { maxAgeSeconds, scope } = freshnessOf(context);
  const freshUntilMs = nowMs + maxAgeSeconds * 1000;
  // What "today" and "this hour" are is part of many answers.
  const hourEndsMs = (Math.floor(nowMs / HOUR_MS) + 1) * HOUR_MS;
  const endsAtMs = Math.min(freshUntilMs, hourEndsMs - 1);
  if (endsAtMs <= nowMs) return undefined;

  const again = new Map([...sources].map(([name, tally]) => [name, fromMemory(tally)]));
  const tail = bytesOf(`${data}}`);
  return {
    ...{ tail, price, given, endsAtMs, freshUntilMs, scope, usedAtMs: nowMs },
    encodings: keepEncodings(tail),
    usage: { sources: again, price, operation },
  };
}

/** Not of the pool, of which a page would be kept for each answer. */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

function fromMemory({ hits, misses, oldestMs, freshSeconds }: Tally): Tally {
  return { ...createTally(), hits: hits + misses, oldestMs, freshSeconds };
}
