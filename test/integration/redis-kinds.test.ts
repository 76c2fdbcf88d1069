import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { creation } from '../../src/callers/keys/edits.ts';
import { createRedisStore } from '../../src/callers/keys/redis-store.ts';
import { createRedis } from '../../src/redis.ts';
import type { SandboxRequest } from '../../src/sandbox/request-log.ts';
import { writeCallers } from '../support/callers-files.ts';
import { type Gateway, startGateway, tokenId } from '../support/gateway.ts';
import { rateLimitedApp } from '../support/rate-limited-app.ts';
import { recordingLog } from '../support/recording-log.ts';
import { freshPrefix } from '../support/redis.ts';
import { redisKinds, type TestRedisKind } from '../support/redis-kinds.ts';

/** What two gateways share, whatever kind of Redis it is shared through. */

describe.each(redisKinds)('%s', (_kind, start) => {
  let redis: TestRedisKind;
  beforeAll(async () => {
    redis = await start();
  });
  afterAll(() => redis.stop());

  /** A connection as a gateway has it, which has nothing to tell. */
  async function connect() {
    const { log, lines } = recordingLog();
    const { client, ready, close } = createRedis(redis.url, { commandTimeoutMs: 5_000, log });
    onTestFinished(async () => {
      await close();
      expect(lines).toEqual([]);
    });
    await ready;
    return client;
  }

  async function startTwo(env: Readonly<Record<string, string>> = {}) {
    const shared = {
      ...{ ROWS_MEMORY_MB: '64', REDIS_URL: redis.url, SANDBOX_SEED: freshPrefix() },
      ...{ ROWS_REDIS_TIMEOUT_MS: '5000', REDIS_TIMEOUT_MS: '5000', ...env },
    };
    const gateways = [await startGateway({ env: shared }), await startGateway({ env: shared })];
    for (const gateway of gateways) onTestFinished(gateway.close);
    const [one = missing(), two = missing()] = gateways;
    const requests = () => gateways.map(({ sandbox }) => sandbox.requests.length);
    return { one, two, requests };
  }

  test('a key is known to both, and its quota is one', async () => {
    const plan = { requestsPerMinute: 10 };
    const files = await writeCallers({ small: plan });
    onTestFinished(files.remove);
    const store = createRedisStore(await connect());
    const made = await Promise.all(
      [1, 2, 3, 4, 5].map((name) =>
        store.change(creation({ name: `${name}`, plan: 'small' }, Date.now())),
      ),
    );
    const begin = performance.now();
    const { one, two } = await startTwo({ PLANS_FILE: files.env['PLANS_FILE'] ?? '' });

    const passed = await Promise.all(
      made.map(async ({ key = '' }) => {
        const headers = { 'x-api-key': key };
        const ask = (gateway: Gateway) => gateway.ask('{ __typename }', {}, { headers });
        const answers = await Promise.all(
          Array.from({ length: 16 }, (_, index) => ask(index % 2 === 0 ? one : two)),
        );
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
        return answers.filter(({ status }) => status === 200).length;
      }),
    );

    const minutes = (performance.now() - begin) / 60_000;
    for (const count of passed) {
      expect(count).toBeGreaterThanOrEqual(plan.requestsPerMinute);
      expect(count).toBeLessThanOrEqual(plan.requestsPerMinute * (1 + minutes));
    }
  });

  test('limits of fields are shared, for many callers at once', async () => {
    const limits = { cheap: { limit: 3, duration: 60 }, costly: { limit: 2, duration: 600 } };
    const apps = [1, 2].map(async () => rateLimitedApp({ limits, redis: await connect() }));
    const [one = missing(), two = missing()] = await Promise.all(apps);
    const callers = Array.from({ length: 12 }, freshPrefix);

    const query = '{ a: cheap b: cheap c: costly d: costly }';
    const granted = await Promise.all(
      callers.map(async (caller) => {
        const answers = await Promise.all([one, two].map(({ ask }) => ask(query, caller)));
        return answers.flatMap(({ body }) => Object.values(body.data).filter(Boolean)).sort();
      }),
    );

    const expected = ['cheap', 'cheap', 'cheap', 'costly', 'costly'];
    expect(granted).toEqual(callers.map(() => expected));
    expect([...one.lines, ...two.lines]).toEqual([]);
  });

  test('a document that one was told the other knows', async () => {
    const { one, two } = await startTwo();
    const query = `{ topTokens(first: 1) { nodes { symbol } } } # ${freshPrefix()}`;
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash('sha256', query) } };
    const told = await one.ask(query, {}, { body: { extensions } });
    const known = await two.ask('', {}, { body: { query: undefined, extensions } });
    expect(told.errors).toBeUndefined();
    expect(known.data).toEqual(told.data);
  });

  const query = `query ($ids: [ID!]!) {
    tokens(ids: $ids) { nodes { id name price { usd } tmGrades(first: 1) { nodes { grade } } } }
  }`;

  test('a row is fetched once: what one has or fetches, the other receives', async () => {
    const { one, two, requests } = await startTwo();
    const top = await one.ask('{ topTokens(first: 20) { nodes { id } } }');
    const ids: string[] = top.data.topTokens.nodes.map(({ id }: { id: string }) => id);
    const ask = (gateway: Gateway, order = ids) => gateway.ask(query, { ids: order });
    for (const { sandbox } of [one, two]) sandbox.clearRequests();

    const answers = await Promise.all([ask(one), ask(two, ids.toReversed()), ask(one), ask(two)]);

    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    const texts = answers.map(({ data }) => data.tokens.nodes.map(textOf).sort().join());
    expect(new Set(texts).size).toBe(1);
    const asked = [one, two].flatMap(({ sandbox }) => sandbox.requests);
    expect(asked.flatMap(idsOf).length).toBeGreaterThanOrEqual(ids.length);
    for (const path of new Set(asked.map((request) => request.path))) {
      const rows = asked.filter((request) => request.path === path).flatMap(idsOf);
      expect([path, rows.length]).toEqual([path, new Set(rows).size]);
    }
    const fetched = requests();
    const again = await ask(two);
    expect(again.extensions.cost.credits.spent).toBe(0);
    expect(requests()).toEqual(fetched);
  });

  test('a budget is one for both', async () => {
    const { one, two, requests } = await startTwo({ TOKENMETRICS_CREDITS_PER_MINUTE: '4' });
    const ask = (gateway: Gateway, id: number) => gateway.ask(query, { ids: [tokenId(id)] });
    expect((await ask(one, 3375)).errors).toBeUndefined();
    const refused = await ask(two, 3306);
    expect(new Set(refused.errors?.map(({ extensions }) => extensions.code))).toEqual(
      new Set(['UPSTREAM_BUDGET_EXHAUSTED']),
    );
    // What the other has fetched costs nothing.
    expect((await ask(two, 3375)).errors).toBeUndefined();
    expect(requests()).toEqual([3, 0]);
  });
});

const textOf = (node: unknown) => JSON.stringify(node);
const idsOf = ({ query }: SandboxRequest) => query['token_id']?.split(',') ?? [];

function missing(): never {
  throw new Error('expected two');
}
