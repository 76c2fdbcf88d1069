import fc from 'fast-check';
import type { GraphQLSchema } from 'graphql';
import { createOperationGenerator } from '../support/operation-generator.ts';
import { createRandom } from '../support/random.ts';

const shards = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  '...',
  '@include(if: true)',
  '@skip(if: $a)',
  '$a',
  ':',
  '!',
  '|',
  '"',
  '"""',
  '#',
  '\u0000',
  '\uFEFF',
  '\uD800',
  '😀',
  'fragment F on Query { ...F }',
  '...F',
  '... on Token',
  'query',
  'mutation',
  'subscription { a }',
  '__schema { types { name } }',
  '__typename',
  'null',
  '-0',
  '1e999',
  '99999999999999999999',
  'query ($a: Int!)',
  'on',
  'a: ',
  '{ a: { a: [[[[1]]]] } }',
  ',',
  '&',
  '\\u{110000}',
  'topTokens(first: 2147483648)',
] as const;

/** Documents: valid ones of the schema, and the same with pieces cut, doubled, swapped and put in. */
export function documents(schema: GraphQLSchema): fc.Arbitrary<string> {
  const valid = fc
    .integer({ min: 0, max: 0x7fffffff })
    .map((seed) => createOperationGenerator(schema, createRandom(seed)).next());
  const edit = fc.record({
    kind: fc.constantFrom('cut', 'double', 'swap', 'put', 'repeat'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 1, max: 40 }),
    shard: fc.oneof(fc.constantFrom(...shards), fc.string({ unit: 'binary', maxLength: 8 })),
    times: fc.constantFrom(1, 2, 30, 300, 3000),
  });
  const mangled = fc
    .tuple(valid, fc.array(edit, { minLength: 1, maxLength: 5 }))
    .map(([text, edits]) => edits.reduce(applied, text));
  return fc.oneof(
    { weight: 3, arbitrary: valid },
    { weight: 6, arbitrary: mangled },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.constantFrom(...shards), { maxLength: 60 })
        .map((all) => all.join(' ')),
    },
  );
}

interface Edit {
  readonly kind: 'cut' | 'double' | 'swap' | 'put' | 'repeat';
  readonly at: number;
  readonly length: number;
  readonly shard: string;
  readonly times: number;
}

function applied(text: string, { kind, at, length, shard, times }: Edit): string {
  const from = Math.floor(at * text.length);
  const [before, piece, after] = [
    text.slice(0, from),
    text.slice(from, from + length),
    text.slice(from + length),
  ];
  if (kind === 'cut') return before + after;
  if (kind === 'double') return before + piece + piece + after;
  if (kind === 'swap') return after + piece + before;
  if (kind === 'put') return before + shard + piece + after;
  return before + `${shard} `.repeat(times) + piece + after;
}

/** Any JSON, with what parsers stumble on. */
export const variables: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc.dictionary(
      fc.constantFrom('a', 'first', '__proto__', 'constructor', ''),
      fc.jsonValue(),
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue() },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 2000 })
      .map((levels) => JSON.parse(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`)),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 20_000 }).map((length) => ({ a: 'x'.repeat(length) })),
  },
);
