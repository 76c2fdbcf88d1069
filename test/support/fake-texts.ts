import type { Caller } from '../../src/callers/caller.ts';
import type { OperationContext } from '../../src/context.ts';
import { createKeptTexts } from '../../src/fast-path/kept-texts.ts';
import { createTally, type Given, giveFromMemory, type Tally } from '../../src/usage.ts';

/** The middle of a second. */
export const startMs = Date.parse('2026-11-20T12:00:00.500Z');

export const planOf = (name: string): Caller['plan'] => ({
  ...{ name, priority: 'normal', documents: 'open', introspection: true, scopes: [] },
  ...{ requestsPerMinute: undefined, pointsPerMinute: undefined, creditsPerMonth: undefined },
  operation: { pointsMax: 1, creditsMax: 1, depthMax: 1 },
  ...{ pageSizeMax: 100, historyDaysMax: undefined },
});
export const keyed: Caller = { id: 'key:1', plan: planOf('free'), scopes: new Set(['reports']) };

type Row = Given & { isCurrent: boolean };
export const rowOf = (more: Partial<Row> = {}): Row => ({
  ...{ isCurrent: true, fetchedAtMs: startMs - 5000, freshUntilMs: startMs + 10_000 },
  ...{ counts: { hits: 0 }, givenTo: 0 },
  ...more,
});

export type Context = OperationContext & { readonly tally: Tally; readonly other: Tally };

/** Texts, with a clock that stands. */
export function startTexts(bytesMax?: number) {
  const clock = { nowMs: startMs };
  const keeper = createKeptTexts({ ...(bytesMax && { bytesMax }) });
  const open = (caller = keyed): Context => {
    const [tally, other] = [createTally(), createTally()];
    const sources = new Map([
      ['tokenMetrics', tally],
      ['other', other],
    ]);
    const context = { caller, usage: { sources }, quota: {}, nowMs: clock.nowMs, tally, other };
    return context as unknown as Context;
  };
  const give = (row: Given, { tally }: Context) => giveFromMemory(tally, row, clock.nowMs);
  const selection = {};

  /** Has an object written as execution has: what was done, with what is read for it. */
  function write({
    context = open(),
    source = object,
    read = () => {},
    text = 'text',
    of = selection,
  }: Written) {
    const shelf = keeper.shelfOf(of, context);
    const given = shelf.give(source, context);
    if (given !== undefined) return `given ${given}`;
    if (!shelf.isWanted(source)) {
      read(context);
      return 'written';
    }
    const keep = shelf.record(source, context);
    read(context);
    keep(text);
    return 'recorded';
  }
  /** The same for operations one after the other. */
  const writeEach = (times: number, written: Written = {}) =>
    Array.from({ length: times }, () => write(written));
  return { clock, keeper, open, give, write, writeEach };
}

/** The object that is written where a test does not say which. */
export const object = {};

interface Written {
  readonly context?: Context;
  readonly source?: object;
  readonly of?: object;
  readonly text?: string;
  readonly read?: (context: Context) => void;
}
