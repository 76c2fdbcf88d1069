import { expect, onTestFinished, test } from 'vitest';
import { sha256Hex } from '../../src/documents/hash.ts';
import { writeCallers } from '../support/callers-files.ts';
import { placesOf, type ReceivedSpan, theSpan } from '../support/collector.ts';
import { startHeldSandbox } from '../support/held-sandbox.ts';
import { startTraced } from '../support/traced-gateway.ts';

/** What is told of a request that is recorded, and what is not. */

const internal = 1;
const server = 2;
const client = 3;
const failed = 2;

const list = `query SecretList($secretIds: [ID!]!) {
  tokens(ids: $secretIds) { nodes { secretAlias: symbol tmGrade { grade } tradingSignal { signal } } }
}`;
const ids = [3375, 3306].map((id) => Buffer.from(`Token:${id}`).toString('base64url'));

async function startUpstream() {
  const upstream = await startHeldSandbox();
  onTestFinished(() => upstream.close());
  return upstream;
}

const traceparentOf = ({ traceId, spanId }: ReceivedSpan) => `00-${traceId}-${spanId}-01`;

test('a cold list tells all that is done for it, and goes out with what is asked upstream', async () => {
  const upstream = await startUpstream();
  const gateway = await startTraced({ ...upstream.env, ANONYMOUS: 'on' });
  const answer = await gateway.ask(list, { variables: { secretIds: ids } });
  expect(answer.status).toBe(200);
  const spans = await gateway.told();

  expect(placesOf(spans)).toEqual([
    'POST /graphql',
    'POST /graphql > execute',
    'POST /graphql > execute > load /tm-grade',
    'POST /graphql > execute > load /tm-grade > GET /tm-grade',
    'POST /graphql > execute > load /tokens',
    'POST /graphql > execute > load /tokens > GET /tokens',
    'POST /graphql > execute > load /trading-signals',
    'POST /graphql > execute > load /trading-signals > GET /trading-signals',
    'POST /graphql > parse',
    'POST /graphql > price',
    'POST /graphql > validate',
  ]);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(spans.filter(({ status }) => status.code === failed)).toEqual([]);

  const request = theSpan(spans, 'POST /graphql');
  expect([request.kind, request.parentSpanId]).toEqual([server, undefined]);
  expect(request.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/graphql',
    'http.response.status_code': 200,
    'graphql.operation.type': 'query',
    'graphql.operation.name': 'SecretList',
    'assay.request.id': answer.headers['x-request-id'],
  });
  expect(request.resource).toMatchObject({ 'service.name': 'assay' });
  const { points, credits } = JSON.parse(answer.text).extensions.cost;
  expect(theSpan(spans, 'price').attributes).toEqual({
    'assay.points': points,
    'assay.credits.estimated': credits.estimated,
  });
  expect(theSpan(spans, 'execute').attributes).toEqual({
    ...{ 'assay.hits': 0, 'assay.misses': 10, 'assay.joins': 0 },
    ...{ 'assay.stale': 0, 'assay.failed': 0, 'assay.credits': 3 },
  });
  const load = theSpan(spans, 'load /tm-grade');
  expect(load.kind).toBe(internal);
  expect(load.attributes).toEqual({
    ...{ 'assay.upstream': 'tokenMetrics', 'assay.endpoint': '/tm-grade', 'assay.keys': 2 },
    ...{ 'assay.hits': 0, 'assay.misses': 2, 'assay.joins': 0, 'assay.failed': 0 },
  });
  const asked = theSpan(spans, 'GET /tm-grade');
  expect([asked.kind, asked.events]).toEqual([client, ['sent']]);
  expect(asked.attributes).toEqual({
    ...{ 'http.request.method': 'GET', 'url.template': '/tm-grade' },
    ...{ 'server.address': '127.0.0.1', 'server.port': expect.any(Number) },
    ...{ 'http.response.status_code': 200, 'http.request.resend_count': 0 },
    ...{ 'assay.upstream': 'tokenMetrics', 'assay.credits': 1 },
  });
  const sent = spans.filter(({ kind }) => kind === client).map(traceparentOf);
  expect(upstream.traceparents.toSorted()).toEqual(sent.sort());
});

