import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Agent, buildConnector, Pool } from 'undici';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { UpstreamError } from '../../src/upstreams/errors.ts';
import type { Upstreams } from '../../src/upstreams/index.ts';
import { createUpstream } from '../../src/upstreams/wire/upstream.ts';
import { openOperation, startUpstreams, type TestUpstreamsOptions } from '../support/upstreams.ts';

/** What a well-meaning sandbox cannot do: an upstream that breaks HTTP, JSON or its own rules. */

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

const nowMs = Date.UTC(2025, 10, 20, 14, 25);
let respond: Respond;
let urls: URL[];
let headers: IncomingMessage['headers'][];
let connections = 0;
/** Resolves when the connection of the first request has been closed from the other side. */
let closed: Promise<void>;

const server = createServer((request, response) => {
  urls.push(new URL(request.url ?? '', 'http://upstream'));
  headers.push(request.headers);
  response.on('error', () => undefined);
  if (urls.length === 1) {
    closed = new Promise((resolve) => request.socket.once('close', () => resolve()));
  }
  respond(request, response);
});
server.on('connection', () => (connections += 1));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

let dropped: string[];
const open: Upstreams[] = [];

function upstreamsWith(options: Partial<TestUpstreamsOptions['tokenMetrics']> = {}) {
  const upstreams = startUpstreams({
    tokenMetrics: { baseUrl: `http://127.0.0.1:${port}/v2`, apiKey: 'tm-secret', ...options },
    now: () => nowMs,
    onDropped: (line) => dropped.push(line),
  });
  open.push(upstreams);
  return upstreams;
}

const operationWith = (
  options: Partial<TestUpstreamsOptions['tokenMetrics']> = {},
  signal = new AbortController().signal,
) => openOperation(upstreamsWith(options), signal);
const loadersWith = (...options: Parameters<typeof operationWith>) =>
  operationWith(...options).loaders;

beforeEach(() => {
  urls = [];
  headers = [];
  dropped = [];
});
afterAll(async () => {
  server.closeAllConnections();
  await Promise.all(open.map((upstreams) => upstreams.close()));
  await new Promise((resolve) => server.close(resolve));
});

const priceOf = (id: number) => ({
  ...{ TOKEN_ID: id, CURRENT_PRICE: 1.5, TOKEN_NAME: 'A', TOKEN_SYMBOL: 'a' },
});
const hourOf = (back: number) => ({
  TIMESTAMP: new Date(Date.UTC(2025, 10, 20, 14) - back * 3_600_000).toISOString(),
  ...{ TOKEN_ID: 1, TOKEN_NAME: 'A', TOKEN_SYMBOL: 'A', CLOSE: 1, SIGNAL: '0', POSITION: '1' },
});
const json = (body: unknown, status = 200): Respond => {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
};
const rows = (data: readonly unknown[]): Respond =>
  json({ success: true, message: 'Data fetched successfully', length: data.length, data });
const idsOf = (url: URL | undefined) => url?.searchParams.get('token_id')?.split(',').map(Number);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const kindOf = (value: unknown) => (value instanceof UpstreamError ? value.kind : value);
const failureOf = (loading: unknown) => Promise.resolve(loading).then(() => 'loaded', kindOf);

describe('requests', () => {
  test('carry the key and nothing that was not asked for, on connections that are kept', async () => {
    respond = rows([priceOf(1)]);
    connections = 0;
    const upstreams = upstreamsWith();
    for (let round = 0; round < 20; round += 1) {
      await openOperation(upstreams).loaders.price.loadMany([2, 1]);
    }
    // One, and a second where a request follows so closely that the first is not free yet.
    expect(connections).toBeLessThanOrEqual(2);
    expect(headers[0]).toMatchObject({ 'x-api-key': 'tm-secret', accept: 'application/json' });
    expect(urls[0]?.pathname).toBe('/v2/price');
    expect([...(urls[0]?.searchParams ?? [])]).toEqual([['token_id', '1,2']]);
  });

  test('are not redirected: the key stays with its upstream', async () => {
    for (const status of [301, 302, 307, 308]) {
      respond = (_request, response) => {
        response.writeHead(status, { location: `http://127.0.0.1:${port}/elsewhere` });
        response.end();
      };
      expect(await failureOf(loadersWith().price.load(1))).toBe('bad-data');
    }
    expect(urls.map(({ pathname }) => pathname)).toEqual(Array(4).fill('/v2/price'));
  });
});

