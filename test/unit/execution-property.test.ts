import fc from 'fast-check';
import {
  execute,
  type ExecutionResult,
  getVariableValues,
  type GraphQLError,
  Kind,
  parse,
  NoUnusedVariablesRule,
  specifiedRules,
  validate,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileOperation, type Executed } from '../../src/execution/compile.ts';
import { writeOperation } from './execution-documents.ts';
import { createSchedule } from './execution-schedule.ts';
import { type Chances, createWorld } from './execution-world.ts';

const percent = (max: number) => fc.integer({ min: 0, max }).map((value) => value / 100);
const chances: fc.Arbitrary<Chances> = fc.record({
  failure: fc.oneof(fc.constant(0), percent(15)),
  absence: percent(15),
  promise: fc.oneof(fc.constant(0), percent(60)),
});

/** An operation need not use all the variables that this test has. */
const rules = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule);

const told = (errors: readonly GraphQLError[]) =>
  errors.map((error) => JSON.stringify(error)).sort();

/** graphql-js leaves some rejections unhandled, which is not what is tested here. */
const unhandled: unknown[] = [];
const record = (reason: unknown) => unhandled.push(reason);
const listeners = process.listeners('unhandledRejection');
beforeAll(() => {
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', record);
});
afterAll(() => {
  process.off('unhandledRejection', record);
  for (const listener of listeners) process.on('unhandledRejection', listener);
});

/** Runs one operation by both, with promises that settle in the same order. */
async function both(seed: number, risk: Chances, kind: 'query' | 'mutation', isOneByOne: boolean) {
  const world = createWorld(seed, risk);
  const source = writeOperation(world.schema, world.random, kind);
  const document = parse(source);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('expected an operation first');
  const given = {
    b: world.random.chance(0.5),
    ...(world.random.chance(0.5) ? { a: world.random.chance(0.5) } : {}),
    ...(world.random.chance(0.5) ? { n: 5 } : {}),
  };
  const { schema } = world;
  expect(validate(schema, document, rules)).toEqual([]);
  const { coerced: variables } = getVariableValues(
    schema,
    operation.variableDefinitions ?? [],
    given,
  );
  if (variables === undefined) throw new Error('expected variables of their types');

  const run = async <Result>(work: () => Result | Promise<Result>): Promise<Result> => {
    const schedule = createSchedule();
    world.use(schedule);
    const [result] = await Promise.all([work(), schedule.run(isOneByOne)]);
    // A rejection nobody handled is told before the next turn.
    await new Promise(setImmediate);
    return result;
  };
  const expected = await run<ExecutionResult>(() =>
    execute({ schema, document, variableValues: given, rootValue: world.rootValue() }),
  );
  unhandled.length = 0;
  const actual: Executed[] = [];
  const compiled = compileOperation<undefined>({ schema, document, operation });
  const request = { context: undefined, variables, rootValue: world.rootValue() };
  actual.push(await run(() => compiled.run(request)), await run(() => compiled.run(request)));
  expect(unhandled, source).toEqual([]);
  return { source, expected, actual };
}

const kinds = fc.constantFrom('query', 'mutation');

test('any data, failures and promises give the text and the errors of graphql-js', async () => {
  const seen = { errors: 0, nulls: 0, data: 0 };
  await fc.assert(
    fc.asyncProperty(fc.nat(), chances, kinds, async (seed, risk, kind) => {
      const { source, expected, actual } = await both(seed, risk, kind, true);
      for (const { data, errors } of actual) {
        expect(data, source).toBe(JSON.stringify(expected.data));
        expect(told(errors), source).toEqual(told(expected.errors ?? []));
      }
      seen.errors += expected.errors?.length ?? 0;
      seen.nulls += expected.data === null ? 1 : 0;
      seen.data += actual[0]?.data.length ?? 0;
    }),
    { numRuns: 2000 },
  );
  // Cases of which nothing could be learned would agree, too.
  expect(seen.errors).toBeGreaterThan(2000);
  expect(seen.nulls).toBeGreaterThan(100);
  expect(seen.data).toBeGreaterThan(100_000);
}, 300_000);

test('promises that settle in one turn give the same text, whichever failure is told of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), chances, kinds, async (seed, risk, kind) => {
      const { source, expected, actual } = await both(seed, risk, kind, false);
      for (const { data } of actual) expect(data, source).toBe(JSON.stringify(expected.data));
    }),
    { numRuns: 500 },
  );
}, 300_000);
