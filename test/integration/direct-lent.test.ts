import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { DirectResponse, ServeDirectly } from '../../src/direct/exchange.ts';
import { answer, hear, plainly, settled, startHeld } from '../support/held-serving.ts';
import { answersIn } from '../support/raw-answers.ts';
import { startWatched, until } from '../support/watched-server.ts';

/** Requests on direct connections that are passed on, and what comes behind them. */

async function started() {
  const server = await startHeld();
  onTestFinished(server.close);
  return server;
}

/** A server whose requests that are passed on wait for the test as well. */
async function startedSlow() {
  const responses: ServerResponse[] = [];
  const server = await startHeld({
    listener: (_request, response) => void responses.push(response),
  });
  onTestFinished(server.close);
  /** Asks for what is passed on, and gives what `node:http` is to answer it with. */
  const passed = async (client: Socket, onGone = () => {}) => {
    const [asked, lent] = [server.asked.length, responses.length];
    client.write(plainly('passed'));
    const { response, pass } = await server.askedAt(asked);
    response.onGone(onGone);
    pass();
    return until(() => responses[lent]);
  };
  return { ...server, passed };
}

test('what comes behind one that was passed on is answered directly again', async () => {
  const { dial, askedAt, counts } = await started();
  const { client } = await dial();
  const { text, count } = hear(client);
  for (let turn = 0; turn < 3; turn += 1) {
    client.write(plainly('passed'));
    (await askedAt(2 * turn)).pass();
    await until(() => count('GET /graphql?passed 0') === turn + 1);
    client.write(plainly('direct'));
    answer(await askedAt(2 * turn + 1), 'direct');
    await until(() => text().endsWith('direct'));
  }
  expect(counts).toEqual({ directly: 3, byHttp: 3 });
  client.end();
});

