import { Kind } from 'graphql';
import { describe, expect, it } from 'vitest';
import { holdVariables } from '../../src/execution/kept-text.ts';
import { countingRow, operationOf, startKeeping } from '../support/text-keeper.ts';

const kept = { given: 0, kept: 1, recorded: 1 };
const given = { given: 1, kept: 0, recorded: 0 };
const notAsked = { given: 0, kept: 0, recorded: 0 };

describe('text that is kept', () => {
  it('is given instead of reading its object again, and for that object alone', async () => {
    const { run } = startKeeping('{ row { id name } }');
    const [row, other] = [countingRow(), countingRow()];
    expect(await run({ row })).toEqual(kept);
    expect(row.reads).toBe(2);
    expect(await run({ row })).toEqual(given);
    expect(row.reads).toBe(3);
    expect(await run({ row: other })).toEqual(kept);
  });

  it('is that of one selection: others of the same object are written', async () => {
    const { run } = startKeeping('{ row { id } other: row { name id } }');
    const row = countingRow();
    expect(await run({ row })).toEqual({ given: 0, kept: 2, recorded: 2 });
    expect(await run({ row })).toEqual({ given: 2, kept: 0, recorded: 0 });
  });

  it('is of lasting types alone, also where an interface is asked for', async () => {
    const { run: runPlain } = startKeeping('{ plain { id } }');
    expect(await runPlain({ plain: { id: 1 } })).toEqual(notAsked);
    const { run } = startKeeping('{ named { id ... on Row { name } } }');
    const named = { __typename: 'Row', id: 1, name: 'x' };
    expect(await run({ named })).toEqual(kept);
    expect(await run({ named })).toEqual(given);
  });

  it('tells null that is no failure', async () => {
    const { run } = startKeeping('{ row { name inner { id } rows { id } } }');
    const row = { name: null, inner: undefined, rows: [null] };
    expect(await run({ row })).toEqual(kept);
    expect(await run({ row })).toEqual(given);
  });
});

describe('what depends on variables', () => {
  it.each([
    '{ row { id counted(n: $n) } }',
    '{ row { plain { counted(n: $n) } } }',
    '{ row { counted(where: { of: [1, $n] }) } }',
    '{ row { ... on Row { ... { counted(n: $n) } } } }',
    '{ row { ...F } } fragment F on Row { counted(n: $n) }',
    '{ row { ...F } } fragment F on Row { plain { ...G } } fragment G on Plain { counted(n: $n) }',
    '{ row { id } row { ...F ...F } } fragment F on Row { counted(n: $n) }',
    '{ row { id @include(if: $yes) counted(n: $n) @skip(if: $no) } }',
  ])('is written for each: %s', async (selected) => {
    const head = 'query ($n: Int!, $yes: Boolean = true, $no: Boolean = false)';
    const { run } = startKeeping(`${head} ${selected}`);
    const counted = ({ n, where }: { n?: number; where?: object }) => JSON.stringify(where ?? n);
    const row = { id: 1, counted, plain: { counted } };
    for (const n of [1, 2, 1]) {
      expect(await run({ row }, { n, yes: true, no: false })).toEqual(notAsked);
    }
  });

  it('is only that below which they are: beside it and above it text is kept', async () => {
    const { run } = startKeeping(
      'query ($n: Int!) { row(n: $n) { name } plain { counted(n: $n) row { id } } }',
    );
    const root = { row: { name: 'x' }, plain: { counted: () => 'y', row: { id: 2 } } };
    expect(await run(root, { n: 1 })).toEqual({ given: 0, kept: 2, recorded: 2 });
    expect(await run(root, { n: 2 })).toEqual({ given: 2, kept: 0, recorded: 0 });
  });

  it('is kept for each combination of what @skip and @include go by', async () => {
    const { run } = startKeeping(
      `query ($x: Boolean!, $y: Boolean!) { row { id @skip(if: $x) ...F plain { id @include(if: $y) } } }
       fragment F on Row { name @include(if: $y) ... @skip(if: $x) { inner { id } } }`,
    );
    const row = { id: 1, name: 'x', inner: { id: 2 }, plain: { id: 3 } };
    const combinations = [0, 1, 2, 3].map((bits) => ({ x: bits % 2 === 1, y: bits > 1 }));
    for (const variables of combinations) expect(await run({ row }, variables)).toEqual(kept);
    for (const variables of combinations) expect(await run({ row }, variables)).toEqual(given);
  });

  it('is found in fragments that spread themselves, which ends', () => {
    const look = (source: string) => {
      const { document, operation } = operationOf(source);
      const fragments = document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
      );
      return holdVariables([operation.selectionSet], Object.fromEntries(fragments));
    };
    const cycle = (last: string) =>
      `{ ...F } fragment F on Row { inner { ...G } } fragment G on Row { ...F ...None ${last} }`;
    expect(look(cycle('id @skip(if: $x)'))).toBe(false);
    expect(look(cycle('counted(n: $n)'))).toBe(true);
    expect(look(cycle('id @other(of: $n)'))).toBe(true);
  });
});

