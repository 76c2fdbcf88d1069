import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RealGateway, startRealGateway } from '../abuse/real-gateway.ts';
import { waysOf } from '../support/counted-ways.ts';
import { createOperationGenerator } from '../support/operation-generator.ts';
import { createRandom } from '../support/random.ts';
import {
  type Client,
  createClient,
  dataOf,
  getOf,
  graphqlJson,
  json,
  registrationOf,
  tellOf,
} from '../support/two-ways.ts';

vi.mock('../../src/yoga-server.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingLong(original),
);
vi.mock('../../src/execution/compile.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingExecuted(original),
);

const operationsMin = 500;
let nowMs = Date.parse('2026-11-20T12:00:00Z');

let gateway: RealGateway;
let client: Client;
beforeAll(async () => {
  gateway = await startRealGateway({
    env: {
      ROWS_MEMORY_MB: '64',
      COST_CREDITS_MAX: '1000000',
      COST_POINTS_MAX: '1000000000',
      TOKENMETRICS_QUEUE_MAX: '100000',
    },
    now: () => nowMs,
  });
  client = createClient(gateway.port);
});
afterAll(async () => {
  client.close();
  await gateway.close();
});

let strangers = 0;
/** Limits of fields are for each caller: here one a request. */
function stranger(): string {
  strangers += 1;
  return `127.1.${Math.floor(strangers / 200)}.${1 + (strangers % 200)}`;
}

/** A viewer's id is the address it came from. */
const withoutAddress = (text: string) => text.replaceAll(/address:[\d.]+/g, 'address');

/** Errors of one tick may be told in another order. */
function told(answer: Awaited<ReturnType<Client['send']>>) {
  const { status, headers: told, text: original } = tellOf(answer);
  const text = withoutAddress(original);
  const { etag, ...others } = told;
  const headers = text === original ? told : { ...others, etag: etag && 'of this address' };
  if (text === '') return { status, headers, text };
  const { errors, ...rest } = JSON.parse(text);
  const sorted = errors?.map((error: object) => JSON.stringify(error)).sort();
  return { status, headers, rest: JSON.stringify(rest), errors: sorted };
}

test('500 generated operations: hot, executed and long answers are the same', async () => {
  const generator = createOperationGenerator(gateway.app.schema, createRandom(20_261_122));
  let bytes = 0;
  let kept = 0;
  const texts = new Set<string>();
  while (texts.size < operationsMin) texts.add(generator.next());
  for (const text of texts) {
    const get = { target: getOf(text), headers: graphqlJson };
    const post = { method: 'POST', headers: json, body: JSON.stringify({ query: text }) };
    await client.send({ ...registrationOf(text), from: stranger() });
    // What is estimated follows what the upstream was found to read.
    await client.sendLong({ ...get, from: stranger() });
    nowMs += 1;

    const long = await waysOf(() => client.sendLong({ ...get, from: stranger() }));
    expect([long.long, long.executed], text).toEqual([1, 0]);
    const executed = await waysOf(() => client.send({ ...get, from: stranger() }));
    expect([executed.long, executed.executed], text).toEqual([0, 1]);
    const hot = await waysOf(() => client.send({ ...get, from: stranger() }));
    expect(hot.long, text).toBe(0);
    expect(told(executed.result), text).toEqual(told(long.result));
    expect(told(hot.result), text).toEqual(told(long.result));

    const postLong = await client.sendLong({ ...post, from: stranger() });
    const posted = await waysOf(() => client.send({ ...post, from: stranger() }));
    expect([posted.long, posted.executed], text).toEqual([0, 1]);
    expect(told(posted.result), text).toEqual(told(postLong));
    if (hot.executed === 0) kept += 1;
    bytes += dataOf(hot.result).length;
  }
  // Empty answers would agree, too.
  expect(bytes).toBeGreaterThan(operationsMin * 100);
  expect(kept).toBeGreaterThan(operationsMin / 2);
}, 600_000);
