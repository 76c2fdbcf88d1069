import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type OutputChunk, rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest';

import config from '../../rolldown.config.ts';
import { placesOf, startCollector } from '../support/collector.ts';
import { startOptions } from '../support/start-command.ts';
import { spawnGateway } from './gateway-process.ts';

/** What `npm run build` puts together: a bundle may leave out, or load twice, what the source has once. */

// Processes, on machines that are busy.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let folder: string;
let chunks: readonly OutputChunk[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-bundle-'));
  for (const name of ['src', 'schema', 'node_modules', 'package.json']) {
    await symlink(resolve(import.meta.dirname, '../..', name), join(folder, name));
  }
  const bundle = await rolldown({ ...config, cwd: folder, resolve: { symlinks: false } });
  const { output } = await bundle.write([config.output ?? []].flat()[0]);
  await bundle.close();
  chunks = output.filter((file) => file.type === 'chunk');
});

afterAll(() => rm(folder, { recursive: true }));

function start(env: Readonly<Record<string, string>> = {}) {
  const args = [...startOptions, 'dist/main.js'];
  const gateway = spawnGateway(env, { folder, args });
  onTestFinished(() => gateway.kill());
  return gateway;
}

async function ask(origin: string, query: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

const oneToken = '{ token(by: { tokenMetricsId: 3375 }) { symbol } }';
const bitcoin = { token: { symbol: 'BTC' } };

test('it answers out of the sandbox, and shows GraphiQL with the published operations', async () => {
  const origin = await start().origin();
  expect(await ask(origin, oneToken)).toMatchObject({ data: bitcoin });
  const page = await fetch(`${origin}/graphql`, { headers: { accept: 'text/html' } });
  expect(await page.text()).toMatch(/<title>Assay<\/title>[^]*topTokens/);
});

test('it shares rows by Redis, and tells operators of it', async () => {
  const gateway = start({ REDIS_URL: inject('redisUrl'), ADMIN_PORT: '0' });
  expect(await ask(await gateway.origin(), oneToken)).toMatchObject({ data: bitcoin });
  const { admin } = JSON.parse(await gateway.untilLogged(/"admin":/));
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  expect(metrics).toContain('assay_redis_used{upstream="tokenMetrics",use="rows"} 1');
  expect(gateway.stderr).toBe('');
});

test('it reads the keys of an issuer', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' };
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    response.end(JSON.stringify({ keys: [jwk] }));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setSubject('ada')
    .setIssuer('https://issuer.test')
    .setAudience('assay')
    .setExpirationTime('1h')
    .sign(privateKey);

  const origin = await start({
    JWT_JWKS_URL: `http://127.0.0.1:${port}/keys?of=assay`,
    JWT_ISSUER: 'https://issuer.test',
    JWT_AUDIENCE: 'assay',
    ANONYMOUS: 'off',
  }).origin();
  const answer = await ask(origin, oneToken, { authorization: `Bearer ${token}` });
  expect(answer).toMatchObject({ data: bitcoin });
  expect(paths).toEqual(['/keys?of=assay']);
});

test('it records traces, and tells the last of them when it ends', async () => {
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const gateway = start({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER: 'always_on',
  });
  expect(await ask(await gateway.origin(), oneToken)).toMatchObject({ data: bitcoin });
  gateway.terminate();
  expect(await gateway.ended).toEqual({ code: 0, signal: null });
  expect(placesOf(collector.spans())).toContain(
    'POST /graphql > execute > load /tokens > GET /tokens',
  );
  expect(gateway.stderr).toBe('');
});

test('a failure is told by places in the source', async () => {
  const script = `
    import { Server } from 'node:net';
    Server.prototype.listen = () => { throw new TypeError('secret'); };
  `;
  const preload = `--import=data:text/javascript,${encodeURIComponent(script)}`;
  const gateway = start({ NODE_OPTIONS: preload });
  expect(await gateway.ended).toEqual({ code: 1, signal: null });
  const [head, first, ...others] = gateway.stderr.trimEnd().split('\n');
  expect(head).toBe('The gateway did not start: TypeError');
  expect(first).toMatch(/^ {2}at src\/sandbox\/listen\.ts:\d+:\d+$/);
  expect(others.at(-1)).toMatch(/^ {2}at src\/main\.ts:\d+:\d+$/);
});

test('a start loads nothing that not every gateway needs', () => {
  const loaded = new Set(['main.js']);
  for (const name of loaded) {
    chunks.find(({ fileName }) => fileName === name)?.imports.forEach((file) => loaded.add(file));
  }
  const modules = chunks.flatMap(({ fileName, moduleIds }) =>
    loaded.has(fileName) ? moduleIds : [],
  );
  expect(modules).toContain(join(folder, 'src/app.ts'));
  const extra =
    /\/src\/sandbox\/|\/src\/admin\/admin\.ts|\/src\/tracing\/tracing\.ts|@opentelemetry|ioredis|prom-client|render-graphiql|undici\/lib\/(?:cache|mock)/;
  expect(modules.filter((id) => extra.test(id))).toEqual([]);
});
