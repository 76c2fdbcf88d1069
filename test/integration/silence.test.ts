import { writeFile } from 'node:fs/promises';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createRedis } from '../../src/redis.ts';
import { writeCallers } from '../support/callers-files.ts';
import { recordingLog } from '../support/recording-log.ts';
import { serve, startWitness, type Witness } from '../support/witness.ts';

/**
 * No word of an upstream, no URL, key, stack or variable in any answer or log line. Whatever must not be
 * told has `canary` in it here.
 */

const apiKey = 'tm-canary-key';
const redisUrl = (place: string) => `redis://canary-user:canary-password@${place}`;
const query = `query Silent($names: [String!]) {
  tokens(filter: { names: $names, symbols: ["CANARY-LITERAL"] }) { nodes { symbol } }
  topTokens(first: 1) { nodes { symbol price { usd } } }
}`;
const variables = { names: ['canary-variable'] };

const forbidden = [
  ...[/canary/i, /file:\/\//, /\/src\//, /node_modules/, /node:internal/, /\bat \S+ \(/],
  ...[/at Object\./, /\.[jt]s:\d+:\d+\)/, /assay_[a-z0-9]{8}_/, /https?:\/\//, /redis:\/\//],
];

function expectSilence(told: readonly string[], more: readonly RegExp[] = []): void {
  expect(told.length).toBeGreaterThan(0);
  for (const text of told) {
    for (const pattern of [...forbidden, ...more]) expect(text).not.toMatch(pattern);
  }
}

const answersOf = ({ answers }: Witness) =>
  answers.map(({ status, headers, text }) => JSON.stringify([status, headers]) + text);

async function start(env: Record<string, string> = {}, now?: () => number) {
  const gateway = await startWitness({
    env: { TOKENMETRICS_RETRIES: '0', ...env },
    ...(now && { now }),
  });
  onTestFinished(gateway.close);
  return gateway;
}

/** Waits for a line of the log. */
const untilLogged = ({ lines }: Witness, pattern: RegExp) =>
  expect.poll(() => lines.join(''), { timeout: 10_000 }).toMatch(pattern);

describe('an upstream', () => {
  const body = '{"success":false,"message":"canary-body of your plan","data":"canary"}';
  const failures: readonly [string, number, string, Record<string, string>?][] = [
    ...[400, 401, 402, 403, 404, 410, 418, 429, 500, 502, 503].map(
      (status): [string, number, string] => [`a ${status}`, status, body],
    ),
    ['HTML', 200, '<!doctype html><p>canary-page</p>'],
    ['half of its JSON', 200, '{"success":true,"data":[{"canary'],
    ['JSON of another shape', 200, '{"success":true,"data":"canary"}'],
    ['rows of another shape', 200, '{"success":true,"data":[{"TOKEN_ID":"canary"}]}'],
    ['a redirect', 302, 'canary', { location: 'http://canary.invalid/canary' }],
    ['a Retry-After that is none', 429, body, { 'retry-after': 'canary' }],
    ['an encoding that it does not have', 200, 'canary', { 'content-encoding': 'gzip' }],
  ];

  async function askOn(url: string) {
    const gateway = await start({
      ...{ ANONYMOUS: 'on', TOKENMETRICS_API_KEY: apiKey, TOKENMETRICS_TIMEOUT_MS: '1000' },
      ...{ TOKENMETRICS_BASE_URL: `${url}/canary-path` },
    });
    const { json } = await gateway.ask(query, { variables });
    expect(json.errors.length).toBeGreaterThan(0);
    const port = new URL(url).port;
    expectSilence([...answersOf(gateway), ...gateway.lines], [new RegExp(`:${port}\\b`)]);
    expect(gateway.lines.join('')).toMatch(/"msg":"upstream failed"/);
    return gateway;
  }

  test.each(failures)('that answers %s is not quoted', async (_name, status, text, headers) => {
    const upstream = await serve((_request, response) => {
      response.writeHead(status, 'Canary Status', { 'x-canary': 'canary-header', ...headers });
      response.end(text);
    });
    onTestFinished(upstream.close);
    await askOn(upstream.url);
  });

  test('that packs twenty megabytes into a few is not quoted', async () => {
    const packed = gzipSync('canary'.repeat(3_500_000));
    const upstream = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    });
    onTestFinished(upstream.close);
    await askOn(upstream.url);
  });

  test.each<[string, string | undefined]>([
    ['says nothing', undefined],
    ['hangs up', ''],
    ['speaks no HTTP', 'canary-nonsense\r\n\r\n'],
    ['sends less than it said', 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"canary'],
    ['sends broken chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\ncanary\r\n'],
    ['sends huge headers', `HTTP/1.1 200 OK\r\nx-a: ${'canary'.repeat(20_000)}\r\n\r\n`],
  ])('that %s is not told from where', async (_name, reply) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        if (reply !== undefined) socket.end(reply);
      });
      onTestFinished(() => void socket.destroy());
    });
    server.listen(0, '127.0.0.1');
    await expect.poll(() => server.listening).toBe(true);
    onTestFinished(() => void server.close());
    await askOn(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });

  test('whose answer nobody waits for any more leaves nothing of the question in the log', async () => {
    let arrive = () => {};
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const upstream = await serve(() => arrive());
    onTestFinished(upstream.close);
    const gateway = await startWitness({
      env: {
        ...{ ANONYMOUS: 'on', TOKENMETRICS_API_KEY: apiKey, TOKENMETRICS_TIMEOUT_MS: '400' },
        TOKENMETRICS_BASE_URL: `${upstream.url}/canary-path`,
      },
    });
    const leaving = new AbortController();
    const left = gateway.ask(query, { variables, signal: leaving.signal });
    await arrived;
    leaving.abort();
    await expect(left).rejects.toThrow('aborted');
    await gateway.close();
    for (const line of gateway.lines) expectSilence([line]);
  });

  test('that is not there is not told from where', async () => {
    const gone = await serve(() => {});
    await gone.close();
    await askOn(gone.url);
    await askOn('http://canary.invalid:81');
  });
});

