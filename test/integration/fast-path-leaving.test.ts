import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ask, serve } from '../support/admin.ts';
import { hotly, idAt, one, otherIds, startBusy, wire } from '../support/busy-gateway.ts';
import { waysOf } from '../support/counted-ways.ts';
import { tokenId } from '../support/gateway.ts';
import { metricsIn } from '../support/prometheus.ts';
import { startRedis } from '../support/redis.ts';
import {
  getOf,
  graphqlJson,
  json,
  longWay,
  registrationOf,
  type Sent,
  tellOf,
} from '../support/two-ways.ts';

vi.mock('../../src/yoga-server.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingLong(original),
);
vi.mock('../../src/execution/compile.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingExecuted(original),
);

/** Clients that leave, upstreams that are slow, gateways that end, and limits that are shared. */

test('who hangs up leaves no reservation behind, on neither way', async () => {
  const { gateway, client } = await startBusy({
    TOKENMETRICS_CREDITS_PER_MINUTE: '10000',
    TOKENMETRICS_RETRIES: '0',
  });
  const text =
    'query Left($id: ID!) { node(id: $id) { ... on Token { price { usd } quantMetrics { sharpe } } } }';
  await client.send(registrationOf(text, { id: idAt(0) }));
  await client.sendLong({ target: getOf(text, { id: idAt(0) }), headers: graphqlJson });
  await client.send({ target: getOf(text, { id: idAt(0) }), headers: graphqlJson });
  const adminPort = await serve(gateway.app.admin);
  const reserved = async () => {
    const { text } = await ask(adminPort, '/metrics');
    return metricsIn(text).of('assay_credits_reserved', 'upstream')['tokenMetrics'];
  };
  // What was answered has given back what it did not need.
  const [cold = ''] = await otherIds(gateway);
  await gateway.ask('query ($id: ID!) { node(id: $id) { ... on Token { price { usd } } } }', {
    id: cold,
  });
  const answered = await waysOf(() =>
    client.send({ target: getOf(text, { id: cold }), headers: graphqlJson }),
  );
  expect([answered.long, answered.executed]).toEqual([0, 1]);
  const { estimated, spent } = JSON.parse(answered.result.text).extensions.cost.credits;
  expect(estimated).toBeGreaterThan(spent);
  expect(await reserved()).toBe(0);
  gateway.sandbox.faults.set({ latencyMs: 300 });
  for (const [way, headers] of Object.entries({ short: {}, long: longWay })) {
    const before = gateway.sandbox.requests.length;
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const socket = connect({ port: gateway.port, host: '127.0.0.1' });
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        const id = tokenId((way === 'short' ? 1 : 500) + index);
        socket.write(
          wire({ target: getOf(text, { id }), headers: { ...graphqlJson, ...headers } }),
        );
        return socket;
      }),
    );
    await vi.waitFor(async () => {
      expect(gateway.sandbox.requests.length).toBeGreaterThan(before);
      expect(await reserved(), way).toBeGreaterThan(0);
    });
    for (const socket of sockets) socket.destroy();
    await vi.waitFor(async () => expect(await reserved(), way).toBe(0), { timeout: 5000 });
  }
  gateway.sandbox.faults.clear();
  const { status, text: told } = await client.send({
    target: getOf(text, { id: idAt(1) }),
    headers: graphqlJson,
  });
  expect([status, told.includes('"errors"')]).toEqual([200, false]);
});

test('what takes too long is refused in the same words on both ways', async () => {
  const { gateway, client } = await startBusy({
    REQUEST_TIMEOUT_MS: '100',
    TOKENMETRICS_RETRIES: '0',
  });
  const text = 'query Slow($id: ID!) { node(id: $id) { ... on Token { price { usd } } } }';
  await client.send(registrationOf(text, { id: idAt(0) }));
  await client.sendLong({ target: getOf(text, { id: idAt(0) }), headers: graphqlJson });
  gateway.sandbox.faults.set({ latencyMs: 1000 });
  for (const accept of ['application/graphql-response+json', 'application/json']) {
    const slowly = (id: number): Sent => ({
      target: getOf(text, { id: tokenId(id) }),
      headers: { accept },
    });
    await client.sendLong({ target: getOf(text, { id: idAt(0) }), headers: { accept } });
    const long = await client.sendLong(slowly(10));
    const short = await waysOf(() => client.send(slowly(11)));
    expect([short.long, short.executed]).toEqual([0, 1]);
    expect(long.text).toContain('REQUEST_TIMEOUT');
    expect(tellOf(short.result)).toEqual(tellOf(long));
  }
});

