import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startBalancer } from './balancer.ts';

async function startServer(name: string, answer?: RequestListener) {
  const state = { isReady: true, asked: 0 };
  const server = createServer((request, response) => {
    if (request.url === '/health/ready') {
      response.writeHead(state.isReady ? 200 : 503).end();
      return;
    }
    state.asked += 1;
    if (answer === undefined) response.end(name);
    else answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, state, close };
}

async function start(checkMs: number, ...origins: readonly string[]) {
  const balancer = await startBalancer({ checkMs });
  onTestFinished(() => balancer.close());
  for (const origin of origins) await balancer.add(origin);
  return balancer;
}

/** Longer than any test. */
const never = 1_000_000;

test('a request that finds nobody listening goes to another gateway', async () => {
  const [one, two] = [await startServer('one'), await startServer('two')];
  const balancer = await start(never, one.origin, two.origin);
  one.close();
  const answer = await fetch(balancer.origin, { method: 'POST', body: 'text' });
  expect([answer.status, await answer.text()]).toEqual([200, 'two']);
  expect(balancer.redispatched()).toBe(1);
});

test('one that was sent is not sent again, and its client is told', async () => {
  const one = await startServer('one', (request) => request.socket.destroy());
  const two = await startServer('two');
  const balancer = await start(never, one.origin, two.origin);
  expect((await fetch(balancer.origin)).status).toBe(502);
  expect([one.state.asked, two.state.asked]).toEqual([1, 0]);
  expect(balancer.failures()).toEqual({ 'UND_ERR_SOCKET: other side closed': 1 });
});

test('who is not ready gets no requests until it is again', async () => {
  const [one, two] = [await startServer('one'), await startServer('two')];
  const balancer = await start(20, one.origin, two.origin);
  const ask = async () => (await fetch(balancer.origin)).text();
  one.state.isReady = false;
  await vi.waitFor(async () => expect(await ask()).toBe('two'));
  one.state.isReady = true;
  await vi.waitFor(async () => expect(await ask()).toBe('one'));
  two.close();
  one.close();
  await vi.waitFor(async () => expect((await fetch(balancer.origin)).status).toBe(503));
});