describe('the gateway', () => {
  test.each([
    ['before it runs', 0],
    ['while it reads', 1],
  ])('that fails %s tells clients nothing, and the log where', async (_name, grace) => {
    let left = Infinity;
    const now = () => {
      left -= 1;
      if (left < 0) throw new TypeError(`canary-message\n    at Object.canary (${apiKey})`);
      return Date.UTC(2026, 10, 20);
    };
    const gateway = await start({}, now);
    left = grace;
    const { json } = await gateway.ask(query, { variables });
    left = Infinity;
    expect(json.errors[0].extensions.code).toBe('INTERNAL');
    const told = [...answersOf(gateway), ...gateway.lines];
    expectSilence(told);
    const [fault] = gateway.lines.map((line) => JSON.parse(line)).filter(({ err }) => err);
    expect(fault.err).toEqual({
      type: 'TypeError',
      at: expect.arrayContaining([expect.stringMatching(/^src\/[\w./-]+\.ts:\d+:\d+$/)]),
    });
  });

  test('logs nothing of documents, variables and credentials, whatever is wrong with them', async () => {
    const gateway = await start({ BODY_BYTES_MAX: '4096' });
    const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const key = `assay_canary01_${'x'.repeat(49)}`;
    await gateway.ask('{ canary');
    await gateway.ask('{ canaryField(x: "canary") }');
    await gateway.ask('{ topTokens(first: "canary") { nodes { id } } }');
    await gateway.ask('query ($n: Int!) { topTokens(first: $n) { nodes { id } } }', {
      variables: { n: 'canary' },
    });
    await gateway.ask('query ($n: ID!) { node(id: $n) { id } }', { variables: { n: 'canary' } });
    await gateway.ask('{ __typename }', { body: { extensions: { canary: 'canary' } } });
    await gateway.ask(undefined, { body: { documentId: 'canary' } });
    for (const operationName of ['canary name', '{canary}', 'canary'.repeat(20)]) {
      await gateway.ask('query Asked { __typename }', { body: { operationName } });
    }
    await gateway.ask('{ __typename }', { headers: { 'x-max-stale-seconds': 'canary' } });
    await gateway.ask('{ __typename }', { headers: { cookie: 'canary', referer: 'canary' } });
    await gateway.ask('{ __typename }', { headers: { 'x-request-id': '<canary>' } });
    await gateway.ask('{ __typename }', { headers: { 'x-api-key': key } });
    await gateway.ask('{ __typename }', { headers: { authorization: `Bearer ${key}` } });
    await gateway.send({ ...post, body: '{"query": canary' });
    await gateway.send({ ...post, body: 'canary'.repeat(1000) });
    await gateway.send({ ...post, headers: { 'content-type': 'text/canary' }, body: 'canary' });
    await gateway.send({ path: '/canary?canary=canary' });
    await gateway.send({ path: '/graphql?query={canary' });
    expect(gateway.answers.map(({ status }) => status)).not.toContain(500);
    expectSilence(gateway.lines);
    // What was refused whole is not repeated to who sent it either, for proxies log answers.
    const refused = gateway.answers.filter(({ status }) => [401, 404, 413, 415].includes(status));
    expectSilence(refused.map(({ headers, text }) => JSON.stringify(headers) + text));
  });
});

