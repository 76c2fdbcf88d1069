import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { readAll } from '../abuse/real-gateway.ts';
import { createGuardedServer } from '../../src/connections.ts';
import { refusalReasons } from '../../src/refusal-counts.ts';
import { startAdmin } from '../support/admin.ts';

/** Who is refused before there is a request is told in metrics, and nowhere else. */

const post = 'POST /graphql HTTP/1.1\r\n';
const host = 'host: localhost\r\n';
const many = Array.from({ length: 101 }, (_, at) => `x-${at}: y\r\n`).join('');

const chunk = `50000\r\n${'x'.repeat(0x50000)}\r\n`;

interface Limits {
  readonly connectionsMax?: number;
  readonly connectionsPerAddressMax?: number;
}

async function start(limits: Limits = {}) {
  const { gateway, metrics } = await startAdmin();
  const { listener, direct, onRefused } = gateway.app;
  const server = createGuardedServer(
    listener,
    {
      ...{ connectionsMax: 100, connectionsPerAddressMax: 100, ...limits, onRefused },
      ...{ headersTimeoutMs: 500, requestTimeoutMs: 500 },
    },
    direct,
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const dial = async (from: Partial<NetConnectOpts> = {}): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', ...from });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  /** What is counted, without what was never. */
  const counted = async () => {
    const { of } = await metrics();
    const counts = Object.entries(of('assay_http_refusals_total', 'reason'));
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  };
  const requests = async () => {
    const counts = (await metrics()).of('assay_requests_total', 'status', { method: 'POST' });
    return Object.values(counts).filter((count) => count > 0);
  };
  const isLeft = () =>
    new Promise((resolve) => server.getConnections((_error, open) => resolve(open === 0)));
  return { dial, counted, requests, isLeft, metrics };
}

describe('a refusal is counted by its reason', () => {
  it.each([
    ['malformed', 'what is no HTTP', 'nonsense\r\n\r\n'],
    ['malformed', 'a request that names no host', `${post}\r\n`],
    ['headers-too-large', 'a head of 20 kB', `${post}${host}x: ${'y'.repeat(20_000)}\r\n\r\n`],
    ['headers-too-large', 'a hundred headers and more', `${post}${host}${many}\r\n`],
    ['body-too-large', 'a body by its length', `${post}${host}content-length: 99999999\r\n\r\n`],
    [
      'body-too-large',
      'a body in chunks',
      `${post}${host}transfer-encoding: chunked\r\n\r\n${chunk}`,
    ],
    ['too-slow', 'a head that never ends', `${post}${host}`],
    ['too-slow', 'a body that never ends', `${post}${host}content-length: 9\r\n\r\n`],
    ['too-slow', 'a connection on which nothing is said', ''],
  ])('%s: %s', async (reason, _, sent) => {
    const { dial, counted } = await start();
    const socket = await dial();
    const answer = readAll(socket);
    socket.write(sent);
    expect(await answer).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(await counted()).toEqual({ [reason]: 1 });
  });

  it('incomplete: a client that ends before it has said all', async () => {
    const { dial, counted } = await start();
    const socket = await dial();
    const answer = readAll(socket);
    socket.end(`${post}${host}`);
    expect(await answer).toMatch(/^HTTP\/1.1 400 /);
    expect(await counted()).toEqual({ incomplete: 1 });
  });

  it('address-full: a connection too many of one address', async () => {
    const { dial, counted } = await start({ connectionsPerAddressMax: 1 });
    await dial();
    expect(await readAll(await dial())).toMatch(/^HTTP\/1.1 503 /);
    expect(await counted()).toEqual({ 'address-full': 1 });
  });

  it('gateway-full: a connection too many of all', async () => {
    const { dial, counted } = await start({ connectionsMax: 1 });
    await dial();
    expect(await readAll(await dial({ localAddress: '127.0.0.2' }))).toBe('');
    expect(await counted()).toEqual({ 'gateway-full': 1 });
  });
});

it('who is answered, and leaves afterwards, is not refused', async () => {
  const { dial, counted, requests, isLeft } = await start();
  const body = '{"query":"{ __typename }"}';
  const head = `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const socket = await dial();
    socket.write(`${post}${host}${head}\r\n${body}`);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 200 /);
    socket[leave]();
  }
  await vi.waitFor(async () => expect(await isLeft()).toBe(true));
  expect([await requests(), await counted()]).toEqual([[2], {}]);
});

it('all reasons are there from the start', async () => {
  const { metrics } = await start();
  const told = (await metrics()).of('assay_http_refusals_total', 'reason');
  expect(told).toEqual(Object.fromEntries(refusalReasons.map((reason) => [reason, 0])));
});
