import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestRedis, startRedis } from '../support/redis.ts';
import { type Gateway, startGateway, tokenId } from '../support/gateway.ts';

/** Gateways that share a Redis: what they share, and what they must not. */

let redis: TestRedis;
let gateways: Gateway[];
beforeEach(async () => {
  gateways = [];
  redis = await startRedis();
});
afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await redis.stop();
});

async function start(env: Record<string, string> = {}) {
  const gateway = await startGateway({
    env: { ROWS_MEMORY_MB: '64', REDIS_URL: redis.url, ...env },
  });
  gateways.push(gateway);
  return gateway;
}

const query = `query ($id: ID!) { token(by: { id: $id }) { name price { usd } tradingSignal { date signal } } }`;
const ask = (gateway: Gateway) => gateway.ask(query, { id: tokenId(3375) });
const requests = () => gateways.map(({ sandbox }) => sandbox.requests.length);

test('what one has fetched another gives out, with its age', async () => {
  const [a, b] = [await start(), await start()];
  const first = await ask(a);
  const second = await ask(b);
  expect(second.data).toEqual(first.data);
  expect(requests()).toEqual([3, 0]);
  expect(second.extensions.cost.credits.spent).toBe(0);
});

test('what one is fetching another waits for', async () => {
  const [a, b] = [await start(), await start()];
  for (const { sandbox } of gateways) sandbox.faults.set({ latencyMs: 100, path: '/v2/price' });
  const answers = await Promise.all([ask(a), ask(b), ask(a), ask(b)]);
  expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
  expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  expect(requests().reduce((sum, count) => sum + count)).toBe(3);
});

test('sources of another seed, or another generation of the API, share nothing', async () => {
  const [a, b, c] = [
    await start(),
    await start({ SANDBOX_SEED: 'other' }),
    await start({ TOKENMETRICS_VERSION: 'v3' }),
  ];
  const answers = [await ask(a), await ask(b), await ask(c)];
  expect(requests()).toEqual([3, 3, 3]);
  expect(answers[1]?.data.token.price).not.toEqual(answers[0]?.data.token.price);
});

test('a budget is one for all', async () => {
  const limited = { TOKENMETRICS_CREDITS_PER_MINUTE: '4' };
  const [a, b] = [await start(limited), await start(limited)];
  expect((await ask(a)).errors).toBeUndefined();
  const refused = await b.ask(query, { id: tokenId(3306) });
  expect(new Set(refused.errors?.map(({ extensions }) => extensions.code))).toEqual(
    new Set(['UPSTREAM_BUDGET_EXHAUSTED']),
  );
  // What the other has fetched costs nothing.
  expect((await ask(b)).errors).toBeUndefined();
  expect(requests()).toEqual([3, 0]);
});
