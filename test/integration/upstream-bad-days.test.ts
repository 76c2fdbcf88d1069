import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { Pool } from 'undici';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

import { UpstreamError } from '../../src/upstreams/errors.ts';
import { exponentialBackoff } from '../../src/upstreams/wire/retry.ts';
import {
  type BreakerChange,
  createUpstream,
  type UpstreamOptions,
} from '../../src/upstreams/wire/upstream.ts';

/** An upstream on its bad days, on real sockets: what is asked of it, what is paid, what is told. */

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

let respond: Respond;
let paths: string[];
const server = createServer((request, response) => {
  paths.push(request.url ?? '');
  response.on('error', () => undefined);
  respond(request, response);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const here = `http://127.0.0.1:${port}`;

const pools: Pool[] = [];
let changes: BreakerChange[];
let paid: number;
let givenBack: number;

function upstreamOn(baseUrl = here, options: Partial<UpstreamOptions> = {}) {
  const { concurrency = 4 } = options;
  const pool = new Pool(baseUrl, { connections: concurrency });
  pools.push(pool);
  return createUpstream({
    name: 'x',
    dispatcher: pool,
    baseUrl,
    headers: {},
    timeoutMs: 10_000,
    retries: 0,
    backoffMs: exponentialBackoff(1, () => 0),
    concurrency,
    onBreaker: (change) => changes.push(change),
    ...options,
  });
}

beforeEach(() => {
  paths = [];
  changes = [];
  paid = 0;
  givenBack = 0;
});
afterAll(async () => {
  server.closeAllConnections();
  await Promise.all(pools.map((pool) => pool.destroy()));
  await new Promise((resolve) => server.close(resolve));
});

const charged = {
  onAttempt: () => void (paid += 1),
  onUnsent: () => void (givenBack += 1),
};
type Upstream = ReturnType<typeof createUpstream>;
const told = (thrown: unknown) => {
  if (!(thrown instanceof UpstreamError)) throw thrown;
  return thrown;
};

/** The failure of a GET, or its status. */
const get = (
  upstream: Upstream,
  path = '/a',
  signal = new AbortController().signal,
): Promise<UpstreamError | number> =>
  upstream
    .get({ path, query: {}, signal, ...charged })
    .then(({ status }): UpstreamError | number => status, told);
const post = (upstream: Upstream, signal: AbortSignal, timeoutMs = 10_000) =>
  upstream
    .post({ path: '/ask', body: {}, signal, timeoutMs, ...charged })
    .then(({ status }): UpstreamError | number => status, told);

const answer =
  (status: number, headers: Record<string, string> = {}, body = '{}'): Respond =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);
const never: Respond = () => undefined;
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

async function closedPort() {
  const closing = createServer();
  await new Promise<void>((resolve) => closing.listen(0, '127.0.0.1', resolve));
  const address = closing.address() as AddressInfo;
  await new Promise((resolve) => closing.close(resolve));
  return address.port;
}

describe('an upstream that is down', () => {
  test('is tried five times and then once an interval, and comes back by itself', async () => {
    const port = await closedPort();
    const upstream = upstreamOn(`http://127.0.0.1:${port}`, { breakerMs: 200 });
    const startedMs = Date.now();
    const failures: (UpstreamError | number)[] = [];
    for (let call = 0; call < 200; call += 1) {
      failures.push(await get(upstream));
      if (call % 20 === 0) await sleep(25);
    }
    const probesMax = Math.ceil((Date.now() - startedMs) / 200);
    expect(failures.slice(0, 5)).toMatchObject(Array(5).fill({ kind: 'network' }));
    expect(failures.slice(5)).toEqual(
      expect.arrayContaining([expect.objectContaining({ retryAfterSeconds: 1 })]),
    );
    // The fifth already tells when to come back: its failure is what opened the breaker.
    expect(failures[4]).toMatchObject({ retryAfterSeconds: 1 });
    expect(paid).toBeGreaterThanOrEqual(5 + 1);
    expect(paid).toBeLessThanOrEqual(5 + probesMax);
    expect(givenBack).toBe(paid);
    expect(upstream.state()).toMatchObject({
      endpoints: [{ path: '/a' }],
      ...{ running: 0, queued: 0 },
    });

    const back = createServer((_request, response) => void response.end('{}'));
    await new Promise<void>((resolve) => back.listen(port, '127.0.0.1', resolve));
    await sleep(250);
    expect(await get(upstream)).toBe(200);
    expect(await get(upstream)).toBe(200);
    expect(upstream.state()).toEqual({ breaker: 'closed', endpoints: [], running: 0, queued: 0 });
    expect(changes.map(({ endpoint, breaker }) => [endpoint, breaker])).toEqual([
      ...[
        ['/a', 'open'],
        [undefined, 'open'],
      ],
      ...[
        ['/a', 'closed'],
        [undefined, 'closed'],
      ],
    ]);
    back.closeAllConnections();
    await new Promise((resolve) => back.close(resolve));
  });

  test('ends the retries of those who are at it', async () => {
    respond = answer(503);
    const upstream = upstreamOn(here, { retries: 10 });
    expect(await get(upstream)).toMatchObject({
      ...{ kind: 'unavailable', status: 503, retryAfterSeconds: 10 },
    });
    expect(paths).toHaveLength(5);
  });

  test('is not waited for: the failures of many at once come long before their deadlines', async () => {
    respond = answer(503);
    const upstream = upstreamOn(here, { timeoutMs: 60_000, retries: 2, backoffMs: () => 30_000 });
    const callers = new AbortController();
    const first = upTo(5).map(() => get(upstream, '/a', callers.signal));
    await Promise.race(first);
    expect(await Promise.all(upTo(100).map(() => get(upstream)))).toMatchObject(
      Array(100).fill({ kind: 'unavailable', status: undefined }),
    );
    callers.abort();
    await Promise.all(first);
    expect(paths).toHaveLength(5);
  });

  test('is what a caller is told of who has run out of time while waiting to try again', async () => {
    respond = (request, response) => {
      if (request.url === '/a') answer(503)(request, response);
    };
    const upstream = upstreamOn(here, {
      ...{ concurrency: 1, timeoutMs: 400, retries: 2 },
      backoffMs: () => 50,
    });
    const [failed, silent] = await Promise.all([get(upstream), get(upstream, '/b')]);
    expect(failed).toMatchObject({ kind: 'unavailable', status: 503 });
    expect(silent).toMatchObject({ kind: 'timeout' });
    expect(paths).toEqual(['/a', '/b']);
  });

  test.each<[string, Respond]>([
    ['502', answer(502, {}, '<html>')],
    ['503', answer(503)],
    ['504', answer(504)],
    ['a reset', (request) => request.socket.resetAndDestroy()],
    [
      'a cut body',
      ({ socket }, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"a":', () => socket.destroy());
      },
    ],
    ['a silence', never],
    ['no HTTP', (request) => request.socket.end('SSH-2.0\r\n')],
  ])('is one that answers with %s', async (_name, fault) => {
    respond = fault;
    const upstream = upstreamOn(here, { timeoutMs: 200 });
    for (const index of upTo(5)) await get(upstream, `/${index}`);
    expect(changes).toEqual([{ endpoint: undefined, breaker: 'open' }]);
    expect(await get(upstream, '/other')).toMatchObject({ kind: 'unavailable' });
    expect([paths.length, paid, givenBack]).toEqual([5, 5, 0]);
  });

  test('is one whose name is not known, and nothing is paid for', async () => {
    const upstream = upstreamOn('http://nope.invalid');
    for (const index of upTo(5)) {
      expect(await get(upstream, `/${index}`)).toMatchObject({ kind: 'network' });
    }
    expect(changes).toEqual([{ endpoint: undefined, breaker: 'open' }]);
    expect([paid, givenBack]).toEqual([5, 5]);
  });

  test('is one that takes no connection before the deadline: that is not paid for either', async () => {
    let refuse = () => {};
    const pool = new Pool(here, {
      connections: 1,
      connect: (_options, callback) => (refuse = () => callback(new Error('closed'), null)),
    });
    const upstream = upstreamOn(here, { dispatcher: pool, timeoutMs: 200 });
    expect(await get(upstream)).toMatchObject({ kind: 'timeout' });
    expect([paid, givenBack]).toEqual([1, 1]);
    refuse();
    await pool.close();
  });
});

describe('an endpoint that fails', () => {
  test.each<[string, Respond]>([
    ['500', answer(500)],
    ['599', answer(599)],
    ['half of the JSON', answer(200, {}, '{"success":true,"data":[')],
    ['HTML', answer(200, { 'content-type': 'text/html' }, '<html>')],
    ['no body', answer(200, {}, '')],
  ])('with %s is left alone, and the others are served', async (_name, fault) => {
    respond = (request, response) =>
      (request.url === '/a' ? fault : answer(200))(request, response);
    const upstream = upstreamOn();
    await Promise.all(upTo(5).map(() => get(upstream)));
    expect(changes).toEqual([{ endpoint: '/a', breaker: 'open' }]);
    expect(await get(upstream)).toMatchObject({ kind: 'unavailable', retryAfterSeconds: 10 });
    expect(await get(upstream, '/b')).toBe(200);
    expect(paths).toHaveLength(6);
  });

  test.each([200, 400, 401, 403, 404, 422])('is not one that says %d', async (status) => {
    respond = answer(status);
    const upstream = upstreamOn();
    for (const _ of upTo(12)) expect(await get(upstream)).toBe(status);
    expect(changes).toEqual([]);
  });

  test('is not one that answers more than can be read', async () => {
    respond = answer(200, {}, ' '.repeat(4096));
    const pool = new Pool(here, { connections: 1, maxResponseSize: 1024 });
    const upstream = upstreamOn(here, { dispatcher: pool, retries: 2 });
    for (const _ of upTo(6)) expect(await get(upstream)).toMatchObject({ kind: 'bad-data' });
    expect([changes, paths.length]).toEqual([[], 6]);
    await pool.destroy();
  });
});

describe('429', () => {
  test('with Retry-After is one request for five hundred clients, and each is told', async () => {
    respond = answer(429, { 'retry-after': '30' });
    const upstream = upstreamOn(here, { concurrency: 1, queueMax: 1000, retries: 2 });
    const failures = await Promise.all(upTo(500).map(() => get(upstream)));
    expect(paths).toHaveLength(1);
    expect([paid, givenBack]).toEqual([1, 0]);
    for (const failure of failures) expect(failure).toMatchObject({ kind: 'rate-limited' });
    const seconds = failures.map((failure) => Object(failure).retryAfterSeconds);
    expect([Math.min(...seconds) >= 29, Math.max(...seconds)]).toEqual([true, 30]);
    expect(failures.filter((failure) => Object(failure).status === 429)).toHaveLength(1);
    expect(upstream.state()).toMatchObject({
      ...{ breaker: 'closed', running: 0, queued: 0 },
      endpoints: [{ path: '/a', breaker: 'closed', pausedSeconds: expect.any(Number) }],
    });
    respond = answer(200);
    expect(await get(upstream, '/b')).toBe(200);
  });

  test('is waited for once by all, and tried out by one', async () => {
    let refusals = 2;
    respond = (request, response) => {
      refusals -= 1;
      if (refusals >= 0) answer(429, { 'retry-after': String(refusals) })(request, response);
      else setTimeout(() => answer(200)(request, response), 5);
    };
    const upstream = upstreamOn(here, { concurrency: 1, retries: 2 });
    const answers = await Promise.all(upTo(50).map(() => get(upstream)));
    expect(answers).toEqual(Array(50).fill(200));
    expect(paths).toHaveLength(52);
  });

  test('without Retry-After pauses for longer each time, and is retried after the pause alone', async () => {
    respond = answer(429);
    const upstream = upstreamOn(here, { pauseMs: 4, retries: 2, backoffMs: () => 60_000 });
    expect(await get(upstream)).toMatchObject({ kind: 'rate-limited', status: 429 });
    expect(paths).toHaveLength(3);
    expect(changes).toEqual([]);
  });

  test('without Retry-After is told with the length of the pause', async () => {
    respond = answer(429);
    const upstream = upstreamOn(here, { random: () => 1 });
    expect(await get(upstream)).toMatchObject({ status: 429, retryAfterSeconds: 1 });
    expect(upstream.state().endpoints).toMatchObject([{ path: '/a', pausedSeconds: 1 }]);
  });

  test('to a POST pauses its endpoint, and is an answer', async () => {
    respond = answer(429, { 'retry-after': '30' });
    const upstream = upstreamOn();
    const { signal } = new AbortController();
    expect(await post(upstream, signal)).toBe(429);
    expect(await post(upstream, signal)).toMatchObject({ kind: 'rate-limited' });
    expect(paths).toHaveLength(1);
  });
});

describe('what is paid', () => {
  test('is nothing for who has waited in vain, in the queue or for the end of a pause', async () => {
    let arrive = () => {};
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    respond = arrive;
    const upstream = upstreamOn(here, { concurrency: 1, queueMax: 2, timeoutMs: 500 });
    const first = get(upstream);
    await arrived;
    const caller = new AbortController();
    const [left, late] = [
      get(upstream, '/b', caller.signal),
      post(upstream, new AbortController().signal, 200),
    ];
    await sleep(10);
    expect(upstream.state()).toMatchObject({ running: 1, queued: 2 });
    expect(await get(upstream)).toMatchObject({ kind: 'unavailable', retryAfterSeconds: 1 });
    caller.abort();
    expect(await left).toMatchObject({ kind: 'cancelled' });
    expect(await late).toMatchObject({ kind: 'timeout' });
    expect(await first).toMatchObject({ kind: 'timeout' });
    expect([paid, givenBack]).toEqual([1, 0]);
    expect(upstream.state()).toMatchObject({ running: 0, queued: 0 });
  });

  test('is asked of who pays before each request, and a refusal is the end of it', async () => {
    respond = answer(503);
    const upstream = upstreamOn(here, { retries: 5 });
    const broke = new UpstreamError({ upstream: 'x', endpoint: '/a', kind: 'budget-exhausted' });
    let credits = 2;
    const getting = upstream.get({
      ...{ path: '/a', query: {}, signal: new AbortController().signal },
      onAttempt: () => ((credits -= 1) < 0 ? Promise.reject(broke) : Promise.resolve()),
      onUnsent: charged.onUnsent,
    });
    await expect(getting).rejects.toBe(broke);
    expect([paths.length, givenBack]).toEqual([2, 0]);
    respond = answer(200);
    expect(await get(upstream)).toBe(200);
  });

  test('is read to the end, also when nobody waits for it any more', async () => {
    const caller = new AbortController();
    let isCut = false;
    respond = (request, response) => {
      request.socket.once('close', () => (isCut = true));
      response.write('{"a":', () => {
        caller.abort();
        setTimeout(() => response.end('1}'), 20);
      });
    };
    const { body } = await upstreamOn().get({
      ...{ path: '/a', query: {}, signal: caller.signal },
      ...charged,
    });
    expect([body, isCut, paid]).toEqual([{ a: 1 }, false, 1]);
  });

  test.each<[string, Respond]>([
    ['fails', answer(503)],
    ['is asked to wait', answer(429, { 'retry-after': '0' })],
    ['hears nothing', never],
  ])('is not paid again for a caller that has gone when it %s', async (_name, fault) => {
    const caller = new AbortController();
    respond = (request, response) => {
      caller.abort();
      fault(request, response);
    };
    const upstream = upstreamOn(here, { retries: 5, timeoutMs: 500 });
    expect(await get(upstream, '/a', caller.signal)).toMatchObject({ kind: 'cancelled' });
    expect([paths.length, paid, givenBack]).toEqual([1, 1, 0]);
  });

  test('for a POST is lost when its caller goes: it is cut, and no breaker hears of it', async () => {
    const upstream = upstreamOn(here, { breakerFailures: 1 });
    const caller = new AbortController();
    const cut = new Promise((resolve) => {
      respond = (request) => {
        request.socket.once('close', resolve);
        caller.abort();
      };
    });
    expect(await post(upstream, caller.signal)).toMatchObject({ kind: 'cancelled' });
    await cut;
    expect([paid, givenBack, changes]).toEqual([1, 0, []]);
  });

  test('for a POST is given back when nobody is there, and its deadline is its own', async () => {
    const { signal } = new AbortController();
    const nowhere = upstreamOn(`http://127.0.0.1:${await closedPort()}`);
    expect(await post(nowhere, signal)).toMatchObject({ kind: 'network' });
    expect([paid, givenBack]).toEqual([1, 1]);
    respond = never;
    expect(await post(upstreamOn(), signal, 100)).toMatchObject({ kind: 'timeout' });
    expect([paid, givenBack]).toEqual([2, 1]);
  });
});

test('a request that had to wait for most of its time and then runs out of it is no sign of an outage', async () => {
  let isFirst = true;
  respond = (request, response) => {
    if (isFirst) setTimeout(() => answer(200)(request, response), 350);
    isFirst = false;
  };
  const upstream = upstreamOn(here, { concurrency: 1, timeoutMs: 500, breakerFailures: 1 });
  const [first, second] = await Promise.all([get(upstream), get(upstream)]);
  expect([first, second]).toMatchObject([200, { kind: 'timeout' }]);
  expect([changes, paid, givenBack]).toEqual([[], 2, 0]);
});

test('no timer is left of waits that are over', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  respond = answer(200);
  const upstream = upstreamOn(here, { timeoutMs: 120_000, concurrency: 2, queueMax: 1000 });
  await get(upstream);
  const before = timers();
  await Promise.all(upTo(100).map(() => get(upstream)));
  respond = answer(429, { 'retry-after': '60' });
  await get(upstream);
  const caller = new AbortController();
  const waiting = upTo(20).map(() => get(upstream, '/a', caller.signal));
  await sleep(10);
  expect(timers()).toBeGreaterThan(before + 20);
  caller.abort();
  await Promise.all(waiting);
  expect(timers()).toBeLessThanOrEqual(before);
});
