import type { GraphQLObjectType } from 'graphql';
import type { OperationContext } from '../context.ts';
import type { TextKeeper, TextShelf } from '../execution/kept-text.ts';
import { type Given, giveFromMemory, type Tally } from '../usage.ts';
import { viewOf } from './views.ts';

/** Text of an object, and all that was read for it: by upstream, in the order of its sources. */
interface KeptText {
  readonly text: string;
  readonly given: readonly (readonly Given[])[];
}

/** What one second has seen: texts are gone with it, so rows that are in use are asked for every second. */
interface Generation {
  readonly second: number;
  readonly shelves: Map<object, Map<string, TextShelf<OperationContext>>>;
  bytes: number;
}

export interface KeptTextsOptions {
  readonly bytesMax?: number;
}

/** How often an object is tried to be kept in a second. */
const triesMax = 4;

/** Beside its text: the object, and its place in the map that finds it. */
const textBytes = 200;
const givenBytes = 16;

/**
 * Text of rows in memory, written once a second for all callers of one view: it is given again as long
 * as each row that was read for it is what would be read again.
 */
export function createKeptTexts({
  bytesMax = 32 * 1024 * 1024,
}: KeptTextsOptions = {}): TextKeeper<OperationContext> {
  let generation: Generation = { second: -1, shelves: new Map(), bytes: 0 };

  const createShelf = (of: Generation): TextShelf<OperationContext> => {
    const texts = new WeakMap<object, KeptText>();
    const writings = new WeakMap<object, number>();
    return {
      // Who is given one has not waited yet: it is as of the instant the operation began.
      give: (source, { usage, nowMs }) => {
        const kept = texts.get(source);
        return kept !== undefined && giveAgain(kept, usage.sources, nowMs) ? kept.text : undefined;
      },
      // Most objects are never written again, and what could not be kept a few times never can.
      isWanted: (source) => {
        const before = writings.get(source) ?? 0;
        if (before > triesMax) return false;
        writings.set(source, before + 1);
        return before > 0 && of.bytes < bytesMax;
      },
      record: (source, context) => {
        const before = standingOf(context);
        const starts = [...context.usage.sources.values()].map(({ given }) => given.length);
        return (text) => {
          if (standingOf(context) !== before) return;
          const tallies = [...context.usage.sources.values()];
          const given = tallies.map((tally, index) => tally.given.slice(starts[index]));
          texts.set(source, { text, given });
          of.bytes += textBytes + text.length + givenBytes * given.flat().length;
        };
      },
    };
  };

  return {
    isLasting,
    shelfOf: (selection, { caller, nowMs, usage }) => {
      // "Today" and "this hour" are those of the operation.
      const second = Math.floor(nowMs / 1000);
      if (isBehind(second, generation.second) || hasWaited(usage)) return noShelf;
      if (second !== generation.second) generation = { second, shelves: new Map(), bytes: 0 };
      const { shelves } = generation;
      const ofSelection = shelves.get(selection) ?? new Map<string, TextShelf<OperationContext>>();
      if (ofSelection.size === 0) shelves.set(selection, ofSelection);
      const view = viewOf(caller);
      const known = ofSelection.get(view);
      if (known !== undefined) return known;
      const shelf = createShelf(generation);
      ofSelection.set(view, shelf);
      return shelf;
    },
  };
}

/** Of an operation that began before; so far behind, it is the clock that was set back. */
const isBehind = (second: number, latest: number) => second < latest && second > latest - 60;

/** What was read since may be newer than what it has been given. */
function hasWaited({ sources }: OperationContext['usage']): boolean {
  for (const { misses } of sources.values()) if (misses > 0) return true;
  return false;
}

/** Of operations that began in another second, or have waited. */
const noShelf: TextShelf<OperationContext> = {
  give: () => undefined,
  isWanted: () => false,
  record: () => () => {},
};

/** Rows that tell where they are from are those of memory. */
const isLasting = (type: GraphQLObjectType) =>
  type.getInterfaces().some(({ name }) => name === 'Sourced');

/** What has happened to a context that is not given again: it is the same as long as nothing has. */
function standingOf({ usage, quota, limitedUses }: OperationContext): string {
  let standing = `${limitedUses} ${String(quota.isTold)}`;
  for (const { misses, stale, failed, repeats } of usage.sources.values()) {
    // What it had been given before is missing from what it is given now.
    standing += ` ${misses} ${stale} ${failed} ${repeats}`;
  }
  return standing;
}

/** Gives all that was given for a text, if it still is what would be given. */
function giveAgain(
  { given }: KeptText,
  sources: ReadonlyMap<string, Tally>,
  nowMs: number,
): boolean {
  for (const ofSource of given) {
    for (const { isCurrent, freshUntilMs } of ofSource) {
      if (!isCurrent || nowMs > freshUntilMs) return false;
    }
  }
  let at = 0;
  for (const tally of sources.values()) {
    for (const one of given[at] ?? []) giveFromMemory(tally, one, nowMs);
    at += 1;
  }
  return true;
}
