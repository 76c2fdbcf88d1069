import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { type BareConnection, openBare, postOf } from './bare-connection.ts';
import { type GatewayProcess, spawnGateway } from './gateway-process.ts';
import { startHeldUpstream } from './held-upstream.ts';

const hello =
  'GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nhost: gateway\r\naccept: application/json\r\n\r\n';
/** Node's own parser has the connection after it. */
const oddHello = hello.replace('host', 'cookie: a=b\r\nhost');
const question = postOf(
  JSON.stringify({ query: 'mutation { askAnalyst(question: "BTC?") { answer } }' }),
);
const itsAnswer = { success: true, answer: 'Yes.', data: [{ user: 'BTC?' }, { chatbot: 'Yes.' }] };
const tidy = { code: 0, signal: null };

const start = (env: Readonly<Record<string, string>>) => {
  const gateway = spawnGateway(env);
  onTestFinished(() => gateway.kill());
  return gateway;
};

/** A gateway whose upstream answers when it is told to. */
async function startHeld(env: Readonly<Record<string, string>> = {}) {
  const upstream = await startHeldUpstream();
  onTestFinished(upstream.close);
  const gateway = start({ ...upstream.env, TOKENMETRICS_CONNECTIONS: '200', ...env });
  return { upstream, gateway, origin: await gateway.origin() };
}

const reply = (asked: ServerResponse, body: object = itsAnswer) =>
  asked.setHeader('content-type', 'application/json').end(JSON.stringify(body));

/** A connection that has been used, and is kept for the next request. */
async function keptConnection(origin: string, request: string): Promise<BareConnection> {
  const connection = await openBare(origin);
  connection.socket.write(request);
  expect(await connection.more()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*keep-alive/);
  return connection;
}

