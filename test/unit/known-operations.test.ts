import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { createKnownOperations } from '../../src/fast-path/known-operations.ts';

const schema = buildSchema('type Query { a: Int b: Int } type Mutation { a: Int }');

const textOf = (name: number) => `query Document${name} { a } # ${'-'.repeat(1000)}`;

test('documents that run are known until others take their memory', () => {
  const operations = createKnownOperations({ schema, bytesMax: 1024 * 1024 });
  const learn = (text: string) => operations.learn(text, parse(text));
  const isKnown = (text: string) => operations.find(text, undefined) !== undefined;

  for (let name = 0; name < 1000; name += 1) {
    learn(textOf(name));
    // In use all the while.
    expect(isKnown(textOf(0))).toBe(true);
  }
  const known = Array.from({ length: 1000 }, (_, name) => isKnown(textOf(name)));
  expect(known.filter(Boolean).length).toBeGreaterThan(20);
  expect(known.filter(Boolean).length).toBeLessThan(40);
  expect(known.slice(-20)).not.toContain(false);

  // Whatever was forgotten can be learnt again.
  learn(textOf(1));
  expect(isKnown(textOf(1))).toBe(true);
});

test('each operation of a document is known by its name, and is the same ever after', () => {
  const operations = createKnownOperations({ schema, bytesMax: 1024 * 1024 });
  const text = 'query A { a } query B { b } mutation C { a }';
  operations.learn(text, parse(text));
  const [a, b] = [operations.find(text, 'A'), operations.find(text, 'B')];
  expect([a?.operation.name?.value, b?.operation.name?.value]).toEqual(['A', 'B']);
  expect(a?.id).not.toBe(b?.id);
  expect(operations.find(text, 'A')).toBe(a);
  // Which of them, nobody has said; and what is no query takes the long way.
  for (const name of [undefined, 'C', 'D']) expect(operations.find(text, name)).toBeUndefined();
});
