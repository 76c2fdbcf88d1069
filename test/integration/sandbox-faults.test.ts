import { afterAll, beforeEach, expect, test } from 'vitest';

import { createSandbox } from '../../src/sandbox/sandbox.ts';

const sandbox = await createSandbox({ now: () => Date.UTC(2025, 10, 20, 14, 25) });
const pair = '/v2/price?token_id=3375,3306';

function send(path = pair): Promise<Response> {
  return fetch(`${sandbox.url}${path}`, { headers: { 'x-api-key': sandbox.key } });
}

interface Row {
  readonly TOKEN_ID: number;
  readonly DATE: string;
  readonly CATEGORY_LIST: readonly { readonly category_id: number }[];
  readonly EXCHANGE_LIST: readonly unknown[];
}

async function rowsOf(path = pair): Promise<readonly Row[]> {
  const body = JSON.parse(await (await send(path)).text());
  expect(body.length).toBe(body.data.length);
  return body.data;
}

beforeEach(() => {
  sandbox.faults.clear();
  sandbox.clearRequests();
});
afterAll(() => sandbox.close());

test('a failing status comes in the envelope, without charge', async () => {
  const before = sandbox.creditsOf(sandbox.key);
  for (const status of [500, 502, 503, 504]) {
    sandbox.faults.set({ status });
    const response = await send();
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ success: false, length: 0, data: [] });
  }
  expect(sandbox.creditsOf(sandbox.key)).toBe(before);
});

test('429 says when to come back only if told to', async () => {
  sandbox.faults.set({ status: 429 });
  expect((await send()).headers.get('retry-after')).toBeNull();
  sandbox.faults.set({ status: 429, retryAfterSeconds: 3 });
  expect((await send()).headers.get('retry-after')).toBe('3');
});

test('a fault keeps to its path and its number of times', async () => {
  sandbox.faults.set({ path: '/v2/price', status: 503, times: 2 });
  expect((await send('/v2/tokens')).status).toBe(200);
  const statuses = [await send(), await send(), await send()].map(({ status }) => status);
  expect(statuses).toEqual([503, 503, 200]);
});

test('of several faults the first that fits applies, and clearing ends them all', async () => {
  sandbox.faults.set({ path: '/v2/tokens', status: 500 }, { status: 503 });
  expect([(await send('/v2/tokens')).status, (await send()).status]).toEqual([500, 503]);
  sandbox.faults.clear();
  expect((await send()).status).toBe(200);
});

test('latency delays the answer, and a caller who gives up is logged all the same', async () => {
  sandbox.faults.set({ latencyMs: 60_000 });
  const options = { headers: { 'x-api-key': sandbox.key }, signal: AbortSignal.timeout(50) };
  await expect(fetch(`${sandbox.url}${pair}`, options)).rejects.toThrow();
  expect(sandbox.requests).toHaveLength(1);
  sandbox.faults.set({ latencyMs: 5 });
  expect(await rowsOf()).toHaveLength(2);
});

test('a slow body arrives whole, and one that is given up harms nothing', async () => {
  sandbox.faults.set({ slowBodyMs: 20 });
  expect(await rowsOf()).toHaveLength(2);
  sandbox.faults.set({ slowBodyMs: 60_000 });
  const options = { headers: { 'x-api-key': sandbox.key }, signal: AbortSignal.timeout(50) };
  const response = await fetch(`${sandbox.url}${pair}`, options);
  await expect(response.text()).rejects.toThrow();
});

test('a cut body and a reset connection fail at the caller', async () => {
  sandbox.faults.set({ cutBody: true });
  const response = await send();
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
  sandbox.faults.set({ resetConnection: true });
  await expect(send()).rejects.toThrow();
  expect(sandbox.requests.map(({ status }) => status)).toEqual([200, 0]);
});

test('truncated JSON has the length it says', async () => {
  sandbox.faults.set({ truncatedJson: true });
  const response = await send();
  const text = await response.text();
  expect(Number(response.headers.get('content-length'))).toBe(text.length);
  expect(() => JSON.parse(text)).toThrow();
});

test('a content-length that is wrong is half of the body', async () => {
  sandbox.faults.set({ wrongContentLength: true });
  const response = await send();
  const declared = Number(response.headers.get('content-length'));
  const text = await response.text().catch(() => '');
  expect(text.length).toBeLessThanOrEqual(declared);
  expect(() => JSON.parse(text)).toThrow();
  sandbox.faults.clear();
  expect(declared).toBe(Math.ceil((await (await send()).text()).length / 2));
});

test('HTML and nothing at all come with status 200', async () => {
  sandbox.faults.set({ htmlBody: true });
  const html = await send();
  expect(html.headers.get('content-type')).toContain('text/html');
  expect(await html.text()).toMatch(/^<!doctype html>/);
  sandbox.faults.set({ emptyBody: true });
  const empty = await send();
  expect([empty.status, await empty.text()]).toEqual([200, '']);
});

test('a server that reads only the first id answers only the first', async () => {
  sandbox.faults.set({ firstIdOnly: true });
  expect((await rowsOf()).map((row) => row.TOKEN_ID)).toEqual([3375]);
  expect(await rowsOf('/v2/tm-grade?symbol=ETH,BTC')).toHaveLength(1);
});

test('numbers can come as text, also deep inside a row', async () => {
  sandbox.faults.set({ stringNumbers: true });
  const [price] = await rowsOf();
  expect(price).toMatchObject({ TOKEN_ID: '3306', CURRENT_PRICE: expect.any(String) });
  const [token] = await rowsOf('/v2/tokens?token_id=3375');
  expect(token?.CATEGORY_LIST[0]?.category_id).toEqual(expect.any(String));
  expect(token?.EXCHANGE_LIST).toBeInstanceOf(Array);
});

test('rows can lag behind', async () => {
  sandbox.faults.set({ rowLagDays: 2 });
  const [row] = await rowsOf('/v2/trader-grades?token_id=3375');
  expect(row?.DATE).toBe('2025-11-18T00:00:00.000Z');
});

test('ids can be missing, rows can come twice, strangers can come along', async () => {
  sandbox.faults.set({ missingIds: [3306] });
  expect((await rowsOf()).map((row) => row.TOKEN_ID)).toEqual([3375]);
  sandbox.faults.set({ duplicatedRows: true });
  expect((await rowsOf()).map((row) => row.TOKEN_ID)).toEqual([3306, 3306, 3375, 3375]);
  sandbox.faults.set({ strangerRows: 2 });
  expect((await rowsOf()).map((row) => row.TOKEN_ID)).toEqual([3306, 3375, 900_001, 900_002]);
});
