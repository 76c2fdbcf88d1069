import { expect, onTestFinished, test } from 'vitest';
import { placesOf, theSpan } from '../support/collector.ts';
import { startHeldSandbox } from '../support/held-sandbox.ts';
import { startTraced } from '../support/traced-gateway.ts';
import { createClient } from '../support/two-ways.ts';

/** What is told of a request that is recorded and does not end well. */

const failed = 2;

async function startUpstream() {
  const upstream = await startHeldSandbox();
  onTestFinished(() => upstream.close());
  return upstream;
}

test.each([
  ['{ unknownField }', 'validate', 'GRAPHQL_VALIDATION_FAILED'],
  ['{ topTokens {', 'parse', 'GRAPHQL_PARSE_FAILED'],
])('%s fails where it does: %s', async (text, name, code) => {
  const gateway = await startTraced();
  await gateway.ask(text);
  const spans = await gateway.told();
  expect(theSpan(spans, name).attributes['error.type']).toBe(code);
  expect(theSpan(spans, 'POST /graphql').attributes['error.type']).toBe(code);
});

test.each(['send', 'sendLong'] as const)(
  'an upstream that fails is told of by the public code alone, and in lines that name the request: %s',
  async (way) => {
    const upstream = await startHeldSandbox();
    const gateway = await startTraced({
      ...{ ...upstream.env, ANONYMOUS: 'on', TOKENMETRICS_RETRIES: '1' },
    });
    const text = 'query One($of: Int!) { token(by: { tokenMetricsId: $of }) { symbol } }';
    await gateway.warm(text, { variables: { of: 3375 } });
    await upstream.close();
    const answer = await gateway.client[way](gateway.get(text, { variables: { of: 3306 } }));
    expect(answer.text).toContain('UPSTREAM_UNAVAILABLE');
    const spans = await gateway.told();
    const requestId = answer.headers['x-request-id'];
    const request = spans.find(({ attributes }) => attributes['assay.request.id'] === requestId);
    const { traceId } = request ?? expect.fail('expected a request that is told');
    const ofRequest = spans.filter((span) => span.traceId === traceId);
    for (const name of ['GET /tokens', 'load /tokens', 'execute', 'GET /graphql']) {
      expect(theSpan(ofRequest, name)).toMatchObject({
        attributes: { 'error.type': 'UPSTREAM_UNAVAILABLE' },
        status: { code: failed },
      });
      expect(theSpan(ofRequest, name).status).not.toHaveProperty('message');
    }
    expect(theSpan(ofRequest, 'GET /tokens').attributes).toMatchObject({
      ...{ 'http.request.resend_count': 1, 'assay.credits': 0 },
    });
    const lines = gateway.logged().filter((line) => line.requestId === requestId);
    expect(lines.map((line) => [line.msg, line.traceId])).toEqual([
      ['upstream failed', traceId],
      ['request', traceId],
    ]);
  },
);

test.each(['send', 'sendLong'] as const)(
  'what takes too long is told as soon as it does, and what it waited for later: %s',
  async (way) => {
    const upstream = await startUpstream();
    const gateway = await startTraced({
      ...{ ...upstream.env, ANONYMOUS: 'on', REQUEST_TIMEOUT_MS: '100' },
    });
    const text = 'query One($of: Int!) { token(by: { tokenMetricsId: $of }) { symbol } }';
    await gateway.warm(text, { variables: { of: 3375 } });
    const { open } = upstream.hold();
    const answer = await gateway.client[way](gateway.get(text, { variables: { of: 3306 } }));
    expect(answer.status).toBe(504);
    open();
    const spans = await gateway.told();
    const requestId = answer.headers['x-request-id'];
    const request = spans.find(({ attributes }) => attributes['assay.request.id'] === requestId);
    const ofRequest = spans.filter(({ traceId }) => traceId === request?.traceId);
    expect(placesOf(ofRequest)).toContain('GET /graphql > execute > load /tokens > GET /tokens');
    for (const name of ['GET /graphql', 'execute']) {
      expect(theSpan(ofRequest, name)).toMatchObject({
        attributes: { 'error.type': 'REQUEST_TIMEOUT' },
        status: { code: failed },
      });
    }
  },
);

test.each(['send', 'sendLong'] as const)(
  'what nobody waits for any more is told all the same: %s',
  async (way) => {
    const upstream = await startUpstream();
    const gateway = await startTraced({ ...upstream.env, ANONYMOUS: 'on' });
    const text = 'query One($of: Int!) { token(by: { tokenMetricsId: $of }) { symbol } }';
    await gateway.warm(text, { variables: { of: 3375 } });
    const { open, onAsked } = upstream.hold();
    const leaver = createClient(gateway.port);
    const left = leaver[way](gateway.get(text, { variables: { of: 3306 } }));
    await onAsked;
    leaver.close();
    await expect(left).rejects.toThrow();
    open();
    const spans = await gateway.told();
    const told = new Set(spans.map(({ spanId }) => spanId));
    const requests = spans.filter(({ parentSpanId = '' }) => !told.has(parentSpanId));
    // The two that let the document be known, and the one whose client has left.
    expect(requests.map(({ name }) => name)).toEqual([
      ...['POST /graphql', 'GET /graphql', 'GET /graphql'],
    ]);
    expect(placesOf(spans).filter((place) => place.endsWith('GET /tokens'))).toHaveLength(2);
  },
);