test('nothing that is told holds a key, a token, a variable or a text', async () => {
  const files = await writeCallers({ free: {} });
  onTestFinished(() => files.remove());
  const upstream = await startUpstream();
  const gateway = await startTraced({
    ...{ ...upstream.env, ...files.env },
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector-token, x-tenant = one',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_SERVICE_NAME: 'prices',
  });
  const headers = { 'x-api-key': files.keys.free };
  const variables = { secretIds: ids };
  for (const asked of [{ headers }, { headers: { 'x-api-key': 'assay_stranger_secret' } }]) {
    await gateway.ask(list, { variables, ...asked });
    await gateway.ask(list, { variables: { secretIds: 'secret-value' }, ...asked });
    await gateway.ask('{ secretField }', asked);
    await gateway.ask('{ secret {', asked);
    await gateway.warm(list, { variables, ...asked });
    await gateway.client.send(gateway.get(list, { variables, ...asked }));
  }
  const spans = await gateway.told();
  expect(spans.length).toBeGreaterThan(20);
  expect(theSpan(spans, 'load /tm-grade').resource).toMatchObject({
    'service.name': 'prices',
    'deployment.environment.name': 'test',
  });
  expect(gateway.collector.heads[0]).toMatchObject({
    path: '/v1/traces',
    headers: { authorization: 'Bearer collector-token', 'x-tenant': 'one' },
  });
  const told = gateway.collector.bodies.join().replaceAll('SecretList', '');
  const secrets = [files.keys.free, upstream.sandbox.key, 'collector-token', ...ids];
  for (const secret of [...secrets, 'stranger', 'secret', '127.0.0.1:', 'token_id']) {
    expect(told, secret).not.toMatch(new RegExp(secret, 'i'));
  }
});

test('a kept answer is one step; one that is executed by the short way is neither parsed nor validated', async () => {
  const gateway = await startTraced();
  const variables = { secretIds: ids };
  await gateway.warm(list, { variables });
  const executed = await gateway.direct.send(gateway.get(list, { variables }));
  const kept = await gateway.direct.send(gateway.get(list, { variables }));
  const spans = await gateway.told();
  const ofRequest = ({ headers }: typeof kept) => {
    const request = spans.find(
      (span) => span.attributes['assay.request.id'] === headers['x-request-id'],
    );
    return spans.filter(({ traceId }) => traceId === request?.traceId);
  };
  expect(placesOf(ofRequest(executed))).toEqual([
    'GET /graphql',
    'GET /graphql > execute',
    'GET /graphql > price',
  ]);
  expect(theSpan(ofRequest(executed), 'execute').attributes).toMatchObject({
    ...{ 'assay.hits': 10, 'assay.misses': 0, 'assay.credits': 0 },
  });
  const [request, ...others] = ofRequest(kept);
  expect(others).toEqual([]);
  expect(request).toMatchObject({ name: 'GET /graphql', kind: server, status: {} });
  expect(request?.attributes).toEqual({
    ...{ 'http.request.method': 'GET', 'http.route': '/graphql' },
    ...{ 'graphql.operation.type': 'query', 'graphql.operation.name': 'SecretList' },
    ...{ 'http.response.status_code': 200, 'assay.answer': 'kept' },
    'assay.request.id': kept.headers['x-request-id'],
    'assay.document.id': sha256Hex(list),
  });
});

test('what is too dear is told to be, and that nothing was executed; it is no failure', async () => {
  const gateway = await startTraced({ COST_CREDITS_MAX: '1' });
  await gateway.ask(list, { variables: { secretIds: ids } });
  const spans = await gateway.told();
  expect(placesOf(spans)).toEqual([
    'POST /graphql',
    'POST /graphql > parse',
    'POST /graphql > price',
    'POST /graphql > validate',
  ]);
  for (const name of ['POST /graphql', 'price']) {
    expect(theSpan(spans, name)).toMatchObject({
      attributes: { 'error.type': 'COST_LIMIT_EXCEEDED' },
      status: { code: 0 },
    });
  }
});

test('a question goes out in the trace of who asks it, and is not told', async () => {
  const gateway = await startTraced();
  const question = 'What of my very secret plans?';
  const text = 'mutation Ask($q: String!) { askAnalyst(question: $q) { answer } }';
  const answer = await gateway.ask(text, { variables: { q: question } });
  expect(answer.text).not.toContain('errors');
  const spans = await gateway.told();
  expect(placesOf(spans)).toContain('POST /graphql > execute > POST /tmai');
  expect(theSpan(spans, 'POST /tmai').attributes).toMatchObject({
    ...{ 'http.request.method': 'POST', 'http.response.status_code': 200, 'assay.credits': 1 },
  });
  expect(theSpan(spans, 'POST /graphql').attributes).toMatchObject({
    'graphql.operation.type': 'mutation',
  });
  expect(gateway.collector.bodies.join()).not.toContain('secret');
});
