import {
  buildSchema,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { expectSame } from './execution-both.ts';

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
