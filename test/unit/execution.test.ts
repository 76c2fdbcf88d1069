import {
  buildSchema,
  getIntrospectionQuery,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { compiledOf, expectSame } from './execution-both.ts';

const schema = buildSchema(`
  enum Mood { GOOD BAD }
  interface Named { name: String }
  type Cat implements Named { name: String lives: Int! friend: Named }
  type Dog implements Named { name: String barks: Boolean }
  union Pet = Cat | Dog
  type Query {
    a: String b: Int c: Float d: Boolean e: ID mood: Mood
    cat: Cat cats: [Cat!] named: Named pet: Pet grid: [[Int!]]
    must: String! count(of: Int! = 2, in: [String!]): String
  }
  type Mutation { a: String b: String! c: String }
`);

const ask = (source: string, rootValue: object, variables = {}) =>
  expectSame({ schema, source, rootValue: () => rootValue, variables });

describe('what is selected', () => {
  it('keeps order, aliases and merged selections', async () => {
    const { data } = await ask(
      '{ z: a b ...F cat { name } a ... on Query { cat { lives } } } fragment F on Query { c cat { n: name } }',
      { a: 'x', b: 1, c: 0.5, cat: { name: 'Tom', lives: 9 } },
    );
    expect(data).toBe('{"z":"x","b":1,"c":0.5,"cat":{"n":"Tom","name":"Tom","lives":9},"a":"x"}');
  });

  it('goes by @skip and @include, whatever their variables are', async () => {
    const source = `query ($x: Boolean!, $y: Boolean = false) {
      a @skip(if: $x) b @include(if: $y) cat { name @include(if: $x) lives @skip(if: true) }
    }`;
    for (const x of [true, false]) {
      for (const y of [undefined, true, false, null]) {
        const given = y === undefined ? { x } : { x, y };
        await ask(source, { a: 'a', b: 1, cat: { name: 'n', lives: 1 } }, given);
      }
    }
  });

  it('selects rightly for more combinations of conditions than are kept', () => {
    const names = Array.from({ length: 8 }, (_, index) => `v${index}`);
    const fields = names.map((name) => `${name}: a @include(if: $${name})`).join(' ');
    const heads = names.map((name) => `$${name}: Boolean!`).join(' ');
    const compiled = compiledOf({ schema, source: `query (${heads}) { ${fields} }` });
    for (let round = 0; round < 2; round += 1) {
      for (let bits = 0; bits < 256; bits += 1) {
        const chosen = names.filter((_, index) => (bits >> index) & 1);
        const variables = Object.fromEntries(names.map((name) => [name, chosen.includes(name)]));
        const expected = JSON.stringify(Object.fromEntries(chosen.map((name) => [name, 'x'])));
        expect(compiled.run({ variables, rootValue: () => ({ a: 'x' }) })).toEqual({
          data: expected,
          errors: [],
        });
      }
    }
  });

  it('answers introspection', async () => {
    const { data } = await ask(getIntrospectionQuery(), {});
    expect(data.length).toBeGreaterThan(5000);
    await ask('{ __typename t: __type(name: "Cat") { name fields { name } } }', {});
  });
});

describe('what is written', () => {
  it.each([
    '',
    'plain',
    '"',
    '\\',
    '\n',
    '\u0000',
    '\u2028é',
    '😀',
    '\ud83d',
    '\udc00x',
    'x'.repeat(500),
  ])('escapes %j as JSON does', (a) => ask('{ a e }', { a, e: a }));

  it.each([
    0,
    -0,
    1.5,
    1e21,
    5e-324,
    2 ** 31,
    NaN,
    Infinity,
    true,
    '12',
    '',
    'x',
    1n,
    {},
    [],
    null,
  ])('serialises %s as each type does', async (value) => {
    const all = { a: value, b: value, c: value, d: value, e: value, mood: value };
    await ask('{ a b c d e mood }', all);
  });

  it('asks a scalar of another make what to write', async () => {
    const values = [
      1,
      'x',
      NaN,
      null,
      undefined,
      { a: [1] },
      new Date(0),
      () => 1,
      Symbol('s'),
      [undefined],
    ];
    const Any = new GraphQLScalarType({ name: 'Any', serialize: (index) => values[Number(index)] });
    const type = (of: GraphQLScalarType) => ({
      first: { type: of, resolve: () => 7 },
      all: { type: new GraphQLList(of), resolve: () => values.map((_, index) => index) },
      ...Object.fromEntries(
        values.map((_, index) => [`v${index}`, { type: of, resolve: () => index }]),
      ),
    });
    const any = new GraphQLSchema({
      query: new GraphQLObjectType({ name: 'Query', fields: type(Any) }),
    });
    await expectSame({ schema: any, source: '{ v7 }' });
    await expectSame({ schema: any, source: '{ v7 v0 v8 v1 }' });
    await expectSame({ schema: any, source: '{ first all v0 v1 v2 v3 v4 v5 v6 v7 v8 v9 }' });
  });

  it('writes lists of lists and iterables that are no arrays', async () => {
    await ask('{ grid }', { grid: [[1, 2], null, [], new Set([3, 4])] });
    await ask('{ grid }', { grid: [[1, null], [2], 'ab'] });
    await ask('{ grid cats { name } }', { grid: new Set([[5]]), cats: 'no list' });
    const halfWay = function* () {
      yield [1];
      throw new Error('half way');
    };
    await expectSame({ schema, source: '{ grid }', rootValue: () => ({ grid: halfWay() }) });
  });

  it('writes a list of 100,000 scalars, and as many promises', async () => {
    const row = Array.from({ length: 100_000 }, (_, index) => index);
    const compiled = compiledOf({ schema, source: '{ grid }' });
    const expected = JSON.stringify({ grid: [row] });
    expect(compiled.run({ rootValue: () => ({ grid: [row] }) })).toEqual({
      data: expected,
      errors: [],
    });
    const promised = row.map((item) => Promise.resolve(item));
    const { data } = await compiled.run({ rootValue: () => ({ grid: [promised] }) });
    expect(data === expected).toBe(true);
  });
});

describe('what fails', () => {
  const thrown = (error: unknown) => () => {
    throw error;
  };

  it('is null where it may be, with message, path, places, extensions and its cause', async () => {
    const error = Object.assign(new Error('no'), { extensions: { code: 'X' } });
    const { errors } = await ask('{ a: a x: a b c cats { lives name } }', {
      a: thrown(error),
      b: error,
      c: thrown('text'),
      cats: [{ lives: 1, name: thrown(error) }],
    });
    expect(errors.map(({ path }) => path)).toEqual([
      ['a'],
      ['x'],
      ['b'],
      ['c'],
      ['cats', 0, 'name'],
    ]);
    expect(errors[0]?.originalError).toBe(error);
    expect(errors[0]?.extensions).toEqual({ code: 'X' });
  });

  it('takes its parents along up to the next that may be null', async () => {
    await ask('{ cat { lives name } a }', { cat: { lives: null, name: 'x' }, a: 'a' });
    await ask('{ cats { lives } a }', { cats: [{ lives: 1 }, { lives: null }], a: 'a' });
    await ask('{ grid a }', { grid: [[1], [null], [2]], a: 'a' });
    expect((await ask('{ a must }', { a: 'a' })).data).toBe('null');
  });

  it('is told of arguments that cannot be coerced', async () => {
    const source = 'query ($n: Int, $l: [String]) { count(of: $n) a }';
    await ask(source, { count: 'x', a: 'a' }, { n: null });
    await ask(source, { count: 'x', a: 'a' }, {});
  });
});

describe('abstract types', () => {
  it.each([
    { __typename: 'Cat', name: 'Tom', lives: 9 },
    { __typename: 'Dog', name: 'Rex', barks: true },
    { __typename: 'Query' },
    { __typename: 'None' },
    { __typename: 'Mood' },
    { name: 'nobody' },
  ])('are written as %j says', async (value) => {
    const source =
      '{ named { __typename name ... on Cat { lives } ... on Dog { barks } } pet { ... on Named { name } } }';
    await ask(source, { named: value, pet: Promise.resolve(value) });
  });

  it.each([true, false, 'async', 'throws'])('ask isTypeOf: %s', async (answer) => {
    const isTypeOf = () => {
      if (answer === 'throws') throw new Error('who knows');
      return answer === 'async' ? Promise.resolve(true) : answer === true;
    };
    const Cat = new GraphQLObjectType({
      name: 'Cat',
      isTypeOf,
      fields: { name: { type: GraphQLString } },
    });
    const query = new GraphQLObjectType({
      name: 'Query',
      fields: { cat: { type: new GraphQLNonNull(Cat) }, list: { type: new GraphQLList(Cat) } },
    });
    const cat = { name: 'Tom' };
    const rootValue = () => ({ cat, list: [cat, cat] });
    await expectSame({
      schema: new GraphQLSchema({ query }),
      source: '{ list { name } }',
      rootValue,
    });
    await expectSame({
      schema: new GraphQLSchema({ query }),
      source: '{ cat { name } list { name } }',
      rootValue,
    });
  });
});
