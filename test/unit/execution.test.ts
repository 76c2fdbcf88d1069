import {
  buildSchema,
  getIntrospectionQuery,
  GraphQLList,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
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
  ])('escapes %j as JSON does', async (a) => {
    await ask('{ a e }', { a, e: a });
  });

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