describe('keys in URLs', () => {
  test.each(['api_key', 'x-api-key', 'apikey', 'key', 'access_token', 'token'])(
    'are no credential as %s, and are not repeated',
    async (name) => {
      const files = await writeCallers({ all: {} }, { documents: { who: '{ viewer { id } }' } });
      onTestFinished(files.remove);
      const { PLANS_FILE: _plans, ...env } = files.env;
      const path = `/graphql?documentId=who&${name}=${files.keys.all}`;
      for (const [anonymous, status] of [
        ['off', 401],
        ['on', 200],
      ] as const) {
        const gateway = await start({ ...env, ANONYMOUS: anonymous });
        const answer = await gateway.send({ path });
        expect(answer.status).toBe(status);
        if (status === 200) expect(answer.json.data.viewer.id).toBe('address:127.0.0.1');
        expectSilence([...answersOf(gateway), ...gateway.lines]);
      }
    },
  );
});

describe('Redis', () => {
  /** A server that answers every command with this error. */
  async function answering(error: string): Promise<string> {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => void socket.write(`-${error}\r\n`));
      onTestFinished(() => void socket.destroy());
    });
    server.listen(0, '127.0.0.1');
    await expect.poll(() => server.listening).toBe(true);
    onTestFinished(() => void server.close());
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const repeated = `with args beginning with: 'canary-user' 'canary-password' `;

  test.each([
    ['is not there', () => Promise.resolve('127.0.0.1:1')],
    ['has renamed AUTH', () => answering(`ERR unknown command 'AUTH', ${repeated}`)],
    ['wants another password', () => answering('WRONGPASS invalid username-password pair')],
    ['is something else', () => answering('canary')],
  ])('that %s keeps its password', async (_name, place) => {
    const { lines, log } = recordingLog();
    const connection = createRedis(redisUrl(await place()), { commandTimeoutMs: 500, log });
    onTestFinished(connection.close);
    await connection.ready;
    await expect.poll(() => lines.length).toBeGreaterThan(0);
    const reasons = lines.map((line) => JSON.stringify(line));
    for (const reason of reasons) expect(reason).not.toMatch(/canary-user|canary-password|redis:/);
  });

  test('that is down is told of without its URL by a whole gateway', async () => {
    const gateway = await start({ REDIS_URL: redisUrl('127.0.0.1:1') });
    await gateway.ask(query, { variables });
    await untilLogged(gateway, /Redis does not answer/);
    expectSilence([...answersOf(gateway), ...gateway.lines]);
  });
});

