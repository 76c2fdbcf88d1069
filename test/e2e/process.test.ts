import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { openBare, postOf } from './bare-connection.ts';
import { type GatewayProcess, spawnGateway } from './gateway-process.ts';
import { bitcoin, startHeldUpstream } from './held-upstream.ts';

const json = { 'content-type': 'application/json' };
const megabyte = 1024 * 1024;

let gateway: GatewayProcess;
let origin: string;

beforeAll(async () => {
  gateway = spawnGateway();
  origin = await gateway.origin();
});

afterAll(() => gateway.kill());

/** The process is the same one, it answers, and nothing was written where only crashes write. */
async function expectAlive() {
  const response = await fetch(`${origin}/graphql?query={__typename}`);
  expect(await response.json()).toMatchObject({ data: { __typename: 'Query' } });
  expect(gateway.stderr).toBe('');
}

function start(env: Readonly<Record<string, string>>) {
  const started = spawnGateway(env);
  onTestFinished(() => started.kill());
  return started;
}

const oneToken = JSON.stringify({ query: '{ token(by: { tokenMetricsId: 3375 }) { symbol } }' });

test('it tells that it lives and that it is ready', async () => {
  const live = await fetch(`${origin}/health/live`);
  const ready = await fetch(`${origin}/health/ready`);
  expect([live.status, await live.json()]).toEqual([200, { status: 'live' }]);
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
});

test('it says on its first lines that its data is invented, and where it is', () => {
  const lines = gateway.stdout
    .split('\n')
    .slice(0, 2)
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ level: 40, msg: expect.stringMatching(/^SANDBOX: /) });
  expect(lines[1]).toMatchObject({ level: 30, url: `${origin}/graphql` });
});

test('without the sandbox and without a key it does not start, and says what to set', async () => {
  const started = start({ SANDBOX: 'off' });
  expect(await started.ended).toEqual({ code: 1, signal: null });
  expect(started.stderr).toMatch(/SANDBOX: is off and TOKENMETRICS_API_KEY is not set: expected/);
  expect(started.stderr).not.toMatch(/^ +at /m);
  expect(started.stdout).toBe('');
});

test('all mistakes of an environment are told at once, without repeating values', async () => {
  const started = start({ PORT: '70000', LOG_LEVEL: 'loud', REDIS_URL: 'http://user:secret@x' });
  expect(await started.ended).toEqual({ code: 1, signal: null });
  const told = started.stderr.match(/^ {2}[A-Z_]+: expected /gm);
  expect(told).toEqual(['  PORT: expected ', '  LOG_LEVEL: expected ', '  REDIS_URL: expected ']);
  expect(started.stderr).not.toContain('secret');
});

test('a port that is taken is named, and the process ends though its sandbox was started', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const started = start({ PORT: String(port) });
  expect(await started.ended).toEqual({ code: 1, signal: null });
  expect(started.stderr).toMatch(/in use/);
  expect(started.stderr).toContain(String(port));
  expect(started.stderr).not.toMatch(/^ +at /m);
});

test('a manifest that is not there is named, and the process ends', async () => {
  const started = start({ DOCUMENTS_MANIFESTS: '/no/such/manifest.json' });
  expect(await started.ended).toEqual({ code: 1, signal: null });
  expect(started.stderr).toContain('/no/such/manifest.json');
  expect(started.stderr).not.toMatch(/^ +at /m);
});

