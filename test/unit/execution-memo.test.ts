import { buildSchema, Kind, parse } from 'graphql';
import { expect, it } from 'vitest';
import { compileOperation } from '../../src/execution/compile.ts';

const schema = buildSchema('type Row { id: Int name: String } type Query { row: Row }');

function memoised(source: string) {
  const document = parse(source);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('expected an operation');
  const compiled = compileOperation<undefined>({ schema, document, operation, memo: true });
  return (row: object) => compiled.run({ context: undefined, variables: {}, rootValue: { row } });
}

it('with memo the fields of one object are read once, and those of another again', () => {
  let reads = 0;
  const row = (name: string) => ({
    id: 1,
    get name() {
      reads += 1;
      return name;
    },
  });
  const run = memoised('{ row { id name } }');
  const first = row('a');
  for (let round = 0; round < 3; round += 1) {
    expect(run(first)).toEqual({ data: '{"row":{"id":1,"name":"a"}}', errors: [] });
  }
  expect(reads).toBe(1);
  expect(run(row('b'))).toEqual({ data: '{"row":{"id":1,"name":"b"}}', errors: [] });
});

it('with memo a failure is told every time, and a method is called every time', async () => {
  const failing = { id: 'no number', name: 'a' };
  const run = memoised('{ row { id name } }');
  for (let round = 0; round < 2; round += 1) {
    expect(await run(failing)).toMatchObject({ errors: [{ path: ['row', 'id'] }] });
  }
  let calls = 0;
  const counting = { id: 1, name: () => `call ${(calls += 1)}` };
  expect(await run(counting)).toMatchObject({ data: '{"row":{"id":1,"name":"call 1"}}' });
  expect(await run(counting)).toMatchObject({ data: '{"row":{"id":1,"name":"call 2"}}' });
});

it('with memo nothing begins after a field that failed at once beside one that is awaited', async () => {
  const strict = buildSchema(
    'type Row { id: Int must: Int! late(n: Int): Int } type Query { row: Row }',
  );
  const document = parse('{ row { id must late } }');
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('expected an operation');
  const compiled = compileOperation<undefined>({ schema: strict, document, operation, memo: true });
  let calls = 0;
  const row = { id: Promise.resolve(1), must: null, late: () => (calls += 1) };
  const { data } = await compiled.run({ context: undefined, variables: {}, rootValue: { row } });
  expect([data, calls]).toEqual(['{"row":null}', 0]);
});
