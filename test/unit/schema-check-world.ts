import { buildSchema } from 'graphql';
import { expect } from 'vitest';

import { knownOperation } from '../contract/known-clients.ts';
import { readReleasedSchema, releasedText } from '../contract/released-schemas.ts';
import { checkSchema } from '../contract/schema-check.ts';

/** A small schema that was released, apps that use it, and the check of what became of it. */

export const base = `
  directive @requiresScope(scope: String!) on FIELD_DEFINITION
  directive @rateLimit(limit: Int!) on FIELD_DEFINITION
  type Query {
    token(id: ID!, at: Int = 1): Token
    found(filter: Filter): Found @rateLimit(limit: 10)
  }
  input Filter { name: String, size: Int = 20 }
  interface Node { id: ID! }
  type Token implements Node { id: ID!, price: Float, signal: Signal, old: Old @deprecated(reason: "Use price. Removed after 2027-06-30.") }
  type Old { grade: Float }
  type Index { name: String }
  union Found = Token | Index
  enum Signal { UP DOWN }
`;

const operations = [
  knownOperation('ios-1.0.0', 'query Home($id: ID!) { token(id: $id) { id price } }'),
  knownOperation('ios-1.0.0', 'query Moves { token(id: 1, at: 2) { ... on Node { id } signal } }'),
  knownOperation(
    'web-2.0.0',
    'query Find($f: Filter) { found(filter: $f) { ... on Index { name } } }',
  ),
  knownOperation('web-2.0.0', 'query Old { token(id: 1) { old { grade } } }'),
];

export const first = released('1.0.0', '2026-11-21', base);

export function released(version: string, day: string, sdl: string) {
  return readReleasedSchema(`${version}.graphql`, releasedText(sdl, version, day));
}

export function check(sdl: string, { today = '2026-12-01', releases = [first] } = {}) {
  return checkSchema({ schema: buildSchema(sdl), released: releases, operations, today });
}

export const changed = (from: string, to: string) => {
  expect(base).toContain(from);
  return base.replace(from, () => to);
};
