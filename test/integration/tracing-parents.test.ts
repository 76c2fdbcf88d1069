import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parent, startTraced, type TracedGateway } from '../support/traced-gateway.ts';

/** Which requests are recorded when others have begun their traces. */

const text = 'query Traced { topTokens(first: 1) { nodes { symbol } } }';
const byChance = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };

/** A request by each of the ways: of one that was passed on, and of one that was answered at once. */
async function askBothWays(gateway: TracedGateway, headers: Readonly<Record<string, string>> = {}) {
  const long = await gateway.client.sendLong(gateway.get(text, { headers }));
  const short = await gateway.direct.send(gateway.get(text, { headers }));
  return [long, short].map((answer) => answer.headers['x-request-id']);
}

const linesOf = (gateway: TracedGateway, ids: readonly unknown[]) =>
  gateway.logged().filter(({ requestId }) => ids.includes(requestId));

test('who was sent in a trace that is recorded is a part of it', async () => {
  const gateway = await startTraced(byChance);
  await gateway.warm(text);
  const ids = await askBothWays(gateway, parent.sampled);
  expect(linesOf(gateway, ids).map(({ traceId }) => traceId)).toEqual(
    Array(2).fill(parent.traceId),
  );
  const requests = (await gateway.told()).filter(({ name }) => name === 'GET /graphql');
  expect(requests.map(({ attributes }) => attributes['assay.request.id'])).toEqual(ids);
  for (const { traceId, parentSpanId } of requests) {
    expect([traceId, parentSpanId]).toEqual([parent.traceId, parent.spanId]);
  }
});

test('who was sent in a trace that is not recorded is not, but is found by it in the log', async () => {
  const gateway = await startTraced({ OTEL_TRACES_SAMPLER: 'parentbased_always_on' });
  const ids = await askBothWays(gateway, parent.unsampled);
  expect(linesOf(gateway, ids).map(({ traceId }) => traceId)).toEqual(
    Array(2).fill(parent.traceId),
  );
  expect(await gateway.told()).toEqual([]);
});

test.each([
  { TRACES_FORCED_PER_SECOND: '0', ...byChance },
  { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
  { OTEL_TRACES_SAMPLER: 'always_off', OTEL_TRACES_SAMPLER_ARG: '1' },
])('where nobody is to be trusted, nobody is recorded for saying so: %j', async (env) => {
  const gateway = await startTraced(env);
  await gateway.warm(text, { headers: parent.sampled });
  const ids = await askBothWays(gateway, parent.sampled);
  expect(linesOf(gateway, ids).map(({ traceId }) => traceId)).toEqual(
    Array(2).fill(parent.traceId),
  );
  expect(await gateway.told()).toEqual([]);
});

test('whatever is no traceparent is as good as not sent', async () => {
  const gateway = await startTraced(byChance);
  await gateway.warm(text);
  const { traceparent } = parent.sampled;
  const edited = fc
    .tuple(fc.nat(traceparent.length - 1), fc.constantFrom('', 'x', 'A', '-', ',', ' ', '00'))
    .map(([at, by]) => traceparent.slice(0, at) + by + traceparent.slice(at + 1))
    // What is left of spaces around it, and flags that say the same.
    .filter((text) => !/^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(text.trim()));
  const odd = fc.oneof(edited, fc.stringMatching(/^[ -~]{0,80}$/));
  await fc.assert(
    fc.asyncProperty(odd, async (given) => {
      const ids = await askBothWays(gateway, { traceparent: given });
      expect(linesOf(gateway, ids).map(({ traceId }) => traceId)).toEqual([undefined, undefined]);
    }),
    { numRuns: 200 },
  );
  const twice = { traceparent: `${traceparent}, ${traceparent}` };
  const ids = await askBothWays(gateway, twice);
  expect(linesOf(gateway, ids).map(({ traceId }) => traceId)).toEqual([undefined, undefined]);
  expect(await gateway.told()).toEqual([]);
});
