/**
 * How fast operations are executed to JSON text: graphql-js and `JSON.stringify`, graphql-jit with its
 * own serialiser where `test/bench/peers` is installed, and the compiled executor. In turns, by medians.
 *
 *     npx tsx test/bench/execution.ts
 */
import { createRequire } from 'node:module';
import * as graphql from 'graphql';
import { compileOperation } from '../../src/execution/compile.ts';
import {
  contextOf,
  createRows,
  createSchema,
  type GraphQL,
  type Rows,
  source,
} from './execution-graph.ts';

type Work = () => string | Promise<string>;

/** graphql-jit of the peers, if it is installed. */
function createJit(rows: Rows, isAsync: boolean): Work | undefined {
  const require = createRequire(new URL('peers/package.json', import.meta.url));
  let jit: any;
  let peerGraphql: GraphQL;
  try {
    jit = require('graphql-jit');
    peerGraphql = require('graphql');
  } catch {
    return undefined;
  }
  const compiled = jit.compileQuery(
    createSchema(peerGraphql, isAsync),
    peerGraphql.parse(source),
    'Page',
    { customJSONSerializer: true, disableLeafSerialization: false },
  );
  const stringify = ({ data }: any): string => `${compiled.stringify({ data })}`;
  return () => {
    const result = compiled.query(undefined, contextOf(rows, isAsync), { first: 20 });
    return typeof result.then === 'function' ? result.then(stringify) : stringify(result);
  };
}

function createContestants(rows: Rows, isAsync: boolean): Map<string, Work> {
  const schema = createSchema(graphql, isAsync);
  const document = graphql.parse(source);
  const [operation] = document.definitions;
  if (operation?.kind !== graphql.Kind.OPERATION_DEFINITION)
    throw new Error('expected an operation');
  const works = new Map<string, Work>();
  works.set('graphql-js', () => {
    const result = graphql.execute({ schema, document, contextValue: contextOf(rows, isAsync) });
    return 'then' in result
      ? result.then(({ data }) => JSON.stringify({ data }))
      : JSON.stringify({ data: result.data });
  });
  const jit = createJit(rows, isAsync);
  if (jit !== undefined) works.set('graphql-jit', jit);
  const variables = Object.freeze({ first: 20 });
  const compiled = compileOperation<object>({ schema, document, operation });
  works.set('compiled', () => {
    const result = compiled.run({ context: contextOf(rows, isAsync), variables });
    return 'then' in result
      ? result.then(({ data }) => `{"data":${data}}`)
      : `{"data":${result.data}}`;
  });
  return works;
}

/** Microseconds an execution takes, its text as bytes included. */
async function measure(work: Work, times: number): Promise<number> {
  const start = process.hrtime.bigint();
  for (let count = 0; count < times; count += 1) {
    const text = work();
    Buffer.from(typeof text === 'string' ? text : await text);
  }
  return Number(process.hrtime.bigint() - start) / 1000 / times;
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;

for (const { count, isAsync, times } of [
  { count: 20, isAsync: false, times: 400 },
  { count: 20, isAsync: true, times: 300 },
  { count: 1000, isAsync: false, times: 10 },
  { count: 1000, isAsync: true, times: 6 },
]) {
  const works = createContestants(createRows(count), isAsync);
  const texts = await Promise.all([...works.values()].map(async (work) => work()));
  if (new Set(texts).size > 1) throw new Error(`expected one text of all, got ${texts.join('\n')}`);
  const figures = new Map([...works.keys()].map((name) => [name, new Array<number>()]));
  for (let round = 0; round < 25; round += 1) {
    for (const [name, work] of works) {
      const time = await measure(work, times);
      // The first rounds are the compiler's.
      if (round >= 5) figures.get(name)?.push(time);
    }
  }
  const ours = median(figures.get('compiled') ?? []);
  const line = [...figures].map(([name, all]) => {
    const time = median(all);
    return `${name} ${time.toFixed(1)} µs (${(time / ours).toFixed(2)})`;
  });
  console.log(`${count} rows, ${isAsync ? 'promises' : 'sync'}: ${line.join(', ')}`);
}
