import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';

import { createAdmin } from '../../src/admin/admin.ts';
import { ask, type Asked, bearer, measured, noCallers } from '../support/admin.ts';
import { nowMs, serve, startAdmin } from '../support/admin.ts';
import { startGateway } from '../support/gateway.ts';
import { recordingLog } from '../support/recording-log.ts';

/** Who is not answered by the admin listener, and where it is not. */

const paths = ['/upstreams', '/status', '/spending', '/callers', '/keys', '/metrics'];
const token = 'a-token-of-operators';

test.each<readonly [what: string, asked: Asked, status: number, reason: RegExp]>([
  ['a name that resolves to us', { headers: { host: 'evil.example' } }, 403, /Host header/],
  ['the same with our port', { headers: { host: 'evil.example:4100' } }, 403, /Host header/],
  ['a name that begins as ours', { headers: { host: 'localhost.evil.example' } }, 403, /Host/],
  ['an address that is not ours', { headers: { host: '10.0.0.1' } }, 403, /Host header/],
  ['a page', { headers: { origin: 'https://evil.example' } }, 403, /no Origin header/],
  ['a page of this machine', { headers: { origin: 'http://localhost' } }, 403, /no Origin/],
  ['a page without an origin', { headers: { origin: 'null' } }, 403, /no Origin/],
  ['POST', { method: 'POST', body: '{}' }, 405, /POST is not served here: expected GET/],
  ['DELETE', { method: 'DELETE' }, 405, /DELETE is not served here: expected GET/],
  [
    'a preflight',
    { method: 'OPTIONS', headers: { origin: 'http://localhost' } },
    403,
    /no Origin header/,
  ],
])('%s is refused, and told nothing of the gateway', async (_what, asked, status, reason) => {
  const { port } = await startAdmin();
  for (const path of [...paths, '/nowhere']) {
    const answer = await ask(port, path, asked);
    expect([path, answer.status]).toEqual([path, status]);
    expect(Object.keys(answer.json())).toEqual(['error']);
    expect(answer.json().error).toMatch(reason);
    expect(answer.headers.allow).toBe(status === 405 ? 'GET' : undefined);
  }
});

test('a HEAD is refused too', async () => {
  const { port } = await startAdmin();
  expect((await ask(port, '/upstreams', { method: 'HEAD' })).status).toBe(405);
});

test.each([
  ['no host', ''],
  ['an empty host', 'host:\r\n'],
  ['two hosts', 'host: evil.example\r\nhost: localhost\r\n'],
  ['a host that is none', 'host: localhost, evil.example\r\n'],
])('a client that names %s is refused', async (_what, headers) => {
  const { port } = await startAdmin();
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => (received += text));
  socket.write(`GET /upstreams HTTP/1.0\r\n${headers}\r\n`);
  await once(socket, 'close');
  expect(received).toMatch(/^HTTP\/1\.1 403 /);
});

test.each(['localhost', 'LOCALHOST:4100', '127.0.0.1', '127.0.0.1:1', '[::1]', '[::1]:4100'])(
  'a request for %s is answered',
  async (host) => {
    const { port } = await startAdmin();
    expect((await ask(port, '/upstreams', { headers: { host } })).status).toBe(200);
  },
);

test('a request for the host it listens on is answered, be that a name or an address', async () => {
  const { port } = await startAdmin({
    ...{ ADMIN_HOST: 'gateway-1.internal', ADMIN_TOKEN: token },
  });
  const named = { headers: { host: 'Gateway-1.internal:9464', ...bearer(token).headers } };
  expect((await ask(port, '/upstreams', named)).status).toBe(200);

  // Everywhere is no address: what counts is the one that was connected to.
  const { app } = (await startAdmin({ ADMIN_HOST: '0.0.0.0', ADMIN_TOKEN: token })).gateway;
  const server = createServer(app.admin).listen(0, '::');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const everywhere = (server.address() as AddressInfo).port;
  const statusOf = (host: string, at: string) =>
    new Promise((resolve, reject) => {
      const headers = { host, ...bearer(token).headers };
      const sent = request({ host: at, port: everywhere, path: '/upstreams', headers });
      sent.on('response', ({ statusCode }) => resolve(statusCode)).on('error', reject);
      sent.setHeader('connection', 'close').end();
    });
  expect(await statusOf(`127.0.0.5:${everywhere}`, '127.0.0.5')).toBe(200);
  expect(await statusOf(`127.0.0.6:${everywhere}`, '127.0.0.5')).toBe(403);
});

const ofEveryAnswer = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

test('a refusal carries the same headers', async () => {
  const { port } = await startAdmin({ ADMIN_TOKEN: token });
  const refused = [
    await ask(port, '/upstreams', { headers: { host: 'evil.example' } }),
    await ask(port, '/upstreams'),
    await ask(port, '/upstreams', { method: 'POST', ...bearer(token) }),
  ];
  expect(refused.map(({ status }) => status)).toEqual([403, 401, 405]);
  for (const { headers } of refused) expect(headers).toMatchObject(ofEveryAnswer);
});

test('every answer is for now only, for nobody else, and read as what it says it is', async () => {
  const { get } = await startAdmin();
  for (const path of [...paths, '/spending?top=x', '/callers?top=x', '/no']) {
    const { headers } = await get(path);
    expect({ path, ...headers }).toMatchObject({ path, ...ofEveryAnswer });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
});

test.each(['/', '/upstreams/', '/Upstreams', '/graphql', '//upstreams', '/__proto__'])(
  '%s is not there, and what is there is told',
  async (path) => {
    const answer = await (await startAdmin()).get(path);
    expect([answer.status, answer.json()]).toEqual([
      404,
      {
        error: 'Nothing is served at this path.',
        paths,
      },
    ]);
  },
);

test('a target that is no path is not there either', async () => {
  const { port } = await startAdmin();
  for (const path of ['http://localhost/upstreams', '*']) {
    expect([path, (await ask(port, path)).status]).toEqual([path, 404]);
  }
});

test('none of it is on the public port', async () => {
  const { publicPort } = await startAdmin();
  for (const path of paths) {
    const answer = await ask(publicPort, path);
    expect([path, answer.status]).toEqual([path, 404]);
    expect(answer.text).not.toMatch(/assay_|spenders|budget|tokenMetrics/);
  }
});

test('without ADMIN_PORT there is nothing to listen with', async () => {
  const gateway = await startGateway();
  onTestFinished(gateway.close);
  expect(gateway.app.admin).toBeUndefined();
});

test('a fault of ours is logged and answered without its words', async () => {
  const { lines, log } = recordingLog();
  const fail = () => Promise.reject(new Error('a secret'));
  const port = await serve(
    createAdmin({
      ...{ host: '127.0.0.1', tokens: [], callers: noCallers, log, now: () => nowMs },
      ...measured,
      upstreams: { status: fail, spending: fail },
    }),
  );
  const answer = await ask(port, '/upstreams');
  expect([answer.status, answer.json()]).toEqual([
    500,
    { error: 'The gateway failed; its log says why.' },
  ]);
  expect(lines).toHaveLength(1);
  expect((await ask(port, '/nowhere')).status).toBe(404);
});
