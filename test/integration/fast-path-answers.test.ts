import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/calendar.ts';
import { creation, revocation } from '../../src/callers/keys/edits.ts';
import { createFileStore } from '../../src/callers/keys/file-store.ts';
import { prefixOf } from '../../src/callers/keys/key.ts';
import { startRealGateway } from '../abuse/real-gateway.ts';
import { writeCallers } from '../support/callers-files.ts';
import { waysOf } from '../support/counted-ways.ts';
import {
  createClient,
  getOf,
  graphqlJson,
  registrationOf,
  type Sent,
  tellOf,
} from '../support/two-ways.ts';

vi.mock('../../src/yoga-server.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingLong(original),
);
vi.mock('../../src/execution/compile.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingExecuted(original),
);

/** Kept answers: whose they are, how long they are true, and what they cost. */

const noon = Date.parse('2026-11-20T12:00:00Z');
/** Keys are made today, and are good from then on. */
const tomorrow = Math.ceil(Date.now() / DAY_MS) * DAY_MS + 12 * HOUR_MS;
const seconds = 1000;
const minutes = 60 * seconds;

async function start(env: Readonly<Record<string, string>> = {}, startMs = noon) {
  const clock = { nowMs: startMs };
  const gateway = await startRealGateway({
    env: { ROWS_MEMORY_MB: '64', COST_CREDITS_MAX: '1000', ...env },
    now: () => clock.nowMs,
  });
  const client = createClient(gateway.port);
  onTestFinished(async () => {
    client.close();
    await gateway.close();
  });
  const get = (text: string, { variables, headers }: Asked = {}): Sent => ({
    target: getOf(text, variables),
    headers: { ...graphqlJson, ...headers },
  });
  return {
    ...{ clock, gateway, client, get },
    /** Lets a document be known, its rows be in memory and its answer be kept. */
    async heat(text: string, asked: Asked = {}) {
      const registration = registrationOf(text, asked.variables);
      const registered = await client.send({
        ...registration,
        headers: { ...registration.headers, ...asked.headers },
      });
      expect(registered.text).not.toContain('"errors"');
      await client.sendLong(get(text, asked));
      await client.send(get(text, asked));
      const again = await waysOf(() => client.send(get(text, asked)));
      expect([again.long, again.executed], text).toEqual([0, 0]);
      return again.result;
    },
    /** What a request is answered, and how. */
    async ask(text: string, asked: Asked = {}) {
      const { result, long, executed } = await waysOf(() => client.send(get(text, asked)));
      return { ...result, way: long > 0 ? 'long' : executed > 0 ? 'executed' : 'hot' };
    },
    askLong: (text: string, asked: Asked = {}) => client.sendLong(get(text, asked)),
  };
}