describe('pages', () => {
  test('an endpoint that stops at 50 rows is asked for the tokens that are missing', async () => {
    respond = (request, response) => {
      const ids = idsOf(urls.at(-1)) ?? [];
      rows(ids.slice(0, 50).map(priceOf))(request, response);
    };
    const found = await loadersWith().price.loadMany(upTo(100));
    expect(found.map((row) => row && 'tokenId' in row && row.tokenId)).toEqual(upTo(100));
    expect(urls.map((url) => idsOf(url)?.length)).toEqual([100, 50]);
    expect(urls.map((url) => url.searchParams.get('limit'))).toEqual(['100', null]);
  });

  test('it is noticed even if some of the 50 rows are no use', async () => {
    respond = (request, response) => {
      const ids = idsOf(urls.at(-1)) ?? [];
      const strangers = [900_001, 900_002].map(priceOf);
      rows([...strangers, ...ids.slice(0, 48).map(priceOf)])(request, response);
    };
    const found = await loadersWith().price.loadMany(upTo(60));
    expect(found.every((row) => row !== null)).toBe(true);
    expect(urls.map((url) => idsOf(url)?.length)).toEqual([60, 12]);
  });

  test('50 rows that nobody asked for end the asking', async () => {
    respond = rows(upTo(50).map((index) => priceOf(900_000 + index)));
    expect(await loadersWith().price.loadMany(upTo(60))).toEqual(Array(60).fill(null));
    expect(urls).toHaveLength(1);
    expect(dropped).toEqual(['/price not-asked 50']);
  });

  test('an upstream that does not know `page` is found out by its second answer', async () => {
    respond = rows(upTo(100).map((index) => hourOf(index - 1)));
    const fromMs = Date.UTC(2025, 10, 20, 14) - 299 * 3_600_000;
    const { hourlySignals } = loadersWith();
    const found = await hourlySignals.load({ tokenId: 1, range: { fromMs } });
    expect(found).toHaveLength(100);
    expect(urls.map((url) => url.searchParams.get('page'))).toEqual([null, '2']);
  });

  test('pages are read until a short one, and rows that moved to the next page count once', async () => {
    respond = (request, response) => {
      const page = Number(urls.at(-1)?.searchParams.get('page') ?? 1);
      const first = (page - 1) * 97;
      const last = Math.min(first + 100, 210);
      rows(upTo(last - first).map((index) => hourOf(first + index - 1)))(request, response);
    };
    const fromMs = Date.UTC(2025, 10, 20, 14) - 299 * 3_600_000;
    const found = await loadersWith().hourlySignals.load({ tokenId: 1, range: { fromMs } });
    expect(found.map(({ timestamp }) => timestamp)).toEqual(
      upTo(210).map((index) => hourOf(index - 1).TIMESTAMP),
    );
    expect(urls).toHaveLength(3);
  });

  test('more rows than were asked for are no more than was asked for', async () => {
    respond = rows([...upTo(150), ...upTo(150)].map(priceOf));
    const found = await loadersWith().price.loadMany([3, 1]);
    expect(found).toMatchObject([{ tokenId: 3 }, { tokenId: 1 }]);
    expect(urls).toHaveLength(1);
    expect(dropped).toEqual(['/price not-asked 296']);
  });

  test('an upstream that does not know `symbol` is not read to its end', async () => {
    respond = (request, response) => {
      const page = Number(urls.at(-1)?.searchParams.get('page') ?? 1);
      rows(upTo(100).map((index) => priceOf(page * 1000 + index)))(request, response);
    };
    expect(await loadersWith().tokensBySymbol.load('BTC')).toEqual([]);
    expect(urls).toHaveLength(1);
  });
});

