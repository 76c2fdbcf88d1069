import { Redis } from 'ioredis';
import { afterAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { sha256Hex } from '../../src/documents/hash.ts';
import { writeCallers } from '../support/callers-files.ts';
import { startHeldSandbox } from '../support/held-sandbox.ts';
import { createRandom } from '../support/random.ts';
import { createCache } from '../support/shared-cache.ts';
import { type Asked, type Received, startWitness } from '../support/witness.ts';

/** A caller sees nothing of another's: caches, ETags, errors, usage, persisted documents. */

const bitcoin = 'token(by: { tokenMetricsId: 3375 })';
const documents = {
  report: `query Report { ${bitcoin} { name aiReport { summary } } }`,
  price: `query Price { ${bitcoin} { symbol price { usd } } }`,
  who: 'query Who { viewer { id plan { name } } rateLimit { limit remaining } }',
};
const files = await writeCallers(
  {
    rich: { scopes: ['reports'], pointsPerMinute: 5000 },
    poor: { scopes: [], pointsPerMinute: 900, operation: { points: 60 } },
    low: { scopes: [], priority: 'low' },
    apq: { scopes: [], documents: 'apq', pointsPerMinute: 700, operation: { points: 60 } },
    trusted: { scopes: ['reports'], documents: 'trusted' },
    open: { scopes: [] },
  },
  { anonymous: 'open', documents },
);
afterAll(files.remove);
type Name = keyof typeof files.keys;

const keyOf = (name: Name | undefined): Record<string, string> =>
  name === undefined ? {} : { 'x-api-key': files.keys[name] };
const idOf = (name: Name) => `key:${files.keys[name].slice(6, 14)}`;
const codesOf = ({ json }: Received) =>
  (json?.errors ?? []).map(({ extensions }: any) => extensions.code);
const persisted = (sha256Hash: string) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
});

/** A gateway on a clock that stands until it is moved. */
async function start(env: Record<string, string> = {}, nowMs = Date.now() + 3_600_000) {
  const clock = { ms: nowMs };
  const upstream = await startHeldSandbox({ now: () => clock.ms });
  const gateway = await startWitness({
    now: () => clock.ms,
    env: { ...files.env, ...upstream.env, ROWS_MEMORY_MB: '64', ...env },
  });
  onTestFinished(async () => {
    await gateway.close();
    await upstream.close();
  });
  return {
    ...{ clock, upstream, gateway },
    get: (id: string, name?: Name, headers = {}) =>
      gateway.get(id, { headers: { ...keyOf(name), ...headers } }),
    ask: (name: Name | undefined, query: string | undefined, asked: Asked = {}) =>
      gateway.ask(query, { ...asked, headers: { ...keyOf(name), ...asked.headers } }),
  };
}