describe('tokens', () => {
  const jwtOf = (header: object, payload: object) =>
    [header, payload, { canary: 'canary-signature' }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');

  test.each([
    ['down', undefined],
    ['answering 500', [500, 'canary']],
    ['answering garbage', [200, 'canary']],
    ['answering no keys', [200, '{"keys":"canary"}']],
    ['answering keys of nobody', [200, '{"keys":[{"kty":"canary","kid":"canary"}]}']],
  ] as const)('are refused without a word of an issuer that is %s', async (_name, reply) => {
    const issuer = await serve((_request, response) => {
      response.writeHead(reply?.[0] ?? 500, 'Canary').end(reply?.[1]);
    });
    if (reply === undefined) await issuer.close();
    else onTestFinished(issuer.close);
    const gateway = await start({
      JWT_JWKS_URL: `${issuer.url}/canary-jwks`,
      JWT_ISSUER: 'canary-issuer',
      JWT_AUDIENCE: 'canary-audience',
    });
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: 'canary-subject', iss: 'canary-issuer', aud: 'canary', exp: now + 60 };
    const token = jwtOf({ alg: 'RS256', kid: 'canary' }, claims);
    for (const bearer of [token, 'canary', `${token}.canary`, 'canary.canary.canary']) {
      const headers = { authorization: `Bearer ${bearer}` };
      const { status } = await gateway.ask('{ __typename }', { headers });
      expect([401, 503]).toContain(status);
    }
    expectSilence([...answersOf(gateway), ...gateway.lines], [/eyJ/]);
  });
});

describe('files', () => {
  test('that are changed to something bad are told of without what is in them', async () => {
    const files = await writeCallers({ all: {} });
    onTestFinished(files.remove);
    const gateway = await start(files.env);
    const { KEYS_FILE = '', PLANS_FILE = '' } = files.env;
    await writeFile(KEYS_FILE, '{"version":1,"keys":[{"hash":"canary","canary canary":"canary"}]}');
    await writeFile(PLANS_FILE, '{"plans": canary');
    await untilLogged(gateway, /API keys cannot be used/);
    await untilLogged(gateway, /plans file was refused/);
    await writeFile(KEYS_FILE, '{"keys": canary');
    await untilLogged(gateway, /no JSON/);
    await gateway.ask('{ __typename }', { headers: { 'x-api-key': files.keys.all } });
    expectSilence([...answersOf(gateway), ...gateway.lines], [new RegExp(files.folder)]);
  });
});

describe('the configuration', () => {
  const secrets = {
    TOKENMETRICS_API_KEY: apiKey,
    REDIS_URL: redisUrl('redis.example:6379/1'),
  };

  test('is dumped without its secrets', () => {
    const config = readConfig(secrets);
    const { source } = config.tokenMetrics;
    for (const dump of [
      JSON.stringify(config),
      inspect(config, { depth: Infinity, showHidden: true }),
      inspect(Object.entries(config), { depth: Infinity, customInspect: false }),
      `${String(config.redis?.url)} ${source.kind === 'api' ? String(source.apiKey) : ''}`,
    ]) {
      expect(dump).not.toContain('canary');
    }
    expect(JSON.stringify(config)).toContain('"apiKey":"[redacted]"');
    expect(config.redis?.url.reveal()).toBe(secrets.REDIS_URL);
    expect(source.kind === 'api' && source.apiKey.reveal()).toBe(apiKey);
  });

  test.each([
    { REDIS_URL: 'http://:canary@redis' },
    { REDIS_URL: 'canary' },
    { TOKENMETRICS_API_KEY: ' ' },
    { TOKENMETRICS_BASE_URL: 'https://canary:canary@api.example/v2' },
    { TOKENMETRICS_BASE_URL: 'https://api.example/v2?api_key=canary' },
    { TOKENMETRICS_BASE_URL: 'canary' },
    { PORT: apiKey, LOG_LEVEL: apiKey, SANDBOX: apiKey },
  ])('that is wrong is refused without its values: %o', (env) => {
    let refusal: unknown;
    try {
      readConfig({ ...secrets, ...env });
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(Error);
    expect(inspect(refusal, { depth: Infinity }).replaceAll(/^ +at .*$/gm, '')).not.toContain(
      'canary',
    );
  });
});
