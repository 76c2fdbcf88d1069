import { getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import type { OperationContext } from '../../src/context.ts';
import { compileOperation } from '../../src/execution/compile.ts';
import { createPrices } from '../../src/fast-path/prices.ts';
import { encodeGlobalId } from '../../src/graph/global-id.ts';
import { buildSchema } from '../../src/graph/schema.ts';
import { priceOperation } from '../../src/pricing/price.ts';
import type { SharedRead } from '../../src/pricing/read-plan.ts';

const schema = buildSchema([]);
const nowMs = Date.parse('2026-11-20T12:00:00Z');
const limits = { pointsMax: 1e6, creditsMax: 1e6, depthMax: 30 };

/** Prices by kinds of variables and as they are; tells how often requests were reckoned for the former. */
function pricing(text: string) {
  const document = parse(text);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('expected one operation');
  const compiled = compileOperation<OperationContext>({ schema, document, operation });
  const known = { id: 1, document, operation, compiled } as const;
  const requestsFor = ({ keys, span }: SharedRead) => Math.ceil((keys * span) / 100);
  let reckoned = 0;
  const priceFor = createPrices({
    schema,
    requestsFor: (read) => {
      reckoned += 1;
      return requestsFor(read);
    },
  });
  return {
    both: (variables: Record<string, unknown>) => [
      priceFor(known, variables)(limits, nowMs),
      priceOperation({ schema, document, operation, variables, nowMs, depthMax: 30, requestsFor }),
    ],
    reckoned: () => reckoned,
  };
}

const token = (number: number) => encodeGlobalId('Token', number);

test('lists of other tokens are priced once; every list has the price it would have alone', () => {
  const { both, reckoned } = pricing(
    'query Q($ids: [ID!]!) { tokens(ids: $ids) { nodes { symbol tmGrade { grade } } } }',
  );
  const first = both({ ids: [token(1), token(22)] });
  expect(first[0]).toEqual(first[1]);
  const before = reckoned();
  const second = both({ ids: [token(333), token(4444)] });
  expect(second[0]).toEqual(second[1]);
  expect(reckoned()).toBe(before);
  for (const ids of [
    [token(1)],
    [token(1), token(1)],
    ['nonsense'],
    [encodeGlobalId('Index', 1)],
  ]) {
    const [byKind, alone] = both({ ids });
    expect(byKind, ids.join()).toEqual(alone);
  }
  expect(reckoned()).toBeGreaterThan(before);
});

test('ids of other kinds, the same id twice, and other values are priced apart', () => {
  const { both } = pricing(
    'query Q($a: ID!, $b: ID!, $n: Int) { a: node(id: $a) { ...N } b: node(id: $b) { ...N } } fragment N on Node { id ... on Token { tmGrades(first: $n) { nodes { grade } } } }',
  );
  for (const [a, b, n] of [
    [token(1), token(2), 5],
    [token(1), token(1), 5],
    [token(1), token(2), 50],
    [token(1), encodeGlobalId('Index', 2), 5],
    [token(1), 'nonsense', 5],
    [token(1), token(12345678901), 5],
  ] as const) {
    const [byKind, alone] = both({ a, b, n });
    expect(byKind, JSON.stringify([a, b, n])).toEqual(alone);
  }
});
