import { connect } from 'node:net';
import { once } from 'node:events';

import { afterAll, beforeEach, describe, expect, test } from 'vitest';

import { plans } from '../../src/sandbox/plans.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts';

const now = () => Date.UTC(2025, 10, 20, 14, 25);
const opened: Sandbox[] = [];
const sandbox = await open({ keys: { 'tm-basic': 'basic', 'tm-mute': 'vip' } });

async function open(options: SandboxOptions = {}): Promise<Sandbox> {
  const created = await createSandbox({ now, ...options });
  opened.push(created);
  return created;
}

async function ask(path: string, from: Sandbox = sandbox, key = from.key, init: RequestInit = {}) {
  const response = await fetch(`${from.url}${path}`, { ...init, headers: { 'x-api-key': key } });
  const text = await response.text();
  const body = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, body };
}

const badRequest = { success: false, message: 'Some thing wrong', length: 0, data: [] };
const notFound = { success: false, message: 'Data not found', length: 0, data: [] };

beforeEach(() => sandbox.clearRequests());
afterAll(() => Promise.all(opened.map((each) => each.close())));

describe('an answer', () => {
  test('says that it is synthetic, how long it is, and how many rows it has', async () => {
    const { headers, body, status } = await ask('/v2/price?token_id=3375,3306');
    expect(status).toBe(200);
    expect(headers.get('x-sandbox')).toBe('assay; synthetic data');
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(Number(headers.get('content-length'))).toBe(Buffer.byteLength(JSON.stringify(body)));
    expect(body).toEqual({
      success: true,
      message: 'Data fetched successfully',
      length: 2,
      data: [
        {
          TOKEN_ID: 3306,
          CURRENT_PRICE: expect.any(Number),
          TOKEN_NAME: 'Ethereum',
          TOKEN_SYMBOL: 'eth',
        },
        {
          TOKEN_ID: 3375,
          CURRENT_PRICE: expect.any(Number),
          TOKEN_NAME: 'Bitcoin',
          TOKEN_SYMBOL: 'btc',
        },
      ],
    });
  });

  test('repeats exactly, also from another sandbox of the same seed', async () => {
    const path = '/v2/trading-signals?token_id=3375,936&limit=100';
    const first = await ask(path);
    expect((await ask(path)).body).toEqual(first.body);
    expect((await ask(path, await open())).body).toEqual(first.body);
    expect((await ask(path, await open({ seed: 'another' }))).body).not.toEqual(first.body);
  });
});

describe('a key', () => {
  test('may come in either header', async () => {
    const url = `${sandbox.url}/v2/price?token_id=3375`;
    expect((await fetch(url, { headers: { api_key: sandbox.key } })).status).toBe(200);
    expect((await fetch(url)).status).toBe(401);
  });

  test('that nobody knows is refused', async () => {
    const { status, body } = await ask('/v2/price', sandbox, 'tm-stranger');
    expect(status).toBe(401);
    expect(body).toEqual({ success: false, message: 'Invalid API key', length: 0, data: [] });
  });

  test('of the basic plan is told which endpoints it lacks', async () => {
    const { status, body } = await ask('/v2/resistance-support', sandbox, 'tm-basic');
    expect(status).toBe(401);
    expect(body).toEqual({
      success: false,
      message: 'You are not authorized to access this endpoint with your current plan.',
    });
  });

  test('pays one credit for a request however it ends', async () => {
    const before = sandbox.creditsOf('tm-mute');
    await ask('/v2/price?token_id=3375,3306,3369', sandbox, 'tm-mute');
    await ask('/v2/price?token_id=999', sandbox, 'tm-mute');
    await ask('/v2/price?limit=0', sandbox, 'tm-mute');
    expect(sandbox.creditsOf('tm-mute') - before).toBe(3);
  });

  test('that is used up gets 429, with Retry-After only where asked for', async () => {
    const keys = { poor: { ...plans.basic, creditsPerMonth: 1 } };
    for (const retryAfterSeconds of [undefined, 7]) {
      const metered = await open({
        keys,
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      });
      expect((await ask('/v2/tokens', metered, 'poor')).status).toBe(200);
      const { status, body, headers } = await ask('/v2/tokens', metered, 'poor');
      expect(status).toBe(429);
      expect(body.success).toBe(false);
      expect(headers.get('retry-after')).toBe(retryAfterSeconds === undefined ? null : '7');
      expect(metered.creditsOf('poor')).toBe(1);
    }
  });
});

describe('a refusal', () => {
  test.each([
    '/v2/tokens?limit=101',
    '/v2/price?token_id=3375&limit=1000&page=0',
    '/v2/tm-grade?page=0',
    '/v2/top-market-cap-tokens?top_k=0',
    '/v2/trader-grades?startDate=2025-01-31&endDate=2025-01-01',
    '/v2/trader-grades?startDate=2025-01-01&endDate=2025-01-31',
    '/v2/trading-signals?signal=up',
    '/v2/hourly-trading-signals',
  ])('%s is a bad request', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 400, body: badRequest });
  });

  test.each([
    '/v2/price?token_id=1',
    '/v2/tokens?page=4',
    '/v2/trader-grades?startDate=2030-01-01',
    '/v2/unheard-of',
    '/v2/tokens/',
    '/price',
    '/',
  ])('%s finds nothing', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, body: notFound });
  });

  test('a withdrawn endpoint is as unknown as any other', async () => {
    const later = await open({ withdrawn: ['trader-grades'] });
    expect(await ask('/v2/trader-grades', later)).toMatchObject({ status: 404, body: notFound });
    expect((await ask('/v2/investor-grades', later)).status).toBe(200);
  });

  test('POST finds nothing, and HEAD has no body', async () => {
    expect((await ask('/v2/tokens', sandbox, sandbox.key, { method: 'POST' })).status).toBe(404);
    const head = await ask('/v2/tokens', sandbox, sandbox.key, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.body).toBeUndefined();
  });

  test('a caller that speaks no HTTP does no harm', async () => {
    const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.end('\u0000\u0001 nonsense\r\n\r\n');
    await once(socket.resume(), 'close');
    expect((await ask('/v2/price?token_id=3375')).status).toBe(200);
  });
});

describe('the request log', () => {
  test('tells each request and its outcome, and never the key', async () => {
    await ask('/v2/price?token_id=3375%2C3306');
    await ask('/v2/price', sandbox, 'tm-stranger');
    expect(sandbox.requests).toEqual([
      {
        method: 'GET',
        path: '/v2/price',
        query: { token_id: '3375,3306' },
        status: 200,
        rows: 2,
        plan: 'unlimited',
        at: now(),
      },
      {
        method: 'GET',
        path: '/v2/price',
        query: {},
        status: 401,
        rows: 0,
        plan: undefined,
        at: now(),
      },
    ]);
    expect(JSON.stringify(sandbox.requests)).not.toContain('tm-');
  });
});

test('closing ends connections that wait for an answer or are kept alive, and may be done twice', async () => {
  const brief = await createSandbox({ now });
  const request = `GET /v2/price HTTP/1.1\r\nhost: x\r\nx-api-key: ${brief.key}\r\n\r\n`;
  const open = () => {
    const socket = connect(Number(new URL(brief.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(request);
    return socket;
  };
  const idle = open();
  await once(idle, 'data');
  brief.faults.set({ slowBodyMs: 60_000 });
  const waiting = open();
  await once(waiting, 'data');
  const closed = [idle, waiting].map((socket) => once(socket.resume(), 'close'));
  await brief.close();
  await Promise.all(closed);
  await brief.close();
  await expect(fetch(`${brief.url}/v2/price`)).rejects.toThrow();
});