describe('bodies', () => {
  test('`length` may lie', async () => {
    respond = json({ success: true, message: '', length: 99, data: [priceOf(1)] });
    expect(await loadersWith().price.loadMany([1, 2])).toMatchObject([{ tokenId: 1 }, null]);
    expect(urls).toHaveLength(1);
  });

  test.each([
    ['data null', { success: true, message: '', length: 0, data: null }],
    ['success false', { success: false, message: 'Data fetched successfully', data: [] }],
    ['no envelope', [priceOf(1)]],
    ['Infinity', { success: true, data: [{ ...priceOf(1), CURRENT_PRICE: '1e999' }] }],
  ])('%s with a 200 is bad data, asked for once', async (_name, body) => {
    respond = json(body);
    expect(await failureOf(loadersWith().price.load(1))).toBe('bad-data');
    expect(urls).toHaveLength(1);
  });

  test('bytes that are no UTF-8 harm their text alone', async () => {
    respond = (_request, response) => {
      const [before = '', after = ''] = JSON.stringify({
        success: true,
        data: [{ ...priceOf(1), TOKEN_NAME: 'A?' }],
      }).split('?');
      response.end(Buffer.concat([Buffer.from(before), Buffer.of(0xff), Buffer.from(after)]));
    };
    expect(await loadersWith().price.load(1)).toMatchObject({ tokenId: 1, tokenName: 'A\ufffd' });
  });

  test('a body that never ends is a timeout, and its connection is closed', async () => {
    respond = (_request, response) => {
      response.write('{"success":true,"data":[');
    };
    expect(await failureOf(loadersWith({ timeoutMs: 500 }).price.load(1))).toBe('timeout');
    await closed;
    expect(urls).toHaveLength(1);
  });

  test('a body of more than 16 MiB is bad data, not read to its end and not asked for again', async () => {
    let written = 0;
    respond = (_request, response) => {
      const piece = Buffer.alloc(1024 * 1024, ' ');
      const next = () => {
        while (!response.destroyed && written < 64) {
          written += 1;
          if (!response.write(piece)) return void response.once('drain', next);
        }
        response.end();
      };
      next();
    };
    expect(await failureOf(loadersWith().price.load(1))).toBe('bad-data');
    await closed;
    expect(written).toBeLessThan(64);
    expect(urls).toHaveLength(1);
  });

  test('what is no HTTP at all is a network failure', async () => {
    respond = (request) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n');
    expect(await failureOf(loadersWith().price.load(1))).toBe('network');
    expect(urls).toHaveLength(3);
  });
});

describe('rows that cannot be read', () => {
  const broken = { ...priceOf(2), CURRENT_PRICE: 'N/A' };

  test('are dropped and counted; their token is unknown, the others are answered', async () => {
    respond = rows([priceOf(1), broken, null, 'row', { TOKEN_ID: {} }]);
    const found = await loadersWith().price.loadMany([1, 2, 3]);
    expect(found.map(kindOf)).toMatchObject([{ tokenId: 1 }, 'bad-data', null]);
    expect(dropped).toEqual(['/price wrong-shape 4']);
  });

  test('are harmless when the token has a readable row beside', async () => {
    respond = rows([broken, priceOf(2)]);
    expect(await loadersWith().price.load(2)).toMatchObject({ tokenId: 2 });
  });

  test('are bad data when there is nothing else', async () => {
    respond = rows([broken]);
    expect(await failureOf(loadersWith().price.load(3))).toBe('bad-data');
  });

  const dayOf = (date: string, more: object = {}) => ({
    ...{ TOKEN_ID: 1, TOKEN_NAME: 'A', TOKEN_SYMBOL: 'A', DATE: `${date}T00:00:00.000Z` },
    ...{ TRADING_SIGNAL: 1, TOKEN_TREND: 1, ...more },
  });

  test('never make an older row pass for the latest', async () => {
    respond = rows([dayOf('2025-11-20', { TOKEN_TREND: 'up' }), dayOf('2025-11-19')]);
    expect(await failureOf(loadersWith().tradingSignal.load(1))).toBe('bad-data');
  });

  test('are missing from a series, and then the rest is not kept for a year', async () => {
    const range = { from: '2025-01-01', to: '2025-01-02' };
    const load = async () => {
      const { loaders, tally } = operationWith();
      const found = await loaders.tradingSignals.load({ tokenId: 1, range });
      return [found.length, tally.freshSeconds];
    };
    respond = rows([dayOf('2025-01-02'), dayOf('2025-01-01')]);
    expect(await load()).toEqual([2, 365 * 24 * 3600]);
    respond = rows([dayOf('2025-01-02'), dayOf('2025-01-01', { TOKEN_TREND: 'up' })]);
    expect(await load()).toEqual([1, 0]);
  });
});