test('from when a gateway drains, all that are under way are answered, and their connections closed', async () => {
  const { gateway, client } = await startBusy();
  await client.send(registrationOf(one, { id: idAt(0) }));
  await client.sendLong(hotly(idAt(0)));
  await client.send(hotly(idAt(0)));
  const keptAlive = await client.send(hotly(idAt(0)));
  expect(keptAlive.headers.connection).toBe('keep-alive');
  gateway.sandbox.faults.set({ latencyMs: 300 });
  const before = gateway.sandbox.requests.length;
  const slow = Array.from({ length: 40 }, (_, index) =>
    client.send(
      index % 2 === 0
        ? hotly(tokenId(index + 1))
        : { ...hotly(tokenId(index + 1)), headers: { ...graphqlJson, ...longWay } },
    ),
  );
  await vi.waitFor(() => expect(gateway.sandbox.requests.length).toBeGreaterThan(before));
  gateway.app.drain();
  const quick = Array.from({ length: 40 }, () => client.send(hotly(idAt(0))));
  for (const { status, headers } of await Promise.all([...slow, ...quick])) {
    expect([status, headers.connection]).toEqual([200, 'close']);
  }
});

test('with limits and quotas in Redis both ways answer the same, and count together', async () => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const { client } = await startBusy({
    REDIS_URL: redis.url,
    ROWS_REDIS_TIMEOUT_MS: '5000',
    REDIS_TIMEOUT_MS: '5000',
  });
  const texts = [
    '{ topTokens(first: 3) { nodes { id price { usd } } } }',
    '{ a: topTokens(first: 1) { nodes { id } } b: indices(first: 2) { nodes { id } } }',
    '{ token(by: { tokenMetricsId: 3375 }) { tmGrades(first: 1000) { nodes { date } } symbol } }',
  ];
  for (const text of texts) {
    await client.send(registrationOf(text));
    const get = { target: getOf(text), headers: graphqlJson };
    await client.sendLong(get);
    const long = await client.sendLong(get);
    for (let times = 0; times < 3; times += 1) {
      const short = await waysOf(() => client.send(get));
      expect(short.long).toBe(0);
      expect(tellOf(short.result)).toEqual(tellOf(long));
    }
  }
  // Of 51 uses that are planned one is made; five times 51 are more than the 120 there are.
  const planned = [3375, ...Array.from({ length: 50 }, (_, index) => 900_000 + index)].map(tokenId);
  const charts = `{ tokens(ids: ${JSON.stringify(planned)}) { nodes { chart { url } } } }`;
  const chartsPost: Sent = {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ query: charts }),
  };
  for (let times = 0; times < 6; times += 1) {
    const { long, result } = await waysOf(() => client.send(chartsPost));
    expect([long, result.text.includes('RATE_LIMITED')]).toEqual([times === 0 ? 1 : 0, false]);
  }
  const limited = `{ ${Array.from({ length: 100 }, (_, index) => `t${index}: topTokens(first: ${(index % 5) + 1}) { pageInfo { hasNextPage } }`).join(' ')} }`;
  const post: Sent = { method: 'POST', headers: json, body: JSON.stringify({ query: limited }) };
  let allowed = 0;
  for (let times = 0; times < 8; times += 1) {
    const { text } = await (times % 2 === 0 ? client.send(post) : client.sendLong(post));
    allowed += Object.values(JSON.parse(text).data).filter((value) => value !== null).length;
  }
  // 600 a minute, of which what was asked before took a few.
  expect(allowed).toBeGreaterThan(580);
  expect(allowed).toBeLessThanOrEqual(600);
});
