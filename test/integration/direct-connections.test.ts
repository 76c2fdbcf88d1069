import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { connectDirectly } from '../../src/direct/connections.ts';
import { ask, serve } from '../support/admin.ts';
import { wire } from '../support/busy-gateway.ts';
import { edited, inChunks } from '../support/byte-edits.ts';
import { startDirect } from '../support/direct-gateway.ts';
import { startGateway, tokenId } from '../support/gateway.ts';
import { answer, hear, holdServing, plainly, settled, startHeld } from '../support/held-serving.ts';
import { noon } from '../support/hot-gateway.ts';
import { document, get, json, oddStreams, posted } from '../support/odd-streams.ts';
import { metricsIn } from '../support/prometheus.ts';
import { answersIn } from '../support/raw-answers.ts';
import { sendStream } from '../support/raw-streams.ts';
import { startIssuer } from '../support/token-issuer.ts';
import { createClient, getOf, graphqlJson, registrationOf, tellOf } from '../support/two-ways.ts';
import { startWatched, until, type WatchedServer } from '../support/watched-server.ts';

/** With direct connections and without them, a client sees the same. */

const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const list = '{ topTokens(first: 30) { nodes { id symbol name tmGrade { grade rating } } } }';

let gateway: Awaited<ReturnType<typeof startGateway>>;
let issuer: Awaited<ReturnType<typeof startIssuer>>;
let direct: WatchedServer;
let byHttp: WatchedServer;
let bearer: string;
beforeAll(async () => {
  issuer = await startIssuer();
  gateway = await startGateway({
    env: { ROWS_MEMORY_MB: '64', BODY_BYTES_MAX: '100000', ANONYMOUS: 'on', ...issuer.env },
    now: () => noon,
  });
  const { app } = gateway;
  bearer = `Authorization: Bearer ${await issuer.tokenOf('ada', noon)}`;
  direct = await startWatched({ app, isDirect: true });
  byHttp = await startWatched({ app, isDirect: false });
  // What is accepted, and what is asked for, is known from the long way.
  for (const text of [document, list]) {
    const registered = bytesOf(posted(String(registrationOf(text).body)));
    for (const bytes of [registered, bytesOf(get(bearer)), bytesOf(posted(json))])
      await sendStream(byHttp, [bytes]);
  }
});
afterAll(async () => {
  await Promise.all([direct.close(), byHttp.close()]);
  await gateway.close();
  await issuer.close();
});

async function expectSame(chunks: readonly Buffer[]) {
  // What can be learnt of it is learnt.
  await sendStream(byHttp, chunks);
  const [seen, expected] = [await sendStream(direct, chunks), await sendStream(byHttp, chunks)];
  expect(seen).toEqual(expected);
  return seen;
}

/** How many requests were answered directly, and how many by `node:http`. */
async function waysOf(texts: readonly string[]) {
  const before = { ...direct.counts };
  const { answers } = await expectSame(texts.map(bytesOf));
  const { directly, byHttp } = direct.counts;
  return { answers, directly: directly - before.directly, byHttp: byHttp - before.byHttp };
}

describe('whatever comes is answered alike', () => {
  test.each(Object.entries(oddStreams))('%s', async (_name, texts) => {
    await expectSame(texts.map(bytesOf));
  });
});

const requests = fc
  .array(fc.constantFrom('get', 'get', 'token', 'post', 'failed'), { minLength: 1, maxLength: 2 })
  .map((names) => {
    const texts = { get: get(), token: get(bearer), post: posted(json), failed: posted('{') };
    return bytesOf(names.map((name) => texts[name]).join(''));
  });
const streams = fc
  .array(inChunks(edited(requests, 2), 2), { minLength: 1, maxLength: 3 })
  .map((pieces) => pieces.flat());