interface Asked {
  readonly variables?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const keyed = (key: string): Asked => ({ headers: { 'x-api-key': key } });
const dataOf = ({ text }: { readonly text: string }) => JSON.parse(text).data;

const price = (token: number) =>
  `{ token(by: { tokenMetricsId: ${token} }) { price { usd fetchedAt stale } } }`;
const priceOf = (answer: { readonly text: string }) => dataOf(answer).token.price;

test('an answer is for its plan and scopes alone', async () => {
  const report = `{ token(by: { tokenMetricsId: 3375 }) { symbol aiReport { __typename } } }`;
  const days = `{ token(by: { tokenMetricsId: 3375 }) { tmGrades(first: 29) { nodes { date } } } }`;
  const files = await writeCallers({
    all: { scopes: ['reports'] },
    twin: { scopes: ['reports'] },
    blind: { scopes: [] },
    brief: { scopes: ['reports'], historyDays: 3, pageSize: 10 },
  });
  onTestFinished(files.remove);
  const { heat, ask, askLong } = await start(files.env, tomorrow);
  const { all, twin, blind, brief } = files.keys;
  for (const text of [report, days]) await heat(text, keyed(all));

  const blinded = await ask(report, keyed(blind));
  expect(blinded.way).toBe('executed');
  expect(JSON.parse(blinded.text).errors[0].extensions.code).toBe('FORBIDDEN');
  expect(tellOf(blinded)).toEqual(tellOf(await askLong(report, keyed(blind))));
  const refused = await ask(days, keyed(brief));
  expect(refused).toMatchObject({ way: 'long', status: 400 });
  expect(refused.text).toContain('PLAN_LIMIT_EXCEEDED');
  expect((await ask(report, keyed(twin))).way).toBe('executed');
  expect((await ask(report, keyed(all))).way).toBe('hot');
  expect((await ask(report)).status).toBe(401);
});

// A kept answer has the scope of whoever it was made for.
test.fails(
  'who a cache may keep an answer for follows from who asks, not from who asked first',
  async () => {
    const text = price(3375);
    const files = await writeCallers({ free: {} }, { anonymous: 'free' });
    onTestFinished(files.remove);
    for (const first of [undefined, files.keys.free]) {
      const { heat, ask, askLong } = await start(files.env, tomorrow);
      await heat(text, first === undefined ? {} : keyed(first));
      for (const asked of [{}, keyed(files.keys.free)]) {
        const { headers } = await ask(text, asked);
        const long = await askLong(text, asked);
        expect(headers['cache-control']).toBe(long.headers['cache-control']);
      }
    }
  },
);

test('what is about a caller is told to that caller, each time anew', async () => {
  const texts = [
    '{ viewer { id points { remaining } } }',
    '{ rateLimit { remaining cost } topTokens(first: 1) { nodes { id } } }',
  ];
  const files = await writeCallers({ free: { pointsPerMinute: 1000 } });
  onTestFinished(files.remove);
  const store = createFileStore(files.env['KEYS_FILE'] ?? '');
  const { key: other } = await store.change(creation({ name: 'other', plan: 'free' }, Date.now()));
  const { client, get, ask } = await start(files.env, tomorrow);
  for (const text of texts) {
    await client.send({
      ...registrationOf(text),
      headers: { 'content-type': 'application/json', 'x-api-key': other },
    });
    for (const key of [files.keys.free, other, files.keys.free, other]) {
      await client.sendLong(get(text, keyed(key)));
      const answer = await ask(text, keyed(key));
      expect(answer.way).toBe('executed');
      if (text.includes('viewer')) expect(dataOf(answer).viewer.id).toBe(`key:${prefixOf(key)}`);
      expect(answer.headers['cache-control']).toBe('private, no-cache');
    }
  }
});

test('a mutation is carried out each time', async () => {
  const text = 'mutation Ask { askAnalyst(question: "Why?") { answer } }';
  const { client, gateway } = await start();
  const registration = registrationOf(text);
  for (let times = 1; times <= 3; times += 1) {
    gateway.sandbox.clearRequests();
    const { long } = await waysOf(() => client.send(registration));
    expect([long, gateway.sandbox.requests.length]).toEqual([1, 1]);
  }
});

test('an answer ends with the first of its values', async () => {
  const { clock, heat, ask, askLong } = await start();
  const text = price(3375);
  const { headers } = await heat(text);
  const maxAge = Number(/max-age=(\d+)/.exec(headers['cache-control'] ?? '')?.[1]);
  expect(maxAge).toBeGreaterThan(200);
  clock.nowMs += maxAge * seconds;
  expect((await ask(text)).way).toBe('hot');
  clock.nowMs += 1 * seconds;
  const stale = await ask(text);
  expect(stale.way).toBe('executed');
  await vi.waitFor(async () =>
    expect(priceOf(await askLong(text)).fetchedAt).toBe(new Date(clock.nowMs).toISOString()),
  );
  const anew = await ask(text);
  expect(priceOf(anew)).toMatchObject({
    fetchedAt: new Date(clock.nowMs).toISOString(),
    stale: false,
  });
  expect(anew.headers['etag']).not.toBe(headers['etag']);
});

test('how long an answer is good for is told as the long way tells it, to the second', async () => {
  const { clock, heat, ask, askLong } = await start();
  for (const text of [price(3306), '{ topTokens(first: 3) { nodes { id } } }']) {
    await heat(text);
    for (const passed of [0, 1, 500, 999, 31_000]) {
      clock.nowMs += passed;
      const hot = await ask(text);
      expect(hot.way).toBe('hot');
      expect(tellOf(hot), `${text} after ${passed} ms`).toEqual(tellOf(await askLong(text)));
    }
  }
});

test('an answer that had to be fetched is told as one from memory from then on', async () => {
  const { client, get, ask, askLong } = await start();
  const text =
    'query One($id: Int!) { token(by: { tokenMetricsId: $id }) { symbol price { usd } quantMetrics { sharpe } } }';
  await client.send(registrationOf(text, { id: 3375 }));
  await client.sendLong(get(text, { variables: { id: 3375 } }));
  const asked = { variables: { id: 3306 } };
  const fetched = await ask(text, asked);
  expect(fetched.way).toBe('executed');
  expect(JSON.parse(fetched.text).extensions.sources[0]).toMatchObject({ hits: 0, misses: 3 });
  const hot = await ask(text, asked);
  expect(hot.way).toBe('hot');
  const { extensions, data } = JSON.parse((await askLong(text, asked)).text);
  expect(extensions.sources[0]).toMatchObject({ hits: 3, misses: 0, calls: 0, credits: 0 });
  expect(JSON.parse(hot.text)).toMatchObject({ data, extensions: { sources: extensions.sources } });
});

// Counted from when it was made, though it is about the schema alone.
test.fails('an answer that read nothing is as good for who comes later', async () => {
  const { clock, heat, ask, askLong } = await start();
  await heat('{ __typename }');
  clock.nowMs += 10 * seconds;
  const hot = await ask('{ __typename }');
  expect(tellOf(hot)).toEqual(tellOf(await askLong('{ __typename }')));
});

test('a value that is replaced before its time ends the answers that it is in', async () => {
  const { clock, heat, ask } = await start();
  const text = price(3375);
  const before = await heat(text);
  clock.nowMs += 4 * minutes;
  expect((await ask(text)).text).toContain(priceOf(before).fetchedAt);
  // Beside it there is room for what ends soon.
  const beside = price(3306);
  await heat(beside);
  const after = await ask(text);
  expect(after.way).toBe('executed');
  expect(priceOf(after).fetchedAt).toBe(new Date(clock.nowMs).toISOString());
  const again = await ask(text, { headers: { 'if-none-match': before.headers['etag'] ?? '' } });
  expect([again.way, again.status]).toEqual(['hot', 200]);
  const current = await ask(text, { headers: { 'if-none-match': again.headers['etag'] ?? '' } });
  expect([current.way, current.status, current.text]).toEqual(['hot', 304, '']);
});

test('a value that memory has no more room for ends the answers that it is in', async () => {
  const { heat, ask, client } = await start({ ROWS_MEMORY_MB: '1' });
  const text = price(3375);
  await heat(text);
  const wide =
    '{ topTokens(first: 100) { nodes { tmGrades(first: 29) { nodes { date } } tradingSignals(first: 29) { nodes { date } } } } }';
  for (let times = 0; times < 3; times += 1) {
    const { status } = await client.send(registrationOf(wide));
    expect(status).toBe(200);
  }
  expect((await ask(text)).way).toBe('executed');
});

test('without memory for rows, and without memory for answers, each is executed', async () => {
  for (const env of [{ ROWS_MEMORY_MB: '0' }, { ANSWERS_MEMORY_MB: '0' }]) {
    const { client, get, ask } = await start(env);
    const text = price(3375);
    await client.send(registrationOf(text));
    await client.sendLong(get(text));
    for (let times = 0; times < 3; times += 1) expect((await ask(text)).way).toBe('executed');
  }
});

test('what is stale or has failed is never kept', async () => {
  const { clock, gateway, client, get, heat, ask } = await start({
    TOKENMETRICS_RETRIES: '0',
    TOKENMETRICS_BREAKER_FAILURES: '1000',
  });
  gateway.sandbox.faults.set({ path: '/v2/price', status: 500 });
  const text = price(3375);
  await client.send(registrationOf(text));
  await client.sendLong(get(text));
  for (let times = 0; times < 3; times += 1) {
    const failed = await ask(text);
    expect(failed.way).toBe('executed');
    expect(JSON.parse(failed.text).errors).toHaveLength(1);
    expect(failed.headers['cache-control']).toBe('no-store');
  }
  gateway.sandbox.faults.clear();
  await heat(text);
  gateway.sandbox.faults.set({ path: '/v2/price', status: 500 });
  clock.nowMs += 11 * minutes;
  for (let times = 0; times < 3; times += 1) {
    const stale = await ask(text);
    expect([stale.way, priceOf(stale).stale]).toEqual(['executed', true]);
    expect(JSON.parse(stale.text).extensions.sources[0].state).toBe('STALE');
    expect(stale.headers['cache-control']).toMatch(/no-cache$/);
    const refused = await ask(text, { headers: { 'x-max-stale-seconds': '0' } });
    expect(refused.way).toBe('long');
    expect(JSON.parse(refused.text).errors).toHaveLength(1);
  }
});

test('at every hour and day answers say what the long way says', async () => {
  const { clock, client, get } = await start({}, Date.parse('2026-11-20T21:30:00Z'));
  const token = '{ token(by: { tokenMetricsId: 3375 }) ';
  const texts = [
    `${token} { tmGrades(first: 3) { nodes { date grade } pageInfo { hasNextPage endCursor } } } }`,
    `${token} { hourlySignals(first: 3) { nodes { at: asOf } pageInfo { hasNextPage } } } }`,
    `${token} { candles(first: 3, interval: H1) { nodes { __typename } pageInfo { endCursor } } } }`,
    `${token} { candles(first: 3, interval: D1) { nodes { __typename } pageInfo { endCursor } } } }`,
    `${token} { traderGrade { date } tradingSignals(first: 2) { nodes { date } } } }`,
    '{ marketMetrics(first: 2) { nodes { date } } }',
    price(3375),
  ];
  for (const text of texts) await client.send(registrationOf(text));
  let hot = 0;
  for (const at of [
    ...['21:30:00.000', '21:45:00.000', '21:59:59.999', '22:00:00.000', '22:05:00.000'],
    ...['22:10:00.000', '22:10:00.001', '23:30:00.000', '23:59:59.999', '24:00:00.000'],
    ...['24:00:00.001', '24:04:00.000', '24:10:00.000', '25:00:00.000'],
  ]) {
    const [hours = 0, ...rest] = at.split(/[:.]/).map(Number);
    const [minute = 0, second = 0, ms = 0] = rest;
    clock.nowMs = Date.UTC(2026, 10, 20, hours, minute, second, ms);
    for (const text of texts) {
      // Stale is good enough for the first, while a new one is fetched.
      await vi.waitFor(async () =>
        expect((await client.sendLong(get(text))).text).not.toContain('STALE'),
      );
      for (let times = 0; times < 3; times += 1) {
        const long = await client.sendLong(get(text));
        const short = await waysOf(() => client.send(get(text)));
        expect(short.long).toBe(0);
        if (short.executed === 0) hot += 1;
        expect(dataOf(short.result), `${text} at ${at}`).toEqual(dataOf(long));
        expect(tellOf(short.result).headers, `${text} at ${at}`).toEqual(tellOf(long).headers);
      }
    }
  }
  expect(hot).toBeGreaterThan(100);
});

test('each answer is charged, a 304 too, and tells its caller what that one has left', async () => {
  const text = price(3375);
  const files = await writeCallers({
    free: { requestsPerMinute: 12, pointsPerMinute: 600, creditsPerMonth: 50 },
  });
  onTestFinished(files.remove);
  const store = createFileStore(files.env['KEYS_FILE'] ?? '');
  const { key: other } = await store.change(creation({ name: 'other', plan: 'free' }, Date.now()));
  const { heat, ask, askLong } = await start(files.env, tomorrow);
  const free = keyed(files.keys.free);
  const first = await heat(text, free);
  const left = ({ headers }: { readonly headers: object }) =>
    /"requests";r=(\d+)|r=(\d+)/
      .exec(String(Object(headers)['ratelimit']))
      ?.slice(1)
      .find(Boolean);
  let remaining = Number(left(first));
  const { points } = JSON.parse(first.text).extensions.cost;
  let available = JSON.parse(first.text).extensions.cost.throttle.currentlyAvailable;
  const etag = { 'if-none-match': first.headers['etag'] ?? '' };
  for (const headers of [{}, etag, {}]) {
    const hot = await ask(text, { headers: { ...free.headers, ...headers } });
    expect([hot.way, hot.status]).toEqual(['hot', headers === etag ? 304 : 200]);
    remaining -= 1;
    available -= points;
    expect(Number(left(hot))).toBe(remaining);
    if (hot.status === 200)
      expect(JSON.parse(hot.text).extensions.cost.throttle.currentlyAvailable).toBe(available);
  }
  const long = await askLong(text, free);
  expect(Number(left(long))).toBe(remaining - 1);
  for (remaining -= 1; remaining > 0; remaining -= 1)
    expect((await ask(text, free)).status).toBe(200);
  const refused = await ask(text, free);
  expect([refused.status, refused.way]).toEqual([429, 'hot']);
  expect(tellOf(refused).headers).toEqual(tellOf(await askLong(text, free)).headers);
  const others = await ask(text, keyed(other));
  expect([others.status, others.way, left(others)]).toEqual([200, 'hot', '11']);
});

// The long way forgets the throttle that its quota told, and adds all of the price.
test.fails('a caller without quota is refused in the same words', async () => {
  const text = '{ __typename }';
  const files = await writeCallers({ free: { requestsPerMinute: 4, pointsPerMinute: 600 } });
  onTestFinished(files.remove);
  const { heat, ask, askLong } = await start(files.env, tomorrow);
  const free = keyed(files.keys.free);
  await heat(text, free);
  expect(tellOf(await ask(text, free))).toEqual(tellOf(await askLong(text, free)));
});

test('a plan that was made smaller holds at once, and a revoked key is refused', async () => {
  const text = '{ topTokens(first: 50) { nodes { id } } }';
  const files = await writeCallers({ free: {}, other: {} });
  onTestFinished(files.remove);
  const { heat, ask, askLong } = await start(files.env, tomorrow);
  await heat(text, keyed(files.keys.free));
  await heat(text, keyed(files.keys.other));
  const plans = join(files.folder, 'plans.json');
  await writeFile(
    `${plans}.new`,
    JSON.stringify({ plans: { free: { operation: { points: 5 } }, other: { pageSize: 10 } } }),
  );
  await rename(`${plans}.new`, plans);
  await vi.waitFor(async () => expect((await ask(text, keyed(files.keys.free))).status).toBe(400), {
    timeout: 15_000,
  });
  const dear = await ask(text, keyed(files.keys.free));
  expect(dear.text).toContain('COST_LIMIT_EXCEEDED');
  expect(dear.text).toBe((await askLong(text, keyed(files.keys.free))).text);
  expect((await ask(text, keyed(files.keys.other))).text).toContain('PLAN_LIMIT_EXCEEDED');

  const store = createFileStore(files.env['KEYS_FILE'] ?? '');
  await store.change(revocation(prefixOf(files.keys.free) ?? '', Date.now()));
  await vi.waitFor(async () => expect((await ask(text, keyed(files.keys.free))).status).toBe(401), {
    timeout: 15_000,
  });
}, 40_000);

test('answers of thousands of variables stay within their memory: the oldest are forgotten', async () => {
  const names = ['id', 'symbol', 'name', 'slug', 'tokenMetricsId'];
  const fields = Array.from(
    { length: 12 },
    (_, index) => `f${index}: ${names[index % 2]} @include(if: $v${index})`,
  );
  const variables = fields.map((_, index) => `$v${index}: Boolean!`).join(', ');
  const text = `query Many(${variables}) { topTokens(first: 20) { nodes { __typename ${fields.join(' ')} } } }`;
  const valuesOf = (number: number) =>
    Object.fromEntries(fields.map((_, index) => [`v${index}`, (number >> index) % 2 === 1]));
  const { clock, heat, ask, client, get } = await start({ ANSWERS_MEMORY_MB: '1' });
  await heat(text, { variables: valuesOf(0) });
  expect((await ask(text, { variables: valuesOf(0) })).way).toBe('hot');
  for (let from = 1; from < 2000; from += 50) {
    // Another minute of what the field's limit allows.
    if (from % 500 === 1) clock.nowMs += minutes;
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        client.send(get(text, { variables: valuesOf(from + index) })),
      ),
    );
  }
  expect((await ask(text, { variables: valuesOf(0) })).way).toBe('executed');
  clock.nowMs += minutes;
  let kept = 0;
  for (let number = 2000; number > 1000; number -= 1) {
    if ((await ask(text, { variables: valuesOf(number) })).way !== 'hot') break;
    kept += 1;
  }
  expect(kept).toBeGreaterThan(50);
  expect(kept).toBeLessThan(700);
}, 60_000);
