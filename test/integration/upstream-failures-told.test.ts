import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createApp } from '../../src/app.ts';
import { createLog } from '../../src/log.ts';
import { readConfig } from '../../src/config.ts';
import type { Fault } from '../../src/sandbox/faults.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { startGateway, tokenId } from '../support/gateway.ts';

/** What a client of the gateway is told of an upstream's bad day: a public code, and not a word more. */

const nowMs = Date.UTC(2025, 10, 20, 14, 25);
const start = (env: Record<string, string> = {}) =>
  startGateway({
    now: () => nowMs,
    env: { TOKENMETRICS_TIMEOUT_MS: '1500', TOKENMETRICS_BACKOFF_MS: '1', ...env },
  });
let gateway = await start();
let { sandbox } = gateway;
const bitcoin = tokenId(3375);
const query = `query ($ids: [ID!]!) {
  tokens(ids: $ids) { nodes { symbol price { usd } tmGrade { grade } } }
}`;

beforeEach(() => {
  sandbox.faults.clear();
  sandbox.clearRequests();
});
afterEach(() => sandbox.faults.clear());
afterAll(() => gateway.close());

/** What an upstream says, and where and how it is asked: none of it is for clients. */
const upstreamWords = [
  ...['Some thing wrong', 'Invalid API key', 'current plan.', 'Data not found', 'Rate limit'],
  ...['Bad Gateway', 'Service Unavailable', 'Internal server error', 'Please stand by', 'doctype'],
  ...['http://', 'https://', '127.0.0.1', 'localhost', '/v2', 'token_id', 'x-api-key', 'tm-'],
  ...['ECONN', 'UND_ERR', 'undici', 'socket', 'SyntaxError', 'JSON at', 'abort', 'stack', '.ts:'],
];

function expectNoUpstreamWord(answer: unknown, url = sandbox.url, key = sandbox.key) {
  const text = JSON.stringify(answer);
  for (const word of [...upstreamWords, url, key]) {
    expect([word, text.toLowerCase().includes(word.toLowerCase())]).toEqual([word, false]);
  }
}

interface Failure {
  readonly name: string;
  readonly fault: Fault;
  readonly code: string;
  readonly isFinal?: boolean;
  readonly retryAfterSeconds?: number;
}

const failures: readonly Failure[] = [
  { name: 'too slow', fault: { latencyMs: 60_000 }, code: 'UPSTREAM_TIMEOUT' },
  { name: 'a body too slow', fault: { slowBodyMs: 60_000 }, code: 'UPSTREAM_TIMEOUT' },
  { name: 'reset', fault: { resetConnection: true }, code: 'UPSTREAM_UNAVAILABLE' },
  { name: 'a cut body', fault: { cutBody: true }, code: 'UPSTREAM_UNAVAILABLE' },
  { name: '500', fault: { status: 500 }, code: 'UPSTREAM_UNAVAILABLE' },
  { name: '502', fault: { status: 502, htmlBody: true }, code: 'UPSTREAM_UNAVAILABLE' },
  {
    name: '503 for a while',
    fault: { status: 503, retryAfterSeconds: 17 },
    code: 'UPSTREAM_UNAVAILABLE',
    retryAfterSeconds: 17,
  },
  { name: '504', fault: { status: 504, emptyBody: true }, code: 'UPSTREAM_UNAVAILABLE' },
  {
    // Of a pause of a second and one of two, the second does not fit into the deadline.
    name: '429',
    fault: { status: 429 },
    code: 'UPSTREAM_RATE_LIMITED',
    retryAfterSeconds: 2,
  },
  {
    name: '429 for a while',
    fault: { status: 429, retryAfterSeconds: 9 },
    code: 'UPSTREAM_RATE_LIMITED',
    retryAfterSeconds: 9,
  },
  { name: '400', fault: { status: 400 }, code: 'UPSTREAM_REJECTED', isFinal: true },
  { name: '401', fault: { status: 401 }, code: 'UPSTREAM_AUTH', isFinal: true },
  { name: '403', fault: { status: 403 }, code: 'UPSTREAM_PLAN_RESTRICTED', isFinal: true },
  {
    name: 'a path that is gone',
    fault: { status: 404 },
    code: 'UPSTREAM_WITHDRAWN',
    isFinal: true,
  },
  { name: 'half of the JSON', fault: { truncatedJson: true }, code: 'UPSTREAM_BAD_DATA' },
  { name: 'HTML', fault: { htmlBody: true }, code: 'UPSTREAM_BAD_DATA' },
  { name: 'nothing', fault: { emptyBody: true }, code: 'UPSTREAM_BAD_DATA' },
];

