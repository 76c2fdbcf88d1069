import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { status } from '../support/admin-status.ts';
import { openBare } from './bare-connection.ts';
import { type GatewayProcess, spawnGateway } from './gateway-process.ts';
import { bitcoin, startHeldUpstream } from './held-upstream.ts';

/** The admin listener of a real process, and `npm run upstream:status` against it. */

const headers = { 'content-type': 'application/json' };

let gateway: GatewayProcess;
let admin: string;

beforeAll(async () => {
  gateway = spawnGateway({ ADMIN_PORT: '0', TOKENMETRICS_CREDITS_PER_MONTH: '500' });
  admin = await adminOf(gateway);
  await ask(await gateway.origin(), '{ topTokens(first: 3) { nodes { symbol price { usd } } } }');
});

afterAll(() => gateway.kill());

const ask = (origin: string, query: string) =>
  fetch(`${origin}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });

async function adminOf(started: GatewayProcess): Promise<string> {
  return String(JSON.parse(await started.untilLogged(/operators are answered/)).admin);
}

function start(env: Readonly<Record<string, string>>) {
  const started = spawnGateway(env);
  onTestFinished(() => started.kill());
  return started;
}

const token = 'a-token-of-operators';

test('it prints what is left, what was hit and who spends, where the environment says', async () => {
  const { port } = new URL(admin);
  const { code, stdout, stderr } = await status([], { ADMIN_PORT: port });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Upstream tokenMetrics$/m);
  expect(stdout).toMatch(/^ {2}breaker +closed$/m);
  expect(stdout).toMatch(/^ {2}month +500 +2 +498 +in \d+ \w+ +\S+Z$/m);
  expect(stdout).toMatch(/^ {2}\/price +0 +3 +0 +0 +0 +1 +0\.0 %$/m);
  expect(stdout).toMatch(/^ {2}all +0 +4 +0 +0 +0 +2 +0\.0 %$/m);
  expect(stdout).toMatch(/^ {2}address:\S+ +2$/m);
});

test('its metrics count who is refused on the public port', async () => {
  const refused = await openBare(await gateway.origin());
  refused.socket.write('nonsense\r\n\r\n');
  await refused.closed;
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  expect(metrics).toMatch(/^assay_http_refusals_total\{reason="malformed"\} 1$/m);
});

test('it finds a gateway that listens everywhere', async () => {
  const where = { ADMIN_HOST: '0.0.0.0', ADMIN_TOKEN: token };
  const everywhere = start({ ADMIN_PORT: '0', ...where });
  const { port } = new URL(await adminOf(everywhere));
  const env = { ADMIN_PORT: port, ...where };
  expect(await status([], env)).toMatchObject({ code: 0, stderr: '' });
});

test('--json prints all of it for programs, and --url says which gateway', async () => {
  const { code, stdout, stderr } = await status(['--json', '--url', `${admin}/`]);
  expect([code, stderr]).toEqual([0, '']);
  const { upstreams, spenders } = JSON.parse(stdout);
  expect(upstreams[0].budget.month).toMatchObject({ limit: 500, used: 2, left: 498 });
  expect(spenders.today.totals).toEqual({ borne: 2, drawn: 2 });
});

/** A port for privileged services of long ago: nobody is there. */
const unused = 'http://127.0.0.1:2';

test.each<readonly [what: string, args: string[], env: Record<string, string>, told: RegExp]>([
  ['no port', [], {}, /^ADMIN_PORT is not set: expected the port of the gateway, or --url$/],
  ['any port', [], { ADMIN_PORT: '0' }, /^ADMIN_PORT is 0, any port: expected --url with the one/],
  [
    'a port that is none',
    [],
    { ADMIN_PORT: 'x', LOG_LEVEL: 'y' },
    /^The environment has 2 mistake\(s\): LOG_LEVEL: .+ ADMIN_PORT: expected a whole number/,
  ],
  [
    'a token that is none',
    [],
    { ADMIN_PORT: '9464', ADMIN_TOKEN: 'short-secret' },
    /^The environment has 1 mistake\(s\): ADMIN_TOKEN: expected tokens of 16 to 512 visible [^"]+$/,
  ],
  ['nobody there', ['--url', unused], {}, /^\S+:2 cannot be reached \(ECONNREFUSED\): does/],
  ['no URL', ['--url', 'localhost:9464'], {}, /^--url "localhost:9464" is no URL: expected --url/],
  ['an unknown option', ['--jsno'], {}, /^Unknown option '--jsno'.*\(expected --url http:/],
])('%s ends it with one line that says what to do', async (_what, args, env, told) => {
  const { code, stdout, stderr } = await status(args, env);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr.split('\n')).toEqual([expect.stringMatching(told), '']);
});

test('it says so when it is pointed at something else', async () => {
  const origin = await gateway.origin();
  const page = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<h1>status</h1>');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void page.close());
  await once(page, 'listening');
  const elsewhere = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
  for (const args of [
    ['--url', origin],
    ['--url', elsewhere],
    ['--json', '--url', origin],
  ]) {
    const { code, stdout, stderr } = await status(args);
    expect([args, code, stdout]).toEqual([args, 1, '']);
    expect(stderr).toMatch(
      /^\S+\/(status|upstreams) answered \d{3} \S.*: expected the admin .+\n$/,
    );
    expect(stderr).toContain(args.at(-1));
  }
});

test('operators can look on while it drains, and not keep it from ending', async () => {
  const upstream = await startHeldUpstream();
  onTestFinished(upstream.close);
  const draining = start({ ...upstream.env, ADMIN_PORT: '0', DRAIN_DELAY_MS: '0' });
  const [origin, observed] = [await draining.origin(), await adminOf(draining)];
  const answer = ask(origin, '{ token(by: { tokenMetricsId: 3375 }) { symbol } }');
  const asked = await upstream.taken();
  // One that says nothing, and is left open.
  const idle = connect(Number(new URL(observed).port), '127.0.0.1');
  onTestFinished(() => void idle.destroy());
  await once(idle, 'connect');
  idle.write('GET /upstreams HTTP/1.1\r\n');

  draining.terminate();
  await draining.untilLogged(/draining/);
  await expect(fetch(`${origin}/health/ready`)).rejects.toThrow('fetch failed');
  const { upstreams } = await (await fetch(`${observed}/upstreams`)).json();
  expect(upstreams[0].state).toMatchObject({ running: 1 });

  asked.setHeader('content-type', 'application/json').end(bitcoin);
  expect(await (await answer).json()).toMatchObject({ data: { token: { symbol: 'BTC' } } });
  expect(await draining.ended).toEqual({ code: 0, signal: null });
  expect(draining.stderr).toBe('');
});

test('an admin port that is taken is named, and nobody is answered', async () => {
  const { port } = new URL(admin);
  const started = start({ ADMIN_PORT: port });
  expect(await started.ended).toEqual({ code: 1, signal: null });
  expect(started.stderr).toContain(
    `ADMIN_PORT: ${port} of 127.0.0.1 is in use: expected a free port, or 0 for any`,
  );
  expect(started.stderr).not.toMatch(/^ +at /m);
  expect(started.stdout).toBe('');
});

test('an admin host that is not ours is named', async () => {
  const started = start({ ADMIN_PORT: '0', ADMIN_HOST: '192.0.2.1', ADMIN_TOKEN: token });
  expect(await started.ended).toEqual({ code: 1, signal: null });
  expect(started.stderr).toMatch(/^ {2}ADMIN_HOST: cannot listen on 192\.0\.2\.1: /m);
});

test('a public port that is taken ends it though operators could have been answered', async () => {
  const { port } = new URL(await gateway.origin());
  const started = start({ PORT: port, ADMIN_PORT: '0' });
  expect(await started.ended).toEqual({ code: 1, signal: null });
  expect(started.stderr).toContain(`  PORT: ${port} of 127.0.0.1 is in use`);
});