test('1000 streams that are odd at random are answered alike', { timeout: 120_000 }, async () => {
  const statuses = new Map<string, number>();
  const before = direct.counts.directly;
  const property = fc.asyncProperty(streams, async (chunks) => {
    for (const { status } of (await expectSame(chunks)).answers) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  await fc.assert(property, { numRuns: 1000, seed: 20_261_121 });
  // Neither all nor none: the generator has not lost its aim.
  expect(statuses.get('HTTP/1.1 200 OK')).toBeGreaterThan(100);
  expect(statuses.get('HTTP/1.1 400 Bad Request')).toBeGreaterThan(100);
  expect(direct.counts.directly - before).toBeGreaterThan(100);
});

describe('node:http is not asked', () => {
  test.each<[string, () => string[]]>([
    ['for plain ones', () => [get(), posted(json), get('Connection: keep-alive')]],
    ['for those of callers whose token has to be verified', () => [get(bearer), get(bearer)]],
    ['for what is refused', () => [posted(json.replace('VG9r', '????'))]],
  ])('%s', async (_name, texts) => {
    const { directly, byHttp } = await waysOf(texts());
    expect([directly, byHttp]).toEqual([texts().length, 0]);
  });

  test('until one is odd; from then on it has the connection', async () => {
    const texts = [get(), get('Accept-Encoding: gzip'), get('TE: trailers'), get(), posted(json)];
    const { answers, directly, byHttp } = await waysOf(texts);
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill('HTTP/1.1 200 OK'));
    expect([directly, byHttp]).toEqual([2, 3]);
  });

  test('nor for who knows the answer: 304', async () => {
    const sent = { target: getOf(list), headers: graphqlJson };
    const { answers } = await waysOf([wire(sent)]);
    const etag = answers[0]?.headers.find((line) => line.startsWith('etag: '))?.slice(6) ?? 'none';
    const knowing = { ...sent, headers: { ...graphqlJson, 'if-none-match': etag } };
    const known = await waysOf([wire(knowing), wire(sent)]);
    expect(known.answers.map(({ status, body }) => [status.slice(9, 12), body !== ''])).toEqual([
      ['304', false],
      ['200', true],
    ]);
    expect(known.directly).toBe(2);
  });

  test('nor for what is compressed, which is bytes', async () => {
    const text = wire({
      target: getOf(list),
      headers: { ...graphqlJson, 'accept-encoding': 'gzip' },
    });
    await vi.waitFor(async () => {
      const { answers } = await sendStream(direct, [bytesOf(text)]);
      expect(answers[0]?.headers).toContain('content-encoding: gzip');
    });
    const { answers, directly } = await waysOf([text, text]);
    expect(directly).toBe(2);
    const [first, second] = answers.map(({ body }) => gunzipSync(bytesOf(body)).toString());
    expect(JSON.parse(first ?? '').data.topTokens.nodes).toHaveLength(30);
    expect(second).toBe(first);
  });

  test('nor for bodies in UTF-8, whose length is of bytes', async () => {
    const body = JSON.stringify({ query: document, variables: { a: 'é–日本語–🦊' } });
    const { answers, directly } = await waysOf([posted(Buffer.from(body).toString('latin1'))]);
    expect([directly, answers.length]).toEqual([1, 1]);
    expect(answers[0]?.body).toContain('errors');
  });
});

async function held(limits: Parameters<typeof startHeld>[0] = {}) {
  const server = await startHeld(limits);
  onTestFinished(server.close);
  return server;
}

describe('one at a time is answered', () => {
  test('in the order they came, whoever answers', async () => {
    const { dial, asked, askedAt, counts } = await held();
    const { client, served } = await dial();
    const { ended } = hear(client);
    const odd = 'HEAD /odd HTTP/1.1\r\nhost: a\r\n\r\n';
    const last = 'GET /last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
    let sent = 0;
    for (const text of [plainly('a'), plainly('b'), odd + last]) {
      client.write(text);
      sent += text.length;
      await until(() => served.bytesRead === sent);
    }
    await settled(() => asked.length);
    expect(asked).toHaveLength(1);
    answer(await askedAt(0), 'answer a');
    answer(await askedAt(1), 'ansẃer b');
    expect((await ended()).match(/answer a|ansẃer b|200 OK|GET \/last 0/g)).toEqual([
      ...['200 OK', 'answer a', '200 OK', 'ansẃer b', '200 OK', '200 OK', 'GET /last 0'],
    ]);
    expect([counts.directly, counts.byHttp]).toEqual([2, 2]);
  });

  test('and one that is passed on late goes before those behind it', async () => {
    const { dial, askedAt } = await held();
    const { client, served } = await dial();
    const { ended } = hear(client);
    client.write(plainly('a'));
    const { pass } = await askedAt(0);
    const behind = plainly('b').replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n');
    client.write(behind);
    await until(() => served.bytesRead === plainly('a').length + behind.length);
    pass();
    expect((await ended()).match(/GET \/graphql\S+ \d+/g)).toEqual([
      ...['GET /graphql?a 0', 'GET /graphql?b 0'],
    ]);
  });

  test('and who goes on meanwhile is not read, nor is anything lost', async () => {
    const { dial, askedAt } = await held();
    const { client, served } = await dial();
    const { ended } = hear(client);
    client.write(plainly('a'));
    const waiting = await askedAt(0);
    const bytes = 8 * 1024 * 1024;
    client.write(
      `POST /big HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: ${bytes}\r\n\r\n`,
    );
    client.write(Buffer.alloc(bytes));
    expect(await settled(() => served.bytesRead)).toBeLessThan(bytes / 8);
    answer(waiting, 'answer a');
    expect(await ended()).toMatch(new RegExp(`answer a[^]*POST /big ${bytes}`));
  });

  test('and who does not read is not read, and gets all once it reads', async () => {
    const { dial, asked, counts } = await held();
    const { client, served } = await dial();
    // More than the buffers of any system between the two hold.
    const body = 'x'.repeat(4 * 1024 * 1024);
    const times = 20;
    let longest = 0;
    let answered = 0;
    const goOn = () => {
      for (; answered < asked.length; answered += 1) answer(asked[answered] ?? never(), body);
      longest = Math.max(longest, served.writableLength);
      return answered;
    };
    for (let index = 0; index < times; index += 1) {
      client.write(plainly('a'));
      await settled(goOn);
    }
    expect(answered).toBeLessThan(times);
    expect(longest).toBeLessThan(2 * body.length);
    client.resume();
    await until(() => goOn() + counts.byHttp === times);
    await until(() => client.bytesRead === served.bytesWritten);
    expect(client.bytesRead).toBeGreaterThan(answered * body.length);
    expect(longest).toBeLessThan(2 * body.length);
  });
});

const never = (): never => {
  throw new Error('expected a request');
};

describe('who leaves', () => {
  const ways: Readonly<Record<string, (client: Socket) => unknown>> = {
    'hangs up': (client) => client.destroy(),
    'hangs up at once': (client) => client.resetAndDestroy(),
    'says that it has no more to say': (client) => client.end(),
  };
  const cases = Object.entries(ways).flatMap(([name, leave]) => [
    { name, leave, more: '' },
    { name: `${name} behind another request`, leave, more: plainly('b') },
  ]);
  test.each(cases)('and $name is not waited for', async ({ leave, more }) => {
    const { dial, asked, askedAt } = await held();
    const { client, served } = await dial();
    client.resume().write(plainly('a'));
    const waiting = await askedAt(0);
    client.write(more);
    await until(() => served.bytesRead === plainly('a').length + more.length);
    const left = new Promise<void>((resolve) => waiting.response.onGone(resolve));
    leave(client);
    await left;
    expect(waiting.response.isGone).toBe(true);
    if (!served.closed) await once(served, 'close');
    const failed = vi.fn();
    served.on('error', failed);
    const listeners = served.listenerCount('drain');
    answer(waiting, 'too late');
    waiting.pass();
    await settled(() => asked.length);
    expect([asked.length, client.bytesRead]).toEqual([1, 0]);
    // Nobody takes over what is closed, nor writes to it.
    expect([failed.mock.calls, served.listenerCount('drain')]).toEqual([[], listeners]);
  });

  test('when it has its answer is told to nobody who gave it', async () => {
    const { dial, askedAt } = await held();
    const { client, served } = await dial();
    const { ended } = hear(client);
    const left = vi.fn();
    client.write(plainly('a'));
    const first = await askedAt(0);
    first.response.onGone(left);
    answer(first, 'answer a');
    client.write(plainly('b'));
    const second = await askedAt(1);
    client.end();
    expect(await ended()).toContain('answer a');
    if (!served.closed) await once(served, 'close');
    expect(second.response.isGone).toBe(true);
    expect(left).not.toHaveBeenCalled();
  });
});

describe('connections end', () => {
  test('when the gateway drains: idle ones at once, others with their answer', async () => {
    const { dial, askedAt, asked, server, state } = await held();
    const [idle, busy, fresh, silent] = await Promise.all([dial(), dial(), dial(), dial()]);
    const heard = [idle, busy, fresh, silent].map(({ client }) => hear(client));
    idle.client.write(plainly('idle'));
    answer(await askedAt(0), 'answer idle');
    busy.client.write(plainly('busy'));
    const last = await askedAt(1);
    busy.client.write(plainly('behind'));
    state.isDraining = true;
    const closed = new Promise((resolve) => server.close(resolve));
    expect(await heard[0]?.ended()).toMatch(/Connection: keep-alive[^]*answer idle$/);
    answer(last, 'answer busy');
    expect(await heard[1]?.ended()).toMatch(/Connection: close\r\n[^]*answer busy$/);
    // Who has just connected has asked, for all one knows here.
    fresh.client.write(plainly('fresh'));
    answer(await askedAt(2), 'answer fresh');
    expect(await heard[2]?.ended()).toMatch(/Connection: close\r\n[^]*answer fresh$/);
    expect(await heard[3]?.ended()).toMatch(/^HTTP\/1.1 408 /);
    await closed;
    expect(asked).toHaveLength(3);
  });

  test('when all are to be closed', async () => {
    const { dial, askedAt, server } = await held();
    const [idle, busy] = await Promise.all([dial(), dial()]);
    const heard = [idle, busy].map(({ client }) => hear(client));
    busy.client.write(plainly('busy'));
    const waiting = await askedAt(0);
    server.closeAllConnections();
    expect(await Promise.all(heard.map(({ ended }) => ended()))).toEqual(['', '']);
    expect(waiting.response.isGone).toBe(true);
  });

  test('when an address has too many: 503, with direct connections and without', async () => {
    const limits = { connectionsPerAddressMax: 1 };
    const { app } = gateway;
    const answers = [true, false].map(async (isDirect) => {
      const watched = await startWatched({ app, isDirect, limits });
      onTestFinished(watched.close);
      const { client } = await watched.dial();
      const { ended } = hear(
        connect(watched.port, '127.0.0.1', function (this: Socket) {
          this.write(get());
        }),
      );
      const refused = answersIn(Buffer.from(await ended()));
      client.write(get());
      await once(client, 'data');
      return refused;
    });
    const [refused, expected] = await Promise.all(answers);
    expect(refused).toEqual(expected);
    expect(refused?.map(({ status }) => status)).toEqual(['HTTP/1.1 503 Service Unavailable']);
  });

  test.each([
    ['nothing', ''],
    ['half a request', get().slice(0, 60)],
    ['half a body', posted(json).slice(0, -1)],
  ])('with 408 when %s is said in time', async (_name, text) => {
    const { app } = gateway;
    const limits = { headersTimeoutMs: 50, requestTimeoutMs: 100 };
    const answers = [true, false].map(async (isDirect) => {
      const watched = await startWatched({ app, isDirect, limits });
      onTestFinished(watched.close);
      const { client } = await watched.dial();
      const { ended } = hear(client);
      client.write(text);
      return answersIn(Buffer.from(await ended()));
    });
    const [refused, expected] = await Promise.all(answers);
    expect(refused).toEqual(expected);
    expect(refused?.map(({ status }) => status)).toEqual(['HTTP/1.1 408 Request Timeout']);
  });

  test('without a word when nothing is said between requests, but not while one is under way', async () => {
    const server = createServer();
    const { serve, askedAt } = holdServing();
    connectDirectly(server, {
      ...{ serve, isDraining: () => false, firstMs: 60_000, keepAliveMs: 1 },
      ...{ headBytesMax: 8192, headersMax: 100, bodyBytesMax: 1000 },
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const connected = once(server, 'connection');
    const client = connect(port, '127.0.0.1');
    const [served] = await connected;
    const { ended } = hear(client);
    client.write(plainly('a'));
    const asked = await askedAt(0);
    await once(served, 'timeout');
    answer(asked, 'answer a');
    expect(await ended()).toMatch(/Connection: keep-alive[^]*answer a$/);
  });
});

describe('with a whole gateway', () => {
  const priced =
    'query Left($id: ID!) { node(id: $id) { ... on Token { price { usd } quantMetrics { sharpe } } } }';
  const priceOf = (id: number) => ({
    target: getOf(priced, { id: tokenId(id) }),
    headers: graphqlJson,
  });
  const known = { id: tokenId(3375) };

  test('who leaves while an upstream is awaited leaves no reservation behind', async () => {
    const credits = { TOKENMETRICS_CREDITS_PER_MINUTE: '10000' };
    const { gateway, watched, client } = await startDirect(priced, known, credits);
    const adminPort = await serve(gateway.app.admin);
    const reserved = async () =>
      metricsIn((await ask(adminPort, '/metrics')).text).of('assay_credits_reserved', 'upstream')[
        'tokenMetrics'
      ];
    gateway.sandbox.faults.set({ latencyMs: 300 });
    const before = watched.counts.byHttp;
    const leave = [
      (socket: Socket) => socket.destroy(),
      (socket: Socket) => socket.resetAndDestroy(),
      (socket: Socket) => socket.end(),
    ];
    const sockets = await Promise.all(
      Array.from({ length: 21 }, async (_, index) => {
        const { client: socket } = await watched.dial();
        socket.write(wire(priceOf(index + 1)));
        return socket;
      }),
    );
    await vi.waitFor(async () => expect(await reserved()).toBeGreaterThan(0));
    sockets.forEach((socket, index) => leave[index % leave.length]?.(socket));
    await vi.waitFor(async () => expect(await reserved()).toBe(0), { timeout: 5000 });
    expect(watched.counts.byHttp).toBe(before);
    gateway.sandbox.faults.clear();
    const { status, text } = await client.send(priceOf(3375));
    expect([status, text.includes('"errors"')]).toEqual([200, false]);
  });

  test('what is asked before that was answered is answered in turn', async () => {
    const { gateway, watched } = await startDirect(priced, known);
    gateway.sandbox.faults.set({ latencyMs: 100 });
    const { client, served } = await watched.dial();
    const { ended } = hear(client);
    const odd = { ...priceOf(3375), method: 'HEAD' };
    const last = { ...priceOf(3375), headers: { ...graphqlJson, connection: 'close' } };
    const { directly } = watched.counts;
    let sent = 0;
    for (const text of [priceOf(1), priceOf(3375), odd, last].map(wire)) {
      client.write(text);
      sent += text.length;
      await until(() => served.bytesRead === sent);
    }
    expect(watched.counts.directly).toBe(directly);
    const told = answersIn(Buffer.from(await ended())).map(({ status, body }) => [
      status.slice(9, 12),
      body === '' ? 'nothing' : JSON.parse(body).data.node !== null,
    ]);
    expect(told).toEqual([
      ['200', false],
      ['200', true],
      ['405', 'nothing'],
      ['200', true],
    ]);
    expect(watched.counts.directly).toBe(directly + 2);
  });

  test('what takes too long is refused in the same words', async () => {
    const { gateway, watched, client } = await startDirect(priced, known, {
      REQUEST_TIMEOUT_MS: '100',
    });
    gateway.sandbox.faults.set({ latencyMs: 1000 });
    const long = await client.sendLong(priceOf(10));
    const { directly } = watched.counts;
    const other = createClient(watched.port);
    onTestFinished(other.close);
    const told = await other.send(priceOf(11));
    expect(watched.counts.directly).toBe(directly + 1);
    expect(long.text).toContain('REQUEST_TIMEOUT');
    expect(tellOf(told)).toEqual(tellOf(long));
  });

  test('from when it drains, all that are under way are answered, and connections closed', async () => {
    const { gateway, watched } = await startDirect(priced, known);
    gateway.sandbox.faults.set({ latencyMs: 300 });
    let connections = 0;
    watched.server.on('connection', () => (connections += 1));
    const others = createClient(watched.port);
    onTestFinished(others.close);
    const slow = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? others.send(priceOf(index + 1)) : others.sendLong(priceOf(index + 1)),
    );
    // Of some, nothing has been read yet.
    await until(() => connections === slow.length);
    gateway.app.drain();
    const closed = new Promise((resolve) => watched.server.close(resolve));
    for (const { status, headers } of await Promise.all(slow)) {
      expect([status, headers.connection]).toEqual([200, 'close']);
    }
    await closed;
    expect(watched.counts.directly).toBeGreaterThan(5);
  });
});