test.each(failures)(
  'an upstream with $name fails its own field, in public words',
  async ({ fault, code, isFinal = false, retryAfterSeconds }) => {
    // A gateway that has not seen the others: their failures open breakers and begin pauses.
    await gateway.close();
    gateway = await start();
    ({ sandbox } = gateway);
    sandbox.faults.set({ path: '/v2/price', ...fault });
    const answer = await gateway.ask(query, { ids: [bitcoin] });
    expect(answer.status).toBe(200);
    expect(answer.data.tokens.nodes).toEqual([
      { symbol: 'BTC', price: null, tmGrade: { grade: expect.any(Number) } },
    ]);
    expect(answer.errors).toEqual([
      {
        message: expect.stringMatching(/^The (upstream|endpoint) /),
        locations: expect.any(Array),
        path: ['tokens', 'nodes', 0, 'price'],
        extensions: {
          ...{ code, source: 'TOKEN_METRICS', retryable: !isFinal },
          ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
        },
      },
    ]);
    expect(answer.headers.get('retry-after')).toBe(retryAfterSeconds?.toString() ?? null);
    expectNoUpstreamWord([answer, [...answer.headers]]);
  },
);

test('where the newest day cannot be asked, the row of the day before stands in and says so', async () => {
  await gateway.close();
  // One at a time, newest day first.
  gateway = await start({ TOKENMETRICS_CONNECTIONS: '1' });
  ({ sandbox } = gateway);
  const top = await gateway.ask('{ topTokens(first: 100) { nodes { id } } }');
  const ids: string[] = top.data.topTokens.nodes.map(({ id }: { id: string }) => id);
  expect(ids).toHaveLength(100);
  sandbox.clearRequests();
  sandbox.faults.set({ path: '/v2/trading-signals', status: 500, times: 1 });
  const answer = await gateway.ask(
    'query ($ids: [ID!]!) { tokens(ids: $ids) { nodes { tradingSignal { date stale } } } }',
    { ids },
  );
  const days = sandbox.requests.filter(({ path }) => path === '/v2/trading-signals');
  expect(days.map(({ status, query }) => [status, query['startDate']])).toEqual([
    [500, '2025-11-20'],
    [200, '2025-11-19'],
    [200, '2025-11-18'],
  ]);
  expect(answer.errors).toBeUndefined();
  const signals = answer.data.tokens.nodes.map((node: any) => node.tradingSignal);
  expect(new Set(signals.map(({ stale }: any) => stale))).toEqual(new Set([true]));
  expect(signals[0].date).toBe('2025-11-19');
  expect(answer.extensions.sources).toMatchObject([{ state: 'STALE', failed: 0, stale: 100 }]);
});