function expectLast(answer: string, status = '200 OK') {
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status}\\r\\n`));
  expect(answer).toMatch(/^connection: close\r$/im);
}

/** Of one that may have come to its end before the signal was noticed, and then does not say close. */
const answered = /^HTTP\/1\.1 200 OK\r\n[^]*"data"/;

/** As often as it takes: what follows at once is taken for the same signal. */
function terminateUntil(gateway: GatewayProcess, logged: Promise<unknown>) {
  gateway.terminate();
  const timer = setInterval(gateway.terminate, 400);
  const stop = () => clearInterval(timer);
  logged.then(stop, stop);
}

test('told to end, it is not ready at once, but lives and answers until others have noticed', async () => {
  const gateway = start({ DRAIN_DELAY_MS: '600000' });
  const origin = await gateway.origin();
  const kept = await keptConnection(origin, hello);
  const keptByNode = await keptConnection(origin, oddHello);
  gateway.terminate();
  await gateway.untilLogged(/draining/);
  const ask = async (path: string) => {
    const { status, headers } = await fetch(`${origin}${path}`, {
      headers: { accept: 'application/json' },
    });
    return [status, headers.get('connection')];
  };
  expect(await ask('/health/ready')).toEqual([503, 'close']);
  expect(await ask('/health/live')).toEqual([200, 'close']);
  expect(await ask('/graphql?query={__typename}')).toEqual([200, 'close']);
  for (const { socket, more, closed } of [kept, keptByNode]) {
    socket.write(hello);
    expectLast(await more());
    await closed;
  }
});

test('100 requests that are in flight are all answered, and then it ends by itself', async () => {
  const { gateway, upstream, origin } = await startHeld({ SHUTDOWN_GRACE_MS: '600000' });
  const clients = await Promise.all(Array.from({ length: 100 }, () => openBare(origin)));
  for (const [at, { socket }] of clients.entries()) {
    const query = `{ tokens(filter: { names: ["T${at}"] }) { nodes { symbol } } }`;
    socket.write(postOf(JSON.stringify({ query })));
  }
  const asked: ServerResponse[] = [];
  while (asked.length < clients.length) asked.push(await upstream.taken());

  gateway.terminate();
  await gateway.untilLogged(/draining/);
  for (const one of asked) reply(one, { success: true, data: [] });
  await Promise.all(clients.map(({ closed }) => closed));
  for (const { received } of clients) {
    expectLast(received);
    expect(received).toContain('"data":{"tokens":{"nodes":[]}}');
  }
  expect(await gateway.ended).toEqual(tidy);
  expect(gateway.stdout).not.toContain('cut');
  expect(gateway.stderr).toBe('');
});

test('what was sent before the signal is answered, whether its connection was idle or is new', async () => {
  const gateway = start({ DRAIN_DELAY_MS: '0' });
  const origin = await gateway.origin();
  const connections = [await keptConnection(origin, hello), await keptConnection(origin, oddHello)];
  // While it stands still all of it arrives: whatever it looks at first, the rest is there as well.
  gateway.signal('SIGSTOP');
  connections.push(await openBare(origin), await openBare(origin));
  const before = connections.map(({ received }) => received.length);
  for (const { socket } of connections) {
    await new Promise((sent) => socket.write(hello, sent));
  }
  gateway.terminate();
  gateway.signal('SIGCONT');
  await Promise.all(connections.map(({ closed }) => closed));
  for (const [at, { received, failure }] of connections.entries()) {
    expect(failure).toBeUndefined();
    expect(received.slice(before[at])).toMatch(answered);
  }
  expect(await gateway.ended).toEqual(tidy);
});

test('all who have connected and asked by then are answered, however many wait to be let in', async () => {
  const gateway = start({ DRAIN_DELAY_MS: '0' });
  const origin = await gateway.origin();
  gateway.signal('SIGSTOP');
  const waiting = await Promise.all(Array.from({ length: 20 }, () => openBare(origin)));
  for (const { socket } of waiting) socket.write(hello);
  gateway.terminate();
  gateway.signal('SIGCONT');
  for (const connection of waiting) {
    await connection.closed;
    expect(connection.failure).toBeUndefined();
    expect(connection.received).toMatch(answered);
  }
  expect(await gateway.ended).toEqual(tidy);
});

test('once the others have had their time nobody new is let in, and idle connections are closed', async () => {
  const { gateway, upstream, origin } = await startHeld({ DRAIN_DELAY_MS: '0' });
  const idle = await keptConnection(origin, hello);
  const waiting = await openBare(origin);
  waiting.socket.write(question);
  const asked = await upstream.taken();
  gateway.terminate();
  await idle.closed;
  expect(idle.failure).toBeUndefined();
  await expect(fetch(`${origin}/health/ready`)).rejects.toThrow('fetch failed');
  reply(asked);
  await waiting.closed;
  expectLast(waiting.received);
  expect(await gateway.ended).toEqual(tidy);
});

test('told at once by two that pass it on, it finishes all the same', async () => {
  const { gateway, upstream, origin } = await startHeld();
  const waiting = await openBare(origin);
  waiting.socket.write(question);
  const asked = await upstream.taken();
  gateway.terminate();
  gateway.signal('SIGINT');
  await gateway.untilLogged(/draining/);
  gateway.terminate();
  reply(asked);
  await waiting.closed;
  expectLast(waiting.received);
  expect(await gateway.ended).toEqual(tidy);
  expect(gateway.stdout.match(/draining/g)).toHaveLength(1);
});

async function expectCut(
  env: Readonly<Record<string, string>>,
  line: RegExp,
  end: (gateway: GatewayProcess, logged: Promise<unknown>) => void,
) {
  const { gateway, upstream, origin } = await startHeld(env);
  const clients = await Promise.all([openBare(origin), openBare(origin)]);
  for (const { socket } of clients) {
    socket.write(question);
    await upstream.taken();
  }
  const logged = gateway.untilLogged(line);
  end(gateway, logged);
  expect(JSON.parse(await logged)).toMatchObject({ level: 40, connections: 2 });
  await Promise.all(clients.map(({ closed }) => closed));
  expect(clients.map(({ received }) => received)).toEqual(['', '']);
  expect(await gateway.ended).toEqual(tidy);
  expect(gateway.stderr).toBe('');
}

test('told again, it cuts what hangs, tells how much that was, and ends', () =>
  expectCut({ SHUTDOWN_GRACE_MS: '600000' }, /SIGTERM again: what is left is cut/, terminateUntil));

test('so it does when its time is over', () =>
  expectCut({ SHUTDOWN_GRACE_MS: '0' }, /grace period over: what is left is cut/, ({ terminate }) =>
    terminate(),
  ));