describe('what may be otherwise the next time is not kept', () => {
  it.each<[string, string, object]>([
    ['a failure', '{ row { id name } }', { id: 'no number', name: 'x' }],
    ['a failure below', '{ row { plain { id } } }', { plain: { id: 'no number' } }],
    ['a failure in a list', '{ row { rows { must } } }', { rows: [{ must: 'x' }, { must: null }] }],
    ['a returned error', '{ row { plain { id } } }', { plain: new Error('none') }],
    ['a null that must not be', '{ row { inner { must } } }', { inner: { must: null } }],
    ['a method', '{ row { name } }', { name: () => 'x' }],
    ['a method below', '{ row { plain { counted } } }', { plain: { counted: () => 'x' } }],
    ['a promise', '{ row { name } }', { name: Promise.resolve('x') }],
    ['a promise below', '{ row { rows { name } } }', { rows: [{ name: Promise.resolve('x') }] }],
    ['a promise of an object', '{ row { plain { id } } }', { plain: Promise.resolve({ id: 1 }) }],
  ])('%s', async (_name, source, row) => {
    const { run } = startKeeping(source);
    for (let round = 0; round < 3; round += 1) {
      expect(await run({ row })).toMatchObject({ given: 0, kept: 0 });
    }
  });

  it('and each place is told of its own failure', async () => {
    const { run } = startKeeping('{ rows { must } row { plain { row { must } } } }');
    const bad = { must: null };
    const root = { rows: [bad, { must: 'x' }, bad], row: { plain: { row: bad } } };
    await run(root);
    expect(await run(root)).toMatchObject({ given: 1, kept: 0 });
  });

  it('and what is written after it is', async () => {
    const { run } = startKeeping('{ rows { must name } strict { id } row { id } }');
    const root = {
      rows: [{ must: null }, { must: 'x', name: Promise.resolve('y') }, { must: 'x', name: 'z' }],
      strict: [{ id: 1 }, null],
      row: { id: 3 },
    };
    expect(await run(root)).toEqual({ given: 0, kept: 3, recorded: 5 });
    expect(await run(root)).toEqual({ given: 3, kept: 0, recorded: 2 });
  });
});

describe('a lasting object in another', () => {
  it('is one piece with it', async () => {
    const { run } = startKeeping(
      '{ row { id inner { id strict { id } } rows { id } named { id } } }',
    );
    const one = { __typename: 'Row', id: 1 };
    const row = { id: 2, inner: { id: 3, strict: one }, rows: [one, one], named: one };
    expect(await run({ row })).toEqual(kept);
    expect(await run({ row })).toEqual(given);
  });

  it('is a piece of its own again behind it, and below what is no piece', async () => {
    const { run } = startKeeping('{ row { inner { id } } rows { id } plain { row { id } } }');
    const root = { row: { inner: { id: 1 } }, rows: [{ id: 2 }], plain: { row: { id: 3 } } };
    expect(await run(root)).toEqual({ given: 0, kept: 3, recorded: 3 });
    expect(await run(root)).toEqual({ given: 3, kept: 0, recorded: 0 });
  });

  it('takes it along when it fails: neither is kept, and what comes after both is', async () => {
    const { run } = startKeeping('{ row { strict { must } } rows { id } }');
    const root = { row: { strict: { must: null } }, rows: [{ id: 1 }] };
    expect(await run(root)).toEqual({ given: 0, kept: 1, recorded: 2 });
    expect(await run(root)).toEqual({ given: 1, kept: 0, recorded: 1 });
  });

  it('that is awaited is a piece of its own once it has come', async () => {
    const { run } = startKeeping('{ row { inner { id } } }');
    const inner = { id: 1 };
    const root = () => ({ row: { inner: Promise.resolve(inner) } });
    expect(await run(root())).toEqual({ given: 0, kept: 1, recorded: 2 });
    expect(await run(root())).toEqual({ given: 1, kept: 0, recorded: 1 });
  });
});

describe('a list', () => {
  it('is put together of what was kept and what is new, in its order', async () => {
    const { run } = startKeeping('{ rows { id } }');
    const [a, b, c] = [{ id: 1 }, { id: 2 }, { id: 3 }];
    expect(await run({ rows: [a, null, b, a] })).toEqual({ given: 1, kept: 2, recorded: 2 });
    expect(await run({ rows: [c, b, a, undefined] })).toEqual({ given: 2, kept: 1, recorded: 1 });
    expect(await run({ rows: [Promise.resolve(b), a] })).toEqual({
      given: 2,
      kept: 0,
      recorded: 0,
    });
  });

  it('of what must be there is null when one is not, whatever was kept of the others', async () => {
    const { run } = startKeeping('{ strict { must } row { strict { must } } }');
    const [good, bad] = [{ must: 'x' }, { must: null }];
    const root = { strict: [good, bad, good], row: { strict: bad } };
    expect(await run(root)).toEqual({ given: 0, kept: 1, recorded: 3 });
    expect(await run(root)).toEqual({ given: 1, kept: 0, recorded: 2 });
  });
});

it('nothing is asked for what is no object', async () => {
  const { run } = startKeeping('{ row { id } }');
  expect(await run({ row: 7 })).toEqual(notAsked);
});