/** A gateway on the API of another process, with its log. */
async function gatewayOn(url: string, key: string, env: Record<string, string> = {}) {
  const lines: string[] = [];
  const log = createLog({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const config = readConfig({
    ...{ GRAPHIQL: 'off', SANDBOX: 'off', ANONYMOUS: 'on', TOKENMETRICS_API_KEY: key },
    ...{ TOKENMETRICS_BASE_URL: `${url}/v2`, TOKENMETRICS_BACKOFF_MS: '1', ...env },
  });
  const app = await createApp({ config, log, now: () => nowMs });
  const ask = async (text: string) => {
    const response = await app.fetch('http://gateway/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: text }),
    });
    return response.json();
  };
  return { app, ask, lines };
}

describe('on an API outside', async () => {
  const key = 'tm-very-secret';
  const outside = await createSandbox({
    now: () => nowMs,
    keys: {
      [key]: {
        name: 'narrow',
        creditsPerMonth: Infinity,
        requestsPerMinute: Infinity,
        deniedEndpoints: ['tm-grade'],
      },
    },
    withdrawn: ['trader-grades', 'investor-grades'],
  });
  const { app, ask, lines } = await gatewayOn(outside.url, key);
  afterAll(async () => {
    await app.close();
    await outside.close();
  });
  const ofBitcoin = (fields: string) => `{ token(by: { tokenMetricsId: 3375 }) { ${fields} } }`;
  const told = (errors: readonly { path: readonly string[]; extensions: object }[]) =>
    errors.map(({ path, extensions }) => [path.join('.'), extensions]);

  test('an endpoint outside of the plan is told apart from a wrong key', async () => {
    const { data, errors } = await ask(ofBitcoin('symbol tmGrade { grade }'));
    expect(data.token).toEqual({ symbol: 'BTC', tmGrade: null });
    expect(told(errors)).toEqual([
      [
        'token.tmGrade',
        { code: 'UPSTREAM_PLAN_RESTRICTED', source: 'TOKEN_METRICS', retryable: false },
      ],
    ]);
    expectNoUpstreamWord([data, errors], outside.url, key);
  });

  test('withdrawn endpoints fail alone, in every field that reads them', async () => {
    const { data, errors } = await ask(`{
      token(by: { tokenMetricsId: 3375 }) {
        symbol
        traderGrade { grade }
        investorGrade { grade }
        traderGrades(first: 3) { nodes { grade } }
        tradingSignal { signal }
      }
      traderGrades { nodes { grade } }
    }`);
    expect(data).toEqual({
      token: {
        ...{ symbol: 'BTC', traderGrade: null, investorGrade: null, traderGrades: null },
        tradingSignal: { signal: expect.any(String) },
      },
      traderGrades: null,
    });
    const withdrawn = { code: 'UPSTREAM_WITHDRAWN', source: 'TOKEN_METRICS', retryable: false };
    expect(told(errors).sort()).toEqual([
      ['token.investorGrade', withdrawn],
      ['token.traderGrade', withdrawn],
      ['token.traderGrades', withdrawn],
      ['traderGrades', withdrawn],
    ]);
    expectNoUpstreamWord([data, errors], outside.url, key);
  });

  test('the log names endpoint and kind, and never the key', () => {
    const failed = lines.filter((line) => line.includes('upstream failed'));
    expect(failed.join('\n')).toContain('tokenMetrics /tm-grade: plan-restricted (401)');
    expect(lines.join('\n')).not.toContain(key);
    expect(failed.join('\n')).not.toContain('your current plan');
  });
});

test('an upstream that is not there at all is unavailable, and its address stays ours', async () => {
  const server = createServer();
  const url = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  for (const base of [url, 'http://upstream.invalid']) {
    const { app, ask } = await gatewayOn(base, 'tm-very-secret');
    const answer = await ask('{ topTokens { nodes { id } } }');
    expect(answer.data).toEqual({ topTokens: null });
    expect(answer.errors[0].extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expectNoUpstreamWord(answer, base, 'tm-very-secret');
    expect(JSON.stringify(answer)).not.toContain('upstream.invalid');
    await app.close();
  }
});

test('a client that hangs up leaves an answer that is paid for, and no failure in the log', async () => {
  let requests = 0;
  let arrive: (response: ServerResponse) => void = () => undefined;
  const arrived = new Promise<ServerResponse>((resolve) => (arrive = resolve));
  const upstream = createServer((_request, response) => {
    requests += 1;
    arrive(response);
  });
  const { app, lines } = await gatewayOn(await listen(upstream), 'tm-very-secret');
  let hangUp: (value: unknown) => void = () => undefined;
  const hungUp = new Promise((resolve) => (hangUp = resolve));
  const front = createServer((request, response) => {
    response.once('close', hangUp);
    app.listener(request, response);
  });
  const url = await listen(front);

  const client = new AbortController();
  const answer = fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ topTokens { nodes { id price { usd } } } }' }),
    signal: client.signal,
  }).catch((error: unknown) => error);
  const response = await arrived;
  client.abort();
  await hungUp;
  expect(await answer).toMatchObject({ name: 'AbortError' });

  const isRead = new Promise((resolve) => response.once('finish', () => resolve(true)));
  response.end(JSON.stringify({ success: true, data: [] }));
  expect(await isRead).toBe(true);
  await new Promise((resolve) => front.close(resolve));
  await app.close();
  expect(requests).toBe(1);
  expect(lines.filter((line) => line.includes('upstream failed'))).toEqual([]);
  await new Promise((resolve) => upstream.close(resolve));
});

test('a page of tokens warns nobody about listeners, and its requests all end', async () => {
  const warnings: string[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning.message);
  process.on('warning', onWarning);
  const front = createServer(gateway.app.listener satisfies RequestListener);
  const url = await listen(front);
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: '{ topTokens(first: 40) { nodes { tradingSignals(first: 90) { nodes { date } } } } }',
    }),
  });
  const { data } = JSON.parse(await response.text());
  expect(data.topTokens.nodes).toHaveLength(40);
  expect(sandbox.requests.length).toBeGreaterThan(20);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
  front.closeAllConnections();
  await new Promise((resolve) => front.close(resolve));
});

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve(`http://127.0.0.1:${port}`);
    });
  });
}