describe('caches', () => {
  test('one URL answers each credential with its own answer, which no other may be given', async () => {
    const { get } = await start();
    const [rich, poor, stranger] = [
      await get('report', 'rich'),
      await get('report', 'poor'),
      await get('report'),
    ];
    expect(rich.json.data.token.aiReport.summary).toEqual(expect.any(String));
    expect(rich.headers['cache-control']).toMatch(/^private, max-age=\d+$/);
    expect(rich.headers['vary']?.toLowerCase().split(', ')).toEqual(
      expect.arrayContaining(['authorization', 'x-api-key']),
    );
    for (const refused of [poor, stranger]) {
      expect(refused.json.data.token).toEqual({ name: 'Bitcoin', aiReport: null });
      expect(codesOf(refused)).toEqual(['FORBIDDEN']);
      expect(refused.headers['cache-control']).toBe('no-store');
      expect(refused.headers['etag']).toBeUndefined();
    }
  });

  test.each([
    { cache: 'a proxy between all of them', isShared: true },
    { cache: 'one browser that changes its credential', isShared: false },
  ])('$cache keeps what it may and gives nobody what is not theirs', async ({ isShared }) => {
    const { clock, gateway } = await start();
    const random = createRandom(1);
    const through = createCache({
      isShared,
      now: () => clock.ms,
      fetch: (path, headers) => gateway.send({ path, headers }),
    });
    const callers: readonly [Name?][] = [['rich'], ['poor'], ['trusted'], [], []];
    const ids = ['report', 'price', 'who'] as const;
    const counts = { origin: 0, stored: 0, validated: 0 };
    for (let step = 0; step < 200; step += 1) {
      clock.ms += random.integer(0, 20_000);
      const [name] = callers[random.integer(0, callers.length - 1)] ?? [];
      const id = random.pick(ids);
      const { response, how } = await through(`/graphql?documentId=${id}`, keyOf(name));
      counts[how] += 1;
      const { data } = response.json;
      if (id === 'price') expect(data.token.symbol).toBe('BTC');
      if (id === 'report') {
        const may = name === 'rich' || name === 'trusted';
        expect([name, data.token.aiReport]).toEqual([name, may ? expect.any(Object) : null]);
        expect(codesOf(response)).toEqual(may ? [] : ['FORBIDDEN']);
      }
      if (id === 'who') {
        expect(data.viewer.id).toBe(name === undefined ? 'address:127.0.0.1' : idOf(name));
        expect(data.viewer.plan.name).toBe(name ?? 'open');
      }
      const limit = name === 'rich' ? '5000' : name === 'poor' ? '900' : undefined;
      expect(response.headers['x-ratelimit-limit']).toBe(limit);
    }
    // A cache that keeps nothing would prove nothing.
    expect(counts.stored).toBeGreaterThan(5);
  });

  test('a shared cache never tells one address what another has left', async () => {
    const limited = await writeCallers(
      { open: { pointsPerMinute: 500 } },
      { anonymous: 'open', documents },
    );
    onTestFinished(limited.remove);
    const { clock, gateway } = await start(limited.env);
    let from = '127.0.0.1';
    const through = createCache({
      isShared: true,
      now: () => clock.ms,
      fetch: (path, headers) => gateway.send({ path, headers, from }),
    });
    const first = await through('/graphql?documentId=price', {});
    expect(first.response.headers['x-ratelimit-remaining']).toBe('498');
    await gateway.get('price', { from: '127.0.0.2' });
    from = '127.0.0.2';
    const { response } = await through('/graphql?documentId=price', {});
    const { throttle } = response.json.extensions.cost;
    expect([response.headers['x-ratelimit-remaining'], throttle?.currentlyAvailable]).not.toEqual([
      '498',
      498,
    ]);
  });
});

