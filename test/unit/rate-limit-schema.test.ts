import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import { graphql, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { describe, expect, test } from 'vitest';

import { createRateLimit } from '../../src/directives/rate-limit.ts';
import { limitedBuilder } from '../support/rate-limited-app.ts';
import { recordingLog } from '../support/recording-log.ts';

function rateLimit() {
  return createRateLimit({ log: recordingLog().log, identify: () => 'alice' });
}

/** A schema whose only field carries what is given as its limit, unchecked by Pothos. */
function limitedBy(rate: unknown, of: 'field' | 'type' = 'field'): GraphQLSchema {
  const extensions = { directives: { rateLimit: rate } };
  return new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      extensions: of === 'type' ? extensions : {},
      fields: { price: { type: GraphQLString, extensions: of === 'field' ? extensions : {} } },
    }),
  });
}

describe('a limit that limits nothing is refused when the schema is built', () => {
  test.each([NaN, 0, -1, 1.5, Infinity, 2 ** 31, '30', null, undefined])('%s', (value) => {
    const { apply } = rateLimit();
    expect(() => apply(limitedBy({ limit: value, duration: 60 }))).toThrow(
      `@rateLimit on Query.price: limit must be a whole number from 1 to 2147483647, got ${value}.`,
    );
    expect(() => apply(limitedBy({ limit: 30, duration: value }))).toThrow(
      `@rateLimit on Query.price: duration must be a whole number from 1 to 2147483647, got ${value}.`,
    );
  });

  test('also by Pothos, when the SDL cannot say it', () => {
    const { directive } = rateLimit();
    const builder = limitedBuilder({ grade: { limit: NaN, duration: 60 } });
    expect(() => builder.toSchema({ directives: [directive] })).toThrow('NaN');
  });
});

test('a limit on a whole type is refused', () => {
  const schema = limitedBy({ limit: 1, duration: 60 }, 'type');
  expect(() => rateLimit().apply(schema)).toThrow(
    '@rateLimit on type Query: put it on its fields.',
  );
});

test('a second limit on a field is refused rather than ignored', () => {
  const schema = limitedBy([
    { limit: 30, duration: 60 },
    { limit: 1000, duration: 3600 },
  ]);
  expect(() => rateLimit().apply(schema)).toThrow(
    '@rateLimit on Query.price: one limit per field.',
  );
});

test('the order of the arguments does not make a second limit', () => {
  const { apply, directive } = rateLimit();
  const builder = limitedBuilder({ grade: { duration: 60, limit: 30 } });
  expect(() => apply(builder.toSchema({ directives: [directive] }))).not.toThrow();
});

test('a limited field of an interface is limited in the types that implement it', async () => {
  const { apply, directive } = rateLimit();
  const builder = new SchemaBuilder<{
    Directives: {
      rateLimit: { locations: 'FIELD_DEFINITION'; args: { limit: number; duration: number } };
    };
  }>({
    plugins: [DirectivesPlugin],
    directives: { useGraphQLToolsUnorderedDirectives: true },
    // Its types are everybody's once it is imported anywhere.
    scopeAuth: { authScopes: () => ({}) },
  });
  const asset = builder.interfaceRef<{ price: string }>('Asset').implement({
    fields: (t) => ({
      price: t.exposeString('price', {
        nullable: true,
        directives: { rateLimit: { limit: 1, duration: 60 } },
      }),
    }),
  });
  const token = builder
    .objectRef<{ price: string }>('Token')
    .implement({ interfaces: [asset], isTypeOf: () => true });
  builder.queryType({
    fields: (t) => ({ token: t.field({ type: token, resolve: () => ({ price: '1' }) }) }),
  });
  const schema = apply(builder.toSchema({ directives: [directive] }));

  const { data } = await graphql({
    schema,
    source: '{ one: token { price } two: token { price } }',
    contextValue: {},
  });

  expect(data).toEqual({ one: { price: '1' }, two: { price: null } });
});