const refusals: readonly [what: string, status: number, path: string, init: RequestInit][] = [
  ['JSON that ends early', 400, '/graphql', { method: 'POST', headers: json, body: '{"query":' }],
  ['an empty body', 400, '/graphql', { method: 'POST', headers: json, body: '' }],
  ['a body that is a list', 400, '/graphql', { method: 'POST', headers: json, body: '[]' }],
  ['a body that is null', 400, '/graphql', { method: 'POST', headers: json, body: 'null' }],
  [
    'a query that is a number',
    400,
    '/graphql',
    { method: 'POST', headers: json, body: '{"query":1}' },
  ],
  ['a GET without a query', 400, '/graphql', {}],
  ['a body without a media type', 415, '/graphql', { method: 'POST' }],
  [
    'a body of another media type',
    415,
    '/graphql',
    { method: 'POST', headers: { 'content-type': 'text/plain' }, body: oneToken },
  ],
  ['another method', 405, '/graphql', { method: 'DELETE' }],
  ['another path', 404, '/nowhere', {}],
  ['a query longer than the limit', 413, '/graphql', tooLong()],
  ['the same in chunks, without saying how long', 413, '/graphql', tooLongInChunks()],
];

function tooLong(): RequestInit {
  return {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ query: ' '.repeat(10 * megabyte) }),
  };
}

function tooLongInChunks(): RequestInit {
  let chunks = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      chunks += 1;
      if (chunks > 20) controller.close();
      else controller.enqueue(new Uint8Array(megabyte / 2).fill(0x20));
    },
  });
  return streamed(body);
}

/** A body without a length: `fetch` sends it in chunks. */
function streamed(body: ReadableStream): RequestInit {
  return Object.assign({ method: 'POST', headers: json, body }, { duplex: 'half' });
}

test.each(refusals)(
  '%s is answered with %i and a GraphQL error',
  async (_what, status, path, init) => {
    const response = await fetch(`${origin}${path}`, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json/);
    const { data, errors } = await response.json();
    expect(data).toBeUndefined();
    expect(errors).toEqual([
      {
        message: expect.stringMatching(/\w{3}/),
        extensions: expect.objectContaining({ code: 'BAD_REQUEST' }),
      },
    ]);
    await expectAlive();
  },
);

test('a body of the limit itself in chunks is read whole', async () => {
  const text = JSON.stringify({ query: `{ __typename } #${'x'.repeat(200 * 1024)}` });
  const body = new Blob([text]).stream();
  const response = await fetch(`${origin}/graphql`, streamed(body));
  expect(await response.json()).toMatchObject({ data: { __typename: 'Query' } });
});

test('a Host header that is no host is refused without telling how the server is built', async () => {
  const client = await openBare(origin);
  client.socket.write(
    'GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nhost: []:\r\nconnection: close\r\n\r\n',
  );
  await client.closed;
  expect(client.received).toMatch(/^HTTP\/1\.1 400 /);
  expect(client.received).not.toMatch(/node_modules|\.js:\d+|^ +at /m);
  await expectAlive();
});

test('what is no HTTP at all is refused and the process lives', async () => {
  const client = await openBare(origin);
  client.socket.write('NONSENSE\r\n\r\n');
  await client.closed;
  expect(client.received).toMatch(/^HTTP\/1\.1 400 /);
  await expectAlive();
});

test('a client that leaves in the middle of its body takes nothing down', async () => {
  const client = await openBare(origin);
  client.socket.write(postOf(oneToken.slice(0, 20), oneToken.length));
  await new Promise<void>((flushed) => client.socket.end(flushed));
  client.socket.destroy();
  await client.closed;
  await expectAlive();
});

test('a client that leaves before its answer stops what was asked for it, and nothing else', async () => {
  const upstream = await startHeldUpstream();
  onTestFinished(upstream.close);
  const started = start(upstream.env);
  const client = await openBare(await started.origin());
  client.socket.write(postOf(oneToken));
  const asked = await upstream.taken();
  const abandoned = once(asked, 'close');
  client.socket.destroy();
  await abandoned;
  expect(asked.writableEnded).toBe(false);

  const answer = fetch(`${await started.origin()}/graphql`, {
    method: 'POST',
    headers: json,
    body: oneToken,
  });
  (await upstream.taken()).setHeader('content-type', 'application/json').end(bitcoin);
  expect(await (await answer).json()).toMatchObject({ data: { token: { symbol: 'BTC' } } });
  expect(started.stderr).toBe('');
});
