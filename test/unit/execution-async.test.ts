import DataLoader from 'dataloader';
import {
  buildSchema,
  type GraphQLResolveInfo,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { compiledOf, expectSame } from './execution-both.ts';

const schema = buildSchema(`
  type Row { id: Int sum(of: [Int!]): Int must: String! rows: [Row!] }
  type Query { rows: [Row!] row: Row a: String }
  type Mutation { first: String second: String must: String! last: String }
`);

describe('what is waited for', () => {
  it('is nothing when no resolver made a promise', () => {
    const { run } = compiledOf({ schema, source: '{ rows { id } a }' });
    expect(run({ rootValue: () => ({ rows: [{ id: 1 }, { id: 2 }], a: 'x' }) })).toEqual({
      data: '{"rows":[{"id":1},{"id":2}],"a":"x"}',
      errors: [],
    });
  });

  it('is asked in one batch by all rows of a level, also below promises', async () => {
    const batches: (readonly number[])[] = [];
    const loader = new DataLoader<number, number>((keys) => {
      batches.push(keys);
      return Promise.resolve([...keys]);
    });
    const row = (id: number, rows: unknown): object => ({ id: () => loader.load(id), rows });
    const rows = () => Promise.resolve([row(11, undefined), row(12, undefined)]);
    const { run } = compiledOf({ schema, source: '{ rows { id rows { id } } row { id } }' });
    const { data } = await run({
      rootValue: () => ({
        rows: [row(1, rows), row(2, [row(3, null)])],
        row: Promise.resolve(row(4, null)),
      }),
    });
    expect(data).toBe(
      '{"rows":[{"id":1,"rows":[{"id":11},{"id":12}]},{"id":2,"rows":[{"id":3}]}],"row":{"id":4}}',
    );
    expect(batches).toHaveLength(1);
    expect([...(batches[0] ?? [])].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 11, 12]);
  });

  it('is, in a mutation, each field before the next begins', async () => {
    const steps: string[] = [];
    const step = (name: string) => async () => {
      steps.push(`${name} begins`);
      await new Promise(setImmediate);
      steps.push(`${name} ends`);
      return name;
    };
    const rootValue = () => ({ first: step('first'), second: step('second'), last: step('last') });
    await expectSame({ schema, source: 'mutation { first second last }', rootValue });
    expect(steps.slice(0, 6)).toEqual(
      ['first', 'second', 'last'].flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
    steps.length = 0;
    await expectSame({ schema, source: 'mutation { first must last }', rootValue });
    expect(steps).not.toContain('last begins');
  });
});

it('a promise that rejects when nobody waits any more is no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const record = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', record);
  const later = () => new Promise((_, reject) => setImmediate(() => reject(new Error('late'))));
  const { run } = compiledOf({ schema, source: '{ rows { must id } row { id must } a }' });
  const { data, errors } = await run({
    rootValue: () => ({
      rows: [
        { must: later },
        new Error('at once'),
        { must: later },
        later(),
        later().then(() => 0),
      ],
      row: { id: later, must: null },
    }),
  });
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  process.off('unhandledRejection', record);
  expect(data).toBe('{"rows":null,"row":null,"a":null}');
  expect(errors.map(({ message }) => message).sort()).toEqual([
    'Cannot return null for non-nullable field Row.must.',
    'at once',
    'late',
  ]);
  expect(unhandled).toEqual([]);
});

describe('what resolvers are given', () => {
  it.each<[string, (note: (info: unknown) => string) => (...all: any[]) => string]>([
    ['four parameters', (note) => (_source, _args, _context, info) => note(info)],
    [
      'rest parameters',
      (note) =>
        (...all) =>
          note(all[3]),
    ],
    [
      'rest parameters after the source',
      (note) =>
        (_source, ...all) =>
          note(all[2]),
    ],
    [
      'a default among them',
      (note) =>
        (_source, _args, _context = {}, info = {}) =>
          note(info),
    ],
    [
      '`arguments`',
      (note) =>
        function (_source) {
          // eslint-disable-next-line prefer-rest-params -- what is tested
          return note(arguments[3]);
        },
    ],
  ])('is all of info with %s', async (_name, create) => {
    const seen: unknown[] = [];
    const note = (info: unknown) => `seen ${seen.push(info) > 0}`;
    const args = { x: { type: GraphQLString } };
    const a = { type: GraphQLString, args, resolve: create(note) };
    const own = new GraphQLSchema({
      query: new GraphQLObjectType({ name: 'Query', fields: { a } }),
    });
    await expectSame({
      schema: own,
      source: 'query Q($x: String) { k: a(x: $x) }',
      rootValue: () => 'root',
      variables: { x: 'v' },
    });
    const plain = seen.map((info) =>
      JSON.stringify({
        ...(info as GraphQLResolveInfo),
        schema: null,
        operation: null,
        fieldNodes: null,
      }),
    );
    expect(plain[0]).toContain('"key":"k"');
    expect(plain[1]).toBe(plain[0]);
  });

  it('is one frozen object of arguments for all rows', async () => {
    const given = new Set<unknown>();
    const sum = (args: unknown) => given.add(args).size;
    const source = 'query ($n: Int! = 3) { rows { a: sum(of: [1, 2]) b: sum(of: [$n]) } }';
    const { run } = compiledOf({ schema, source });
    const rows = [{ sum }, { sum }, { sum }];
    await run({ rootValue: () => ({ rows }) });
    expect([...given]).toEqual([{ of: [1, 2] }, { of: [3] }]);
    expect([...given].every(Object.isFrozen)).toBe(true);
    await run({ rootValue: () => ({ rows }), variables: { n: 4 } });
    expect([...given]).toEqual([{ of: [1, 2] }, { of: [3] }, { of: [4] }]);
  });
});
