import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAll, type RealGateway, startRealGateway } from '../abuse/real-gateway.ts';

let gateway: RealGateway;
beforeAll(async () => {
  gateway = await startRealGateway({
    limits: { headersTimeoutMs: 1000, requestTimeoutMs: 2000, connectionsPerAddressMax: 1000 },
  });
});
afterAll(() => gateway.close());

const body = JSON.stringify({ query: '{ __typename }' });
const head = (more: string) =>
  `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${more}\r\n`;
const whole = `${head(`content-length: ${body.length}\r\n`)}${body}`;

/** The server answers others, here from another address of this machine. */
async function expectOthersAnswered() {
  const socket = await gateway.dial({ localAddress: '127.0.0.2' });
  socket.write(whole.replace('host:', 'connection: close\r\nhost:'));
  expect(await readAll(socket)).toContain('{"__typename":"Query"}');
}

/** A refusal that is HTTP and GraphQL. */
function expectRefusal(text: string, status: number) {
  const [top = '', ...rest] = text.split('\r\n\r\n');
  expect(top).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(top.toLowerCase()).toContain('content-type: application/json');
  expect(top.toLowerCase()).toContain('x-content-type-options: nosniff');
  expect(top.toLowerCase()).toContain('connection: close');
  const answer = rest.join('\r\n\r\n');
  expect(/content-length: (\d+)/i.exec(top)?.[1]).toBe(String(answer.length));
  expect(JSON.parse(answer)).toEqual({
    errors: [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }],
  });
}

describe('who is slow, large or many keeps nobody else waiting', () => {
  it('headers that never end are cut: 408', async () => {
    const slow = await Promise.all(Array.from({ length: 50 }, () => gateway.dial()));
    for (const socket of slow) socket.write('POST /graphql HTTP/1.1\r\nhost: localhost\r\n');
    const drip = setInterval(
      () => slow.forEach((socket) => socket.writable && socket.write('x: y\r\n')),
      200,
    );
    await expectOthersAnswered();
    for (const text of await Promise.all(slow.map((socket) => readAll(socket))))
      expectRefusal(text, 408);
    clearInterval(drip);
  });

  it('a body that never ends is cut: 408', async () => {
    const socket = await gateway.dial();
    socket.write(head('content-length: 1000\r\n'));
    const drip = setInterval(() => socket.writable && socket.write('x'), 100);
    await expectOthersAnswered();
    expectRefusal(await readAll(socket), 408);
    clearInterval(drip);
  });

  it('so is one in chunks', async () => {
    const socket = await gateway.dial();
    socket.write(head('transfer-encoding: chunked\r\n'));
    const drip = setInterval(() => socket.writable && socket.write('1\r\nx\r\n'), 100);
    await expectOthersAnswered();
    expectRefusal(await readAll(socket), 408);
    clearInterval(drip);
  });

  it('headers of ten megabytes are not read to the end: 431', async () => {
    const socket = await gateway.dial();
    const answer = readAll(socket);
    socket.write(head(`x-large: ${'x'.repeat(10 * 1024 * 1024)}\r\n`));
    await expectOthersAnswered();
    expectRefusal(await answer, 431);
  });

  it('so is a URL: 431', async () => {
    const socket = await gateway.dial();
    const answer = readAll(socket);
    socket.write(`GET /graphql?query=${'x'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    expectRefusal(await answer, 431);
  });

  it.each([
    [100, 200],
    [101, 431],
    [1500, 431],
  ])('%i headers: %i', async (count, status) => {
    const socket = await gateway.dial();
    const answer = readAll(socket);
    // Besides: connection, host, content-type, content-length.
    const more = Array.from({ length: count - 4 }, (_, index) => `h${index}: 1\r\n`).join('');
    socket.write(
      `${head(`connection: close\r\n${more}content-length: ${body.length}\r\n`)}${body}`,
    );
    const text = await answer;
    if (status === 200) expect(text).toMatch(/^HTTP\/1.1 200 /);
    else expectRefusal(text, status);
  });

  it('what is no HTTP is told so: 400', async () => {
    const socket = await gateway.dial();
    const answer = readAll(socket);
    socket.write('\u0016\u0003\u0001 no http\r\n\r\n');
    expectRefusal(await answer, 400);
  });

  it.each([
    ['no host', 'POST /graphql HTTP/1.1\r\n'],
    ['no path', 'OPTIONS * HTTP/1.1\r\nhost: localhost\r\n'],
    ['no path before 1.1', 'POST * HTTP/1.0\r\n'],
  ])('a request with %s is refused: 400', async (_name, lines) => {
    const socket = await gateway.dial();
    const answer = readAll(socket);
    socket.write(`${lines}content-type: application/json\r\ncontent-length: 2\r\n\r\n{}`);
    expectRefusal(await answer, 400);
  });

  it('an expectation that nobody knows is answered as ever', async () => {
    const socket = await gateway.dial();
    socket.write(whole.replace('host:', 'connection: close\r\nexpect: wonders\r\nhost:'));
    expect(await readAll(socket)).toContain('{"__typename":"Query"}');
  });

  it('an answer under way is not mixed with a refusal of what follows it', async () => {
    const socket = await gateway.dial();
    const answer = readAll(socket);
    socket.write(`${whole}GET / NONSENSE\r\n\r\n`);
    const text = await answer;
    expect(text.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(2);
    await expectOthersAnswered();
  });

  it('1,000 connections of one address, and one more is refused: 503', async () => {
    const many = await Promise.all(Array.from({ length: 1000 }, () => gateway.dial()));
    await expectOthersAnswered();
    expectRefusal(await readAll(await gateway.dial()), 503);
    const last = many.at(-1);
    last?.write(whole);
    if (last) expect(String(await once(last, 'data'))).toContain('200 OK');
    for (const socket of many) socket.destroy();
    // Places are free again as soon as connections are gone.
    await expect
      .poll(async () => {
        const socket = await gateway.dial();
        socket.write(whole.replace('host:', 'connection: close\r\nhost:'));
        return (await readAll(socket)).slice(0, 12);
      })
      .toBe('HTTP/1.1 200');
  });

  it('connections in all are bounded, whoever makes them', async () => {
    const small = await startRealGateway({ limits: { connectionsMax: 3 } });
    const held = await Promise.all(
      [1, 2, 3].map((n) => small.dial({ localAddress: `127.0.0.${n}` })),
    );
    const dropped = await small.dial({ localAddress: '127.0.0.4' });
    dropped.write(whole);
    expect(await readAll(dropped, 2000)).toBe('');
    held.forEach((socket) => socket.destroy());
    await small.close();
  });

  it('what is kept alive is kept longer than load balancers keep it', () => {
    expect(gateway.server.keepAliveTimeout).toBeGreaterThan(60_000);
    expect(gateway.server.headersTimeout).toBe(1000);
  });
});
