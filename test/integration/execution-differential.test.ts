import { execute, Kind, parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationContext } from '../../src/context.ts';
import { compileOperation } from '../../src/execution/compile.ts';
import { allScopes } from '../../src/graph/scopes.ts';
import { createKeptTexts } from '../../src/fast-path/kept-texts.ts';
import type { TextKeeper } from '../../src/execution/kept-text.ts';
import { createRandom } from '../support/random.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createOperationGenerator } from '../support/operation-generator.ts';
import { openOperation, startUpstreams } from '../support/upstreams.ts';

const operationsMin = 500;
/** No clock moves, so whatever was fetched was fetched at one instant. */
const nowMs = Date.parse('2026-11-20T12:00:00Z');

let gateway: Gateway;
let upstreams: ReturnType<typeof startUpstreams>;
beforeAll(async () => {
  gateway = await startGateway({ env: { ROWS_MEMORY_MB: '64' }, now: () => nowMs });
  upstreams = startUpstreams({
    tokenMetrics: { baseUrl: `${gateway.sandbox.url}/v2`, apiKey: gateway.sandbox.key },
    rows: { bytesMax: 64 * 1024 * 1024, windowMs: 2 },
    now: () => nowMs,
  });
});
afterAll(async () => {
  await upstreams.close();
  await gateway.close();
});

const plan = {
  name: 'test',
  priority: 'normal',
  requestsPerMinute: undefined,
  pointsPerMinute: undefined,
  creditsPerMonth: undefined,
  operation: { pointsMax: 1e6, creditsMax: 1e6, depthMax: 30 },
  pageSizeMax: 100,
  historyDaysMax: undefined,
  documents: 'open',
  introspection: true,
  scopes: allScopes,
} as const;
const scopes = new Set(allScopes);

/** A context of its own for each execution. A caller asks one operation, so no rate limit is met. */
function openContext(callerId: string): OperationContext {
  const { loaders, tally } = openOperation(upstreams);
  return {
    requestId: 'test',
    caller: { id: callerId, plan, scopes },
    usage: { sources: new Map([['tokenMetrics', tally]]) },
    quota: {},
    nowMs,
    maxStale: { seconds: Infinity },
    loaders: { tokenMetrics: loaders },
    settle: () => {},
  };
}

test('generated operations over the real graph have the bytes that graphql-js gives them', async () => {
  const { schema } = gateway.app;
  const generator = createOperationGenerator(schema, createRandom(20_261_121));
  const { keeper: keptTexts, counts } = countingTexts(createKeptTexts());
  let bytes = 0;
  for (let count = 0; count < operationsMin; count += 1) {
    const query = generator.next();
    const document = parse(query);
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('expected an operation');
    const byGraphqlJs = async () => {
      const contextValue = openContext(`caller ${count}`);
      const { data, errors } = await execute({ schema, document, contextValue });
      return { data: JSON.stringify(data), errors: told(errors) };
    };
    // What is fetched once is kept for all who come after.
    await byGraphqlJs();
    const expected = await byGraphqlJs();
    const options = { schema, document, operation };
    const used: unknown[] = [];
    for (const keeper of [undefined, keptTexts]) {
      const compiled = compileOperation<OperationContext>({ ...options, keeper });
      // The second time texts are kept, the third time they are given.
      for (let times = keeper === undefined ? 2 : 0; times < 3; times += 1) {
        const context = openContext(`caller ${count}`);
        const { data, errors } = await compiled.run({ context, variables: {} });
        expect({ data, errors: told(errors) }, query).toEqual(expected);
        used.push(usedBy(context));
      }
    }
    // Who is given text is told of all that it rests on.
    expect(used, query).toEqual(Array(4).fill(used[0]));
    bytes += expected.data.length;
  }
  // Empty answers would agree, too.
  expect(bytes).toBeGreaterThan(operationsMin * 100);
  expect(counts.given).toBeGreaterThan(operationsMin);
}, 300_000);

const told = (errors: readonly object[] = []) =>
  errors.map((error) => JSON.stringify(error)).sort();

/** What sources, costs and caches are told from. */
const usedBy = ({ usage }: OperationContext) =>
  [...usage.sources.values()].map(({ number: _number, repeats: _repeats, given, ...tally }) => ({
    ...tally,
    given: new Set(given),
  }));

/** Counts the texts that are given. */
function countingTexts(keeper: TextKeeper<OperationContext>) {
  const counts = { given: 0 };
  const counting: TextKeeper<OperationContext> = {
    isLasting: (type) => keeper.isLasting(type),
    shelfOf: (selection, shown) => {
      const shelf = keeper.shelfOf(selection, shown);
      return {
        ...shelf,
        give: (source, context) => {
          const text = shelf.give(source, context);
          if (text !== undefined) counts.given += 1;
          return text;
        },
      };
    },
  };
  return { keeper: counting, counts };
}