describe('ETags', () => {
  test('of an answer that a caller may not see are worth nothing to it', async () => {
    const { get } = await start();
    const { etag = '' } = (await get('report', 'rich')).headers;
    expect(etag).toMatch(/^W\/"/);
    for (const known of [etag, '*', `"x", ${etag}`]) {
      const refused = await get('report', 'poor', { 'if-none-match': known });
      expect([refused.status, codesOf(refused)]).toEqual([200, ['FORBIDDEN']]);
      expect(refused.headers['etag']).toBeUndefined();
    }
    const stranger = await get('report', undefined, { 'if-none-match': etag, 'x-api-key': 'no' });
    expect([stranger.status, codesOf(stranger)]).toEqual([401, ['UNAUTHENTICATED']]);
  });

  test('of another save a caller the bytes and not the charge', async () => {
    const { get } = await start();
    const { etag = '' } = (await get('price', 'rich')).headers;
    const remaining = async (name: Name) =>
      Number((await get('who', name)).headers['x-ratelimit-remaining']);
    const before = [await remaining('rich'), await remaining('poor')];
    const same = await get('price', 'poor', { 'if-none-match': etag });
    expect([same.status, same.text]).toEqual([304, '']);
    expect(same.headers['cache-control']).toMatch(/^private/);
    expect(same.headers['x-ratelimit-limit']).toBe('900');
    const cost = Number(before[1]) - Number(same.headers['x-ratelimit-remaining']);
    expect(cost).toBeGreaterThan(0);
    // Asking what is left costs a point each time.
    expect(await remaining('rich')).toBe(Number(before[0]) - 1);
    expect(await remaining('poor')).toBe(Number(before[1]) - cost - 1);
  });
});

describe('errors', () => {
  const asOf = (alias: string) => `{ ${alias}: ${bitcoin} { price { usd } } }`;

  test('who hangs up ends nothing for those who wait for the same request', async () => {
    const { ask, upstream } = await start();
    const { open, onAsked } = upstream.hold();
    const leaving = new AbortController();
    const left = ask('poor', asOf('mine'), { signal: leaving.signal }).catch((error) => error);
    await onAsked;
    const staying = ask('rich', asOf('theirs'));
    leaving.abort();
    expect(await left).toMatchObject({ name: 'AbortError' });
    open();
    const { json } = await staying;
    expect(json.errors).toBeUndefined();
    expect(json.data.theirs.price.usd).toEqual(expect.any(String));
    expect(upstream.asked.filter((url) => url.startsWith('/v2/price'))).toHaveLength(1);
  });

  test('who ran out of time has its error alone: others get what it had waited for', async () => {
    const { ask, upstream } = await start({ REQUEST_TIMEOUT_MS: '4000' });
    const { open, onAsked } = upstream.hold();
    const first = ask('poor', asOf('mine'));
    await onAsked;
    const late = await first;
    expect([late.status, codesOf(late)]).toEqual([504, ['REQUEST_TIMEOUT']]);
    const second = ask('rich', asOf('theirs'));
    open();
    expect((await second).json.errors).toBeUndefined();
    expect(upstream.asked.filter((url) => url.startsWith('/v2/tokens'))).toHaveLength(1);
  });

  test('one failure of a shared request is told to each in the words of its own document', async () => {
    const { ask, upstream } = await start({ TOKENMETRICS_RETRIES: '0' });
    await ask('rich', `{ ${bitcoin} { symbol } }`);
    upstream.sandbox.faults.set({ path: '/v2/price', status: 500 });
    const { open, onAsked } = upstream.hold();
    const mine = ask('poor', asOf('mine'));
    const theirs = ask('rich', asOf('theirs'));
    await onAsked;
    open();
    const told = async (answer: Promise<Received>) => (await answer).json.errors;
    expect(await told(mine)).toMatchObject([
      { path: ['mine', 'price'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
    ]);
    expect(await told(theirs)).toMatchObject([
      { path: ['theirs', 'price'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
    ]);
    expect((await mine).text).not.toContain('theirs');
    expect((await theirs).text).not.toContain('mine');
  });

  test('a caller of low priority is refused what others still get', async () => {
    const { ask } = await start({ ROWS_MEMORY_MB: '0', TOKENMETRICS_CREDITS_PER_MINUTE: '20' });
    const list = '{ topTokens(first: 1) { nodes { symbol } } }';
    let refused: Received | undefined;
    for (let turn = 0; turn < 20 && refused === undefined; turn += 1) {
      expect(codesOf(await ask('rich', list))).toEqual([]);
      const low = await ask('low', list);
      if (codesOf(low).length > 0) refused = low;
    }
    expect(refused && codesOf(refused)).toEqual(['UPSTREAM_BUDGET_EXHAUSTED']);
    expect(codesOf(await ask('rich', list))).toEqual([]);
  });

  test('how stale a value may be is said by each for itself', async () => {
    const { ask, upstream, clock } = await start({
      TOKENMETRICS_LIFETIMES: 'price=10/100/1000',
      TOKENMETRICS_RETRIES: '0',
    });
    await ask('rich', asOf('theirs'));
    clock.ms += 300_000;
    upstream.sandbox.faults.set({ path: '/v2/price', status: 500 });
    const { open, onAsked } = upstream.hold();
    const strict = ask('poor', asOf('mine'), { headers: { 'x-max-stale-seconds': '0' } });
    const lenient = ask('rich', asOf('theirs'));
    await onAsked;
    open();
    expect(codesOf(await strict)).toEqual(['UPSTREAM_UNAVAILABLE']);
    const { json } = await lenient;
    expect(json.errors).toBeUndefined();
    expect(json.data.theirs.price.usd).toEqual(expect.any(String));
    expect(json.extensions.sources[0].state).toBe('STALE');
  });
});

describe('usage', () => {
  /** What an answer says of its caller's points, wherever it says so. */
  const toldIn = ({ json, headers }: Received) => {
    const { maximumAvailable, currentlyAvailable } = json.extensions.cost.throttle;
    expect([maximumAvailable, currentlyAvailable]).toEqual([
      Number(headers['x-ratelimit-limit']),
      Number(headers['x-ratelimit-remaining']),
    ]);
    expect(headers['ratelimit-policy']).toContain(`q=${maximumAvailable};`);
    expect(headers['ratelimit']).toContain(`r=${currentlyAvailable};`);
    return { limit: maximumAvailable, remaining: currentlyAvailable };
  };

  test('each is told its own name, plan and rest, however they take turns', async () => {
    const { ask } = await start();
    const random = createRandom(2);
    const left = { rich: 5000, poor: 900 };
    for (let turn = 0; turn < 30; turn += 1) {
      const name = random.pick(['rich', 'poor'] as const);
      const asks = `{ viewer { id plan { name } points { limit remaining } } rateLimit { limit remaining } ${bitcoin} { name } }`;
      const answer = await ask(name, random.chance(0.5) ? asks : documents.who);
      left[name] -= answer.json.extensions.cost.points;
      const told = toldIn(answer);
      expect(told).toEqual({ limit: { rich: 5000, poor: 900 }[name], remaining: left[name] });
      expect(answer.json.data.rateLimit).toEqual(told);
      expect(answer.json.data.viewer).toMatchObject({ id: idOf(name), plan: { name } });
    }
  });

  test('two addresses without a credential are two callers', async () => {
    const limited = await writeCallers(
      { open: { pointsPerMinute: 500 } },
      { anonymous: 'open', documents },
    );
    onTestFinished(limited.remove);
    const { ask } = await start(limited.env);
    const left: Record<string, number> = { '127.0.0.1': 500, '127.0.0.2': 500 };
    for (const from of ['127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.1', '127.0.0.2']) {
      const answer = await ask(undefined, documents.who, { from });
      left[from] = Number(left[from]) - answer.json.extensions.cost.points;
      expect(toldIn(answer)).toEqual({ limit: 500, remaining: left[from] });
      expect(answer.json.data.viewer.id).toBe(`address:${from}`);
    }
  });

  test('credits are booked to who spent them, and who found the rows there spent none', async () => {
    const { ask, gateway } = await start();
    const query = `query Prices { ${bitcoin} { price { usd } } }`;
    const spent = async (name: Name) => {
      const { sources, cost } = (await ask(name, query)).json.extensions;
      expect(cost.credits.spent).toBe(sources[0].credits);
      return { calls: sources[0].calls, credits: cost.credits.spent };
    };
    expect(await spent('poor')).toEqual({ calls: 2, credits: 2 });
    expect(await spent('rich')).toEqual({ calls: 0, credits: 0 });
    await gateway.app.close();
    const booked = gateway.lines.filter((line) => line.includes('"operation":"Prices"'));
    expect(booked.map((line) => JSON.parse(line))).toMatchObject([
      { caller: idOf('poor'), creditsSpent: 2 },
      { caller: idOf('rich'), creditsSpent: 0 },
    ]);
  });
});

describe('persisted documents', () => {
  const register = `query Registered($first: Int! = 1) { topTokens(first: $first) { nodes { symbol } } }`;
  const hash = sha256Hex(register);

  test('what one caller registered is not run for another whose plan trusts manifests only', async () => {
    const { ask, upstream } = await start();
    const registered = await ask('poor', register, { body: persisted(hash) });
    expect(registered.json.errors).toBeUndefined();
    const before = upstream.asked.length;
    for (const body of [persisted(hash), { documentId: hash }, { documentId: `sha256:${hash}` }]) {
      const refused = await ask('trusted', undefined, { body });
      expect([refused.status, codesOf(refused)]).toEqual([404, ['PERSISTED_QUERY_NOT_IN_LIST']]);
    }
    const both = await ask('trusted', register, { body: persisted(hash) });
    expect([both.status, codesOf(both)]).toEqual([400, ['PERSISTED_QUERY_ONLY']]);
    expect(upstream.asked).toHaveLength(before);
    const listed = await ask('trusted', undefined, { body: { documentId: 'report' } });
    expect(listed.json.data.token.aiReport.summary).toEqual(expect.any(String));
  });

  test('of a registered document the text is shared and nothing else', async () => {
    const { ask } = await start();
    const wide = `query Wide($first: Int!) { topTokens(first: $first) { nodes { aiReport { summary } } } }`;
    const body = persisted(sha256Hex(wide));
    const first = await ask('rich', wide, { body, variables: { first: 30 } });
    expect(first.json.errors).toBeUndefined();
    const left = first.headers['x-ratelimit-remaining'];

    const dear = await ask('apq', undefined, { body, variables: { first: 30 } });
    expect([dear.status, codesOf(dear)]).toEqual([400, ['COST_LIMIT_EXCEEDED']]);
    const bare = await ask('apq', undefined, { body });
    expect([bare.status, codesOf(bare)]).toEqual([400, ['BAD_USER_INPUT']]);
    const own = await ask('apq', undefined, { body, variables: { first: 1 } });
    expect(codesOf(own)).toEqual(['FORBIDDEN']);
    expect(own.json.data.topTokens.nodes).toEqual([{ aiReport: null }]);
    const { points, pointsLimit } = own.json.extensions.cost;
    expect([pointsLimit, own.headers['x-ratelimit-remaining']]).toEqual([60, String(700 - points)]);

    const again = await ask('rich', documents.who);
    expect(again.headers['x-ratelimit-remaining']).toBe(String(Number(left) - 1));
  });

  test('what was refused to who sent it is not kept for others', async () => {
    const { ask } = await start();
    const dear = '{ topTokens(first: 90) { nodes { symbol price { usd } tmGrade { grade } } } }';
    const body = persisted(sha256Hex(dear));
    expect(codesOf(await ask('poor', dear, { body }))).toEqual(['COST_LIMIT_EXCEEDED']);
    expect(codesOf(await ask('rich', undefined, { body }))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  });

  test("a text that was changed in Redis is nobody's document", async () => {
    const url = inject('redisUrl');
    const redis = new Redis(url);
    onTestFinished(() => redis.disconnect());
    const text = 'query KeptInRedis { topTokens(first: 1) { nodes { name } } }';
    const key = `assay:document:${sha256Hex(text)}`;
    onTestFinished(async () => void (await redis.del(key)));
    const body = persisted(sha256Hex(text));
    await redis.set(key, text);
    const honest = await start({ REDIS_URL: url });
    expect((await honest.ask('apq', undefined, { body })).json.data.topTokens).toBeDefined();

    await redis.set(key, 'query KeptInRedis { viewer { id } }');
    const { ask, gateway } = await start({ REDIS_URL: url });
    expect(codesOf(await ask('apq', undefined, { body }))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    expect(gateway.lines.join('')).toContain('a stored document does not fit its hash');
  });
});