test(
  '500 courses of both ways are answered in their order, however they arrive',
  { timeout: 60_000 },
  async () => {
    const server = await started();
    const step = fc.record({
      isPassed: fc.boolean(),
      isPost: fc.boolean(),
      waits: fc.nat({ max: 3 }),
    });
    const courses = fc.array(step, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(courses, fc.boolean(), async (steps, endsOdd) => {
        const first = server.asked.length;
        const { client } = await server.dial();
        const { ended } = hear(client);
        const told: string[] = [];
        void (async () => {
          for (const [index, { isPost, waits }] of steps.entries()) {
            const text = isPost
              ? 'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n{"a":1}'
              : plainly(`${index}`);
            client.write(text);
            for (let turn = 0; turn < waits; turn += 1) await new Promise(setImmediate);
            // Two in one piece are left to `node:http` for good.
            await until(() => server.asked.length === first + index + 1);
          }
          const last = endsOdd ? 'HEAD /odd' : 'GET /graphql?last';
          client.write(`${last} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        })();
        for (const [index, { isPassed, isPost }] of steps.entries()) {
          const asked = await server.askedAt(first + index);
          if (isPassed) asked.pass();
          else answer(asked, `direct ${index}`);
          const passed = isPost ? 'POST /graphql 7' : `GET /graphql?${index} 0`;
          told.push(isPassed ? passed : `direct ${index}`);
        }
        if (!endsOdd) told.push('GET /graphql?last 0');
        const answers = answersIn(Buffer.from(await ended()));
        expect(answers.map(({ body }) => body).filter(Boolean)).toEqual(told);
      }),
      { numRuns: 500, seed: 20_261_122 },
    );
    expect(server.counts.directly).toBeGreaterThan(500);
    expect(server.counts.byHttp).toBeGreaterThan(500);
  },
);

/** As what executes an operation: a few frames of the stack for each, answered within. */
const deep = (act: () => void, frames = 200): void =>
  frames === 0 ? act() : deep(act, frames - 1);

test('what waits behind an answer is answered, in however many pieces it comes', async () => {
  const held: DirectResponse[] = [];
  const serve: ServeDirectly = (request, response) => {
    if (request.url === '/graphql?first') held.push(response);
    else deep(() => answer({ response }, `${request.url}.`));
  };
  const listener: RequestListener = ({ url }, response) => void response.end(`${url}.`);
  const watched = await startWatched({
    app: { listener, direct: { serve, isDraining: () => false, bodyBytesMax: 1000 } },
    isDirect: true,
  });
  onTestFinished(watched.close);
  const { client, served } = await watched.dial();
  const { text } = hear(client);
  client.write(plainly('first'));
  await until(() => held.length === 1);
  const pieces = 1200;
  for (let index = 0; index < pieces; index += 1) {
    const before = served.bytesRead;
    client.write(plainly(`${index}`));
    // From some on it is not read any more.
    if (index < 100) await until(() => served.bytesRead > before);
    else await new Promise(setImmediate);
  }
  expect(await settled(() => served.bytesRead)).toBeLessThan(30_000);
  expect(held).toHaveLength(1);
  for (const response of held) answer({ response }, 'first.');
  const told = () =>
    [...text().matchAll(/\/graphql\?(\d+)\./g)].map(([, number]) => Number(number));
  await until(() => told().length === pieces);
  expect(told()).toEqual(Array.from({ length: pieces }, (_, index) => index));
  expect(watched.counts.directly).toBeGreaterThan(100);
});

describe('who leaves while node:http answers', () => {
  test.each<[string, (client: Socket) => unknown]>([
    ['by hanging up', (client) => client.destroy()],
    ['by hanging up at once', (client) => client.resetAndDestroy()],
    ['by saying that it has no more to say', (client) => client.end()],
  ])('%s, is not waited for', async (_name, leave) => {
    const { dial, passed } = await startedSlow();
    const { client, served } = await dial();
    client.resume();
    const onGone = vi.fn();
    const response = await passed(client, onGone);
    const left = once(response, 'close');
    leave(client);
    await left;
    expect(response.writableFinished).toBe(false);
    // Who passed it on has no part in it any more.
    expect(onGone).not.toHaveBeenCalled();
    response.end('too late');
    if (!served.closed) await once(served, 'close');
  });

  test('whatever he has asked besides, is not waited for, nor is that answered', async () => {
    const { dial, passed, asked } = await startedSlow();
    const { client, served } = await dial();
    client.resume();
    const response = await passed(client);
    const before = served.bytesRead;
    for (let count = 1; count <= 4; count += 1) {
      client.write(plainly('b'));
      await until(() => served.bytesRead === before + count * plainly('b').length);
    }
    const left = once(response, 'close');
    client.end();
    await left;
    if (!served.closed) await once(served, 'close');
    expect(asked).toHaveLength(1);
  });

  test('by saying that it has no more to say, has all that was written before', async () => {
    const { dial, passed } = await startedSlow();
    const { client, served } = await dial({ allowHalfOpen: true });
    client.pause();
    const response = await passed(client);
    const body = Buffer.alloc(3 * 1024 * 1024, 'x');
    response.setHeader('content-length', 3 * body.length);
    for (let count = 0; count < 3; count += 1) {
      response.write(body);
      await new Promise(setImmediate);
    }
    response.end();
    expect(served.writableLength).toBeGreaterThan(0);
    client.end();
    await settled(() => served.bytesRead);
    const { text } = hear(client);
    client.resume();
    await once(client, 'end');
    expect(text().length).toBeGreaterThan(3 * body.length);
  });

  test('has what was written of its answer, and nothing of the next', async () => {
    const { dial, passed, asked } = await startedSlow();
    const { client, served } = await dial();
    const { ended } = hear(client);
    const response = await passed(client);
    response.write('begun');
    await until(() => served.bytesWritten > 0);
    client.write(plainly('behind'));
    client.end();
    expect(await ended()).toMatch(/begun/);
    expect(asked).toHaveLength(1);
  });
});

test('an answer that is given up ends its connection', async () => {
  const { dial, passed } = await startedSlow();
  const { client } = await dial();
  const { ended } = hear(client);
  const response = await passed(client);
  response.write('begun');
  response.destroy();
  expect(await ended()).not.toContain('0\r\n\r\n');
});

test('an answer that is the last ends it when all has left, whatever the client says', async () => {
  const { dial, passed } = await startedSlow();
  const { client, served } = await dial({ allowHalfOpen: true });
  const response = await passed(client);
  response.setHeader('connection', 'close');
  // As much as the systems between the two hold, and so little more that nobody has to wait.
  const piece = Buffer.alloc(1024, 'x');
  let pieces = 0;
  for (; served.writableLength === 0; pieces += 1) {
    response.write(piece);
    await new Promise(setImmediate);
  }
  expect(served.writableNeedDrain).toBe(false);
  response.end('the end');
  const { text } = hear(client);
  await once(client, 'end');
  expect(text().length).toBeGreaterThan(pieces * piece.length);
  expect(text()).toContain('the end');
  if (!served.closed) await once(served, 'close');
});

test('nothing is left of it where the connection is handed over for good', async () => {
  const { dial, passed, server } = await startedSlow();
  const { client, served } = await dial();
  const { text } = hear(client);
  const response = await passed(client);
  const lent = response.req.socket;
  expect(lent).not.toBe(served);
  response.end('first');
  await until(() => text().includes('first'));
  expect(lent.destroyed).toBe(false);
  const heard = once(server, 'request');
  client.write('HEAD /odd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const [request, second] = await heard;
  expect([request.socket === served, lent.destroyed]).toEqual([true, true]);
  second.end();
  await once(client, 'close');
});

test('who does not read holds up who answers, and gets all once it reads', async () => {
  const { dial, passed, askedAt, asked } = await startedSlow();
  const { client, served } = await dial();
  const response = await passed(client);
  const piece = Buffer.alloc(64 * 1024, 'x');
  let pieces = 0;
  const write = () => {
    while (pieces < 1000 && !response.writableNeedDrain) {
      response.write(piece);
      pieces += 1;
    }
    return pieces;
  };
  response.on('drain', write);
  write();
  expect(await settled(() => pieces)).toBeLessThan(1000);
  expect(served.writableLength + response.writableLength).toBeLessThan(10 * piece.length);
  client.resume();
  await until(() => pieces === 1000);
  response.end();
  client.write(plainly('behind'));
  answer(await askedAt(1), 'behind');
  await until(() => served.bytesWritten > 1000 * piece.length && served.writableLength === 0);
  await until(() => client.bytesRead === served.bytesWritten);
  expect(asked).toHaveLength(2);
});

describe('when the gateway drains', () => {
  test('what node:http answers is answered, and its connection closed', async () => {
    const { dial, passed, server, state } = await startedSlow();
    const { client } = await dial();
    const { ended } = hear(client);
    const response = await passed(client);
    // It says that the connection is kept before anybody knows better.
    response.write('begun, ');
    state.isDraining = true;
    const closed = new Promise((resolve) => server.close(resolve));
    response.end('ended');
    expect(await ended()).toMatch(/keep-alive[^]*begun, [^]*ended/);
    await closed;
  });

  test('who was told that its connection is kept may ask once more', async () => {
    const { dial, passed, askedAt, state } = await startedSlow();
    const { client } = await dial();
    const { ended, text } = hear(client);
    const response = await passed(client);
    response.write('begun');
    state.isDraining = true;
    response.end();
    await until(() => text().includes('begun'));
    client.write(plainly('b'));
    answer(await askedAt(1), 'second');
    expect(await ended()).toMatch(/begun[^]*Connection: close[^]*second$/);
  });

  test('and who has asked before the server was closed is answered', async () => {
    const { dial, passed, askedAt, server, state } = await startedSlow();
    const { client, served } = await dial();
    const { ended } = hear(client);
    const response = await passed(client);
    response.write('begun');
    const before = served.bytesRead;
    client.write(plainly('b'));
    await until(() => served.bytesRead > before);
    state.isDraining = true;
    const closed = new Promise((resolve) => server.close(resolve));
    response.end();
    answer(await askedAt(1), 'second');
    expect(await ended()).toMatch(/begun[^]*Connection: close[^]*second$/);
    await closed;
  });

  test('who is answered directly is, though node:http knows its connection as idle', async () => {
    const { dial, passed, server, state, askedAt } = await startedSlow();
    const { client } = await dial();
    const { ended, text } = hear(client);
    (await passed(client)).end('first');
    await until(() => text().includes('first'));
    client.write(plainly('b'));
    const asked = await askedAt(1);
    state.isDraining = true;
    const closed = new Promise((resolve) => server.close(resolve));
    await settled(() => text().length);
    answer(asked, 'second');
    expect(await ended()).toMatch(/first[^]*Connection: close[^]*second$/);
    await closed;
  });

  test('and who is passed on after that is answered, too', async () => {
    const { dial, passed, server, state, asked, askedAt } = await startedSlow();
    const { client } = await dial();
    const { ended, text } = hear(client);
    (await passed(client)).end('first');
    await until(() => text().includes('first'));
    client.write(plainly('b'));
    await askedAt(1);
    state.isDraining = true;
    const closed = new Promise((resolve) => server.close(resolve));
    await settled(() => text().length);
    const [, second] = asked;
    const heard = once(server, 'request');
    second?.pass();
    const [, response] = await heard;
    response.end('second');
    expect(await ended()).toMatch(/first[^]*second/);
    await closed;
  });

  test('all of it ends when all are to be closed', async () => {
    const { dial, passed, server } = await startedSlow();
    const { client } = await dial();
    const { ended } = hear(client);
    const response = await passed(client);
    const closed = vi.fn();
    response.on('close', closed);
    server.closeAllConnections();
    expect(await ended()).toBe('');
    await until(() => closed.mock.calls.length === 1);
  });
});
