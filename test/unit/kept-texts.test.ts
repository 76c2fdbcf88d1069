import type { GraphQLObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { Caller } from '../../src/callers/caller.ts';
import {
  type Context,
  keyed,
  object,
  planOf,
  rowOf,
  startMs,
  startTexts,
} from '../support/fake-texts.ts';
import { giveFromMemory } from '../../src/usage.ts';

const keptAtOnce = ['written', 'recorded', 'given text', 'given text'];

describe('texts', () => {
  test('are kept of what is written again within a second', () => {
    const { writeEach } = startTexts();
    expect(writeEach(4)).toEqual(keptAtOnce);
    expect(writeEach(3, { source: {} })).toEqual(['written', 'recorded', 'given text']);
    expect(writeEach(3, { of: {} })).toEqual(['written', 'recorded', 'given text']);
  });

  test('tell who is given them all that they rest on, upstream by upstream', () => {
    const { open, write, give, clock } = startTexts();
    const [first, second, foreign] = [rowOf(), rowOf({ fetchedAtMs: 1 }), rowOf()];
    const read = (context: Context) => {
      give(first, context);
      giveFromMemory(context.other, foreign, clock.nowMs);
      give(second, context);
    };
    const told = Array.from({ length: 4 }, () => {
      const context = open();
      write({ context, read });
      return [context.tally, context.other].map(({ number: _number, ...tally }) => tally);
    });
    expect(told[0]).toMatchObject([
      { hits: 2, oldestMs: 1, freshSeconds: 10, given: [first, second] },
      { hits: 1, oldestMs: startMs - 5000, given: [foreign] },
    ]);
    expect(told).toEqual(Array(4).fill(told[0]));
    expect([first, second, foreign].map(({ counts }) => counts.hits)).toEqual([4, 4, 4]);
  });

  test('are of rows that tell where they are from', () => {
    const { keeper } = startTexts();
    const typeOf = (...names: string[]) =>
      ({ getInterfaces: () => names.map((name) => ({ name })) }) as unknown as GraphQLObjectType;
    expect(keeper.isLasting(typeOf('Node', 'Sourced'))).toBe(true);
    expect(keeper.isLasting(typeOf('Node'))).toBe(false);
  });
});

describe('a view', () => {
  test.each<[string, Caller]>([
    ['another plan', { ...keyed, plan: planOf('paid') }],
    ['a plan of that name as it stands now', { ...keyed, plan: planOf('free') }],
    ['no scope', { ...keyed, scopes: new Set() }],
    ['another scope', { ...keyed, scopes: new Set(['analyst']) }],
    ['one more scope', { ...keyed, scopes: new Set(['analyst', 'reports']) }],
    ['no key', { ...keyed, id: 'address:127.0.0.1' }],
  ])('is not shown to callers with %s', (_name, caller) => {
    const { open, write, writeEach } = startTexts();
    writeEach(3);
    const asOther = () => write({ context: open(caller), text: 'other' });
    expect([asOther(), asOther(), asOther()]).toEqual(['written', 'recorded', 'given other']);
    expect(writeEach(1)).toEqual(['given text']);
  });

  test('is that of all callers of a plan who may see the same', () => {
    const { open, write } = startTexts();
    const one = { ...keyed, scopes: new Set(['analyst', 'reports']) };
    const other = { ...keyed, id: 'key:2', scopes: new Set(['reports', 'analyst']) };
    const ways = [one, other, one].map((caller) => write({ context: open(caller) }));
    expect(ways).toEqual(['written', 'recorded', 'given text']);
  });
});

describe('a text ends', () => {
  test('with the second, whoever still holds its shelf', () => {
    const { clock, writeEach } = startTexts();
    writeEach(3);
    clock.nowMs += 499;
    expect(writeEach(1)).toEqual(['given text']);
    clock.nowMs += 1;
    expect(writeEach(3, { text: 'new' })).toEqual(['written', 'recorded', 'given new']);
  });

  test('when the first of its rows does, within the second', () => {
    const { clock, open, give, write } = startTexts();
    const rows = [rowOf(), rowOf({ freshUntilMs: startMs + 200 })];
    const read = (context: Context) => rows.forEach((row) => give(row, context));
    const ask = (context = open()) => write({ context, read });
    expect([ask(), ask(), ask()]).toEqual(['written', 'recorded', 'given text']);
    clock.nowMs += 200;
    expect(ask()).toBe('given text');
    clock.nowMs += 1;
    const context = open();
    const [shelfGives, hits] = [ask(context), context.tally.hits];
    expect([shelfGives, hits]).toEqual(['recorded', 2]);
  });

  test('when one of its rows is replaced, and of the others nothing is counted', () => {
    const { keeper, open, give, write, writeEach } = startTexts();
    const rows = [rowOf(), rowOf()];
    const read = (context: Context) => rows.forEach((row) => give(row, context));
    expect(writeEach(3, { read })).toEqual(['written', 'recorded', 'given text']);
    const [, replaced] = rows;
    if (replaced !== undefined) replaced.isCurrent = false;
    const selection = {};
    for (let times = 0; times < 2; times += 1) write({ of: selection, read });
    const context = open();
    expect(keeper.shelfOf(selection, context).give(object, context)).toBeUndefined();
    expect(context.tally).toMatchObject({ hits: 0, given: [], oldestMs: Infinity });
    rows[1] = rowOf();
    expect(writeEach(2, { read, text: 'new' })).toEqual(['recorded', 'given new']);
  });
});

test('an operation of a second that is over is given none, keeps none and ends none', () => {
  const { clock, open, write, writeEach } = startTexts();
  const older = open();
  clock.nowMs += 1000;
  writeEach(3);
  const asOlder = () => write({ context: older, text: 'of yesterday' });
  expect([asOlder(), asOlder(), asOlder()]).toEqual(['written', 'written', 'written']);
  expect(writeEach(1)).toEqual(['given text']);
});

test('a clock that is set back begins a second like any other', () => {
  const { clock, writeEach } = startTexts();
  writeEach(3);
  clock.nowMs -= 3_600_000;
  expect(writeEach(3, { text: 'new' })).toEqual(['written', 'recorded', 'given new']);
});

test('texts stay within their bytes, for a second', () => {
  const { clock, writeEach } = startTexts(1000);
  const text = 'x'.repeat(600);
  const sources = [{}, {}, {}];
  const ways = sources.map((source) => writeEach(3, { source, text })[2]);
  expect(ways).toEqual([`given ${text}`, `given ${text}`, 'written']);
  expect(writeEach(1, { source: sources[0] ?? {} })).toEqual([`given ${text}`]);
  clock.nowMs += 1000;
  expect(writeEach(3, { source: sources[2] ?? {}, text })[2]).toBe(`given ${text}`);
});

describe('no text is kept', () => {
  const row = rowOf();
  test.each<[string, (context: Context) => void]>([
    ['that had to wait for a row', ({ tally }) => (tally.misses += 1)],
    ['that has a stale row', ({ tally }) => (tally.stale += 1)],
    ['that has a row which failed', ({ other }) => (other.failed += 1)],
    ['that used what is limited', (context) => (context.limitedUses = 1)],
    ['that tells what is left of a quota', ({ quota }) => (quota.isTold = true)],
  ])('%s', (_name, read) => {
    const { writeEach } = startTexts();
    expect(writeEach(3, { read })).toEqual(['written', 'recorded', 'recorded']);
  });

  test('that rests on a row which its operation had been given before', () => {
    const { open, give, write, writeEach } = startTexts();
    const read = (context: Context) => give(row, context);
    const again = () => {
      const context = open();
      read(context);
      return write({ context, read });
    };
    expect([again(), again(), again()]).toEqual(['written', 'recorded', 'recorded']);
    // Of an operation that reads the row for it alone it is: then all that it rests on is known.
    expect(writeEach(2, { read })).toEqual(['recorded', 'given text']);
    row.isCurrent = false;
    expect(writeEach(1, { read })).toEqual(['recorded']);
  });
});

test('what is limited beside an object is none of its own', () => {
  const { open, write } = startTexts();
  const ways = [1, 2, 3].map(() => write({ context: { ...open(), limitedUses: 1 } }));
  expect(ways).toEqual(['written', 'recorded', 'given text']);
});

test('a row in two texts of one operation is counted once', () => {
  const { open, give, write, writeEach } = startTexts();
  const row = rowOf();
  const read = (context: Context) => give(row, context);
  const other = {};
  for (const source of [object, other]) writeEach(2, { source, read });
  const context = open();
  const ways = [object, other, object].map((source) => write({ context, source, read }));
  expect(ways).toEqual(['given text', 'given text', 'given text']);
  expect(context.tally).toMatchObject({ hits: 1, given: [row] });
});