test('a range whose endpoint cannot be asked about fails alone', async () => {
  let answerRange: () => void = () => undefined;
  respond = (request, response) => {
    const startDate = urls.at(-1)?.searchParams.get('startDate');
    if (startDate === '2011-01-01') json({ message: 'Data not found' }, 404)(request, response);
    else if (startDate !== null) {
      const row = { TOKEN_ID: 1, TOKEN_NAME: 'A', TOKEN_SYMBOL: 'A', DATE: startDate };
      answerRange = () => rows([row])(request, response);
    } else {
      json({}, 500)(request, response);
      answerRange();
    }
  };
  const { traderGrades } = loadersWith();
  const load = (day: string) => traderGrades.load({ tokenId: 1, range: { from: day, to: day } });
  const [recent, old] = await Promise.allSettled([load('2025-11-20'), load('2011-01-01')]);
  expect(recent).toMatchObject({ value: [{ tokenId: 1, date: '2025-11-20' }] });
  expect(old).toMatchObject({ reason: { kind: 'unavailable', status: 500 } });
});

describe('a client that goes away', () => {
  test('leaves an answer that is paid for, and it is read to its end', async () => {
    const client = new AbortController();
    let isClosed = false;
    respond = (request, response) => {
      request.socket.once('close', () => (isClosed = true));
      client.abort();
      setImmediate(() => rows([priceOf(1)])(request, response));
    };
    expect(await failureOf(loadersWith({}, client.signal).price.load(1))).toBe('loaded');
    expect([urls.length, isClosed]).toEqual([1, false]);
  });

  test('in the middle of a body as well', async () => {
    const client = new AbortController();
    respond = (_request, response) => {
      const [head = '', tail = ''] = JSON.stringify({ success: true, data: [priceOf(1)] }).split(
        /(?<=true,)/,
      );
      response.write(head, () => {
        client.abort();
        setImmediate(() => response.end(tail));
      });
    };
    expect(await failureOf(loadersWith({}, client.signal).price.load(1))).toBe('loaded');
    expect(urls).toHaveLength(1);
  });

  test('between two attempts as well', async () => {
    const client = new AbortController();
    respond = json({}, 503);
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.close());
    const upstream = createUpstream({
      name: 'x',
      dispatcher,
      baseUrl: `http://127.0.0.1:${port}`,
      headers: {},
      timeoutMs: 25_000,
      retries: 2,
      concurrency: 1,
      backoffMs: () => {
        setImmediate(() => client.abort());
        return 20_000;
      },
    });
    const getting = upstream.get({
      ...{ path: '/price', query: {}, signal: client.signal },
      onAttempt: () => undefined,
    });
    expect(await failureOf(getting)).toBe('cancelled');
    expect(urls).toHaveLength(1);
  });

  test('a deadline that passes before there is a connection: nothing is sent on it, and nothing is paid', async () => {
    let connectNow: () => void = () => {};
    let isHeld = true;
    const connector = buildConnector({});
    const origin = `http://127.0.0.1:${port}`;
    const connect: buildConnector.connector = (...asked) => {
      connectNow = () => connector(...asked);
      if (!isHeld) connectNow();
    };
    const dispatcher = new Pool(origin, { connections: 1, connect });
    onTestFinished(() => dispatcher.destroy());
    const upstream = createUpstream({
      ...{ name: 'x', dispatcher, baseUrl: origin, headers: {} },
      ...{ timeoutMs: 1500, retries: 0, concurrency: 2, backoffMs: () => 0 },
    });
    let paid = 0;
    const get = (path: string) =>
      upstream.get({
        ...{ path, query: {}, onAttempt: () => void (paid += 1), onUnsent: () => void (paid -= 1) },
      });
    respond = json({});
    expect(await failureOf(get('/late'))).toBe('timeout');
    expect(paid).toBe(0);

    const next = get('/next');
    isHeld = false;
    connectNow();
    expect((await next).status).toBe(200);
    expect(urls.map(({ pathname }) => pathname)).toEqual(['/next']);
    expect(paid).toBe(1);
  });

  test('before anything was asked: then nothing is asked, and nothing is counted', async () => {
    const { loaders, calls } = operationWith({}, AbortSignal.abort());
    expect(await failureOf(loaders.price.load(1))).toBe('cancelled');
    expect([urls.length, calls()]).toEqual([0, 0]);
  });
});

