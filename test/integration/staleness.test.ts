import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { type Answer, type Gateway, startGateway, tokenId } from '../support/gateway.ts';

/** Rows past their lifetime: when they are given out, that they say so, and how to refuse them. */

const minute = 60_000;
let nowMs: number;
let gateway: Gateway;

beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 20, 9, 30);
  gateway = await startGateway({
    now: () => nowMs,
    env: { ROWS_MEMORY_MB: '64', TOKENMETRICS_RETRIES: '0', TOKENMETRICS_TIMEOUT_MS: '2000' },
  });
});
afterEach(() => gateway.close());

const query = `query ($id: ID!) { token(by: { id: $id }) { price { usd stale fetchedAt } } }`;
const variables = { id: tokenId(3375) };
const ask = (headers: Record<string, string> = {}, body: object = {}) =>
  gateway.ask(query, variables, { headers, body });
const price = ({ data }: Answer) => data?.token?.price;
const source = ({ extensions }: Answer) => extensions.sources[0];
const prices = () => gateway.sandbox.requests.filter(({ path }) => path === '/v2/price').length;
const quiet = () => new Promise((resolve) => setTimeout(resolve, 60));

const badDays: readonly (readonly [string, Omit<Fault, 'path'>])[] = [
  ['answers 503', { status: 503 }],
  ['answers HTML with 200', { htmlBody: true }],
  ['cuts its JSON', { truncatedJson: true }],
  ['answers an empty body', { emptyBody: true }],
  ['answers 200 without any row', { noRows: true }],
  ['resets connections', { resetConnection: true }],
  ['lies about the length of its body', { wrongContentLength: true }],
];

test.each(badDays)('an upstream that %s takes no good row away', async (_name, fault) => {
  const before = await ask();
  nowMs += 20 * minute;
  gateway.sandbox.faults.set({ path: '/v2/price', ...fault });
  const during = await ask();
  expect(during.errors).toBeUndefined();
  expect(price(during)).toEqual({ ...price(before), stale: true });
  expect(source(during)).toMatchObject({
    ...{ name: 'TOKEN_METRICS', state: 'STALE', stale: 1, failed: 0, oldestAgeSeconds: 1200 },
  });
  // It has just been asked: not by every client again.
  const asked = prices();
  await ask();
  await quiet();
  expect(prices()).toBe(asked);

  gateway.sandbox.faults.clear();
  nowMs += 6 * minute;
  const after = await ask();
  expect(price(after)).toMatchObject({ stale: false, fetchedAt: new Date(nowMs).toISOString() });
});

test('what is a little too old is given out, and fetched anew behind the answer', async () => {
  await ask();
  nowMs += 7 * minute;
  expect(price(await ask())).toMatchObject({ stale: true });
  await quiet();
  expect(prices()).toBe(2);
  expect(price(await ask())).toMatchObject({
    ...{ stale: false, fetchedAt: new Date(nowMs).toISOString() },
  });
  expect(prices()).toBe(2);
});

test.each([
  ['the header', { 'x-max-stale-seconds': '0' }, {}],
  ['the extension', {}, { extensions: { maxStaleSeconds: 0 } }],
])('a client refuses what is stale by %s', async (_by, headers, body) => {
  await ask();
  nowMs += 7 * minute;
  expect(price(await ask(headers, body))).toMatchObject({ stale: false });
  expect(prices()).toBe(2);

  nowMs += 7 * minute;
  gateway.sandbox.faults.set({ path: '/v2/price', status: 503 });
  const refused = await ask(headers, body);
  expect(price(refused)).toBeNull();
  expect(refused.errors?.map(({ extensions }) => extensions.code)).toEqual([
    'UPSTREAM_UNAVAILABLE',
  ]);
  expect(source(refused)).toMatchObject({ state: 'FAILED', failed: 1 });
  // Others still take it.
  expect(price(await ask())).toMatchObject({ stale: true });
});

test('a client says how stale is too stale', async () => {
  await ask();
  nowMs += 8 * minute;
  gateway.sandbox.faults.set({ path: '/v2/price', status: 503 });
  // Past its time by three to three and a half minutes: up to a tenth of five is cut off.
  expect((await ask({ 'x-max-stale-seconds': '240' })).errors).toBeUndefined();
  expect((await ask({ 'x-max-stale-seconds': '170' })).errors).toHaveLength(1);
});

test.each(['abc', '-1', '1e3', '', '1.5'])('"%s" is no number of seconds', async (seconds) => {
  const answer = await ask({ 'x-max-stale-seconds': seconds });
  expect(answer.status).toBe(400);
  expect(answer.errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', argument: 'maxStaleSeconds' } },
  ]);
  expect(answer.errors?.[0].message).toContain(JSON.stringify(seconds));
  expect(prices()).toBe(0);
});

test.each([-1, '5x', null, {}, true])('neither is %j in the extension', async (given) => {
  const answer = await ask({}, { extensions: { maxStaleSeconds: given } });
  expect([answer.status, answer.errors?.[0].extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
});

test('beyond what may stand in there is the error', async () => {
  await ask();
  nowMs += 70 * minute;
  gateway.sandbox.faults.set({ path: '/v2/price', status: 503 });
  const answer = await ask();
  expect(price(answer)).toBeNull();
  expect(answer.errors).toHaveLength(1);
});

test('a stale answer is not kept by caches on the way', async () => {
  const url = `http://gateway/graphql?query=${encodeURIComponent(query)}&variables=${encodeURIComponent(JSON.stringify(variables))}`;
  const text = query;
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  const sha256Hash = Buffer.from(hash).toString('hex');
  const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash } });
  const get = () =>
    gateway.app.fetch(`${url}&extensions=${encodeURIComponent(extensions)}`, {
      headers: { accept: 'application/json' },
    });
  expect((await get()).headers.get('cache-control')).toMatch(/^public, max-age=(2[6-9]\d|300)/);
  nowMs += 7 * minute;
  expect((await get()).headers.get('cache-control')).toBe('no-cache');
});