describe('a client that is gone for good', () => {
  /** The signal a server lends: it fires, and goes on saying that it has not. */
  function standIn(signal: AbortSignal): AbortSignal {
    return new Proxy(signal, {
      get(target, name) {
        if (name === 'aborted') return false;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
      set: (target, name, value) => Reflect.set(target, name, value, target),
    });
  }

  test('asks for nothing any more, also where its signal denies that it is gone', async () => {
    const client = new AbortController();
    const { loaders, calls } = operationWith({}, standIn(client.signal));
    respond = (request, response) => {
      client.abort();
      json({}, 503)(request, response);
    };
    expect(await failureOf(loaders.price.load(1))).toBe('cancelled');
    expect(await failureOf(loaders.tmGrade.load(1))).toBe('cancelled');
    expect([urls.length, calls()]).toEqual([1, 1]);
  });
});

describe('what is left behind', () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

  test('no timer of a deadline that was met or of a wait that is over', async () => {
    respond = rows([priceOf(1)]);
    const { price } = loadersWith({ timeoutMs: 120_000 });
    await price.load(1);
    const before = timers();
    await price.loadMany(upTo(99));
    for (let id = 100; id < 110; id += 1) await price.load(id);
    expect(timers()).toBeLessThanOrEqual(before);
  });

  test('no warning about listeners, however many requests one client waits for', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning.message);
    process.on('warning', onWarning);
    respond = json({ success: false, message: 'Data not found', length: 0, data: [] }, 404);
    const client = new AbortController();
    const { hourlySignals } = loadersWith({ connections: 50 }, client.signal);
    await hourlySignals.loadMany(
      upTo(60).map((tokenId) => ({ tokenId, range: { fromMs: nowMs - 4e8 } })),
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(urls).toHaveLength(60);
    expect(warnings).toEqual([]);
  });

  test('nothing that keeps `close` from ending when the upstream never does', async () => {
    const arrived = new Promise<void>((resolve) => (respond = () => resolve()));
    const upstreams = upstreamsWith({ timeoutMs: 500 });
    const { price } = openOperation(upstreams).loaders;
    const loading = failureOf(price.load(1));
    await arrived;
    await upstreams.close();
    expect(await loading).toBe('timeout');
    await upstreams.close();
  });

  test('a request after `close` fails as the upstream would, and sends nothing', async () => {
    const upstreams = upstreamsWith();
    await upstreams.close();
    const { price } = openOperation(upstreams).loaders;
    expect(await failureOf(price.load(1))).toBe('network');
    expect(urls).toHaveLength(0);
  });
});
