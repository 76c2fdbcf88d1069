import { expect, onTestFinished, test } from 'vitest';
import { readTracestate } from '../../src/tracing/tracestate.ts';
import { startHeldSandbox } from '../support/held-sandbox.ts';
import { parent, startTraced } from '../support/traced-gateway.ts';

/** What those before us have to say of a trace reaches those behind us, and we add nothing. */

const text = 'query One($of: Int!) { token(by: { tokenMetricsId: $of }) { symbol } }';
const byChance = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
const good = 'rojo=00f067aa0ba902b7,congo@tenant=t61rcWkgMzE';

async function start(env: Readonly<Record<string, string>> = byChance) {
  const upstream = await startHeldSandbox();
  onTestFinished(() => upstream.close());
  const gateway = await startTraced({ ...upstream.env, ANONYMOUS: 'on', ...env });
  await gateway.warm(text, { variables: { of: 3375 } });
  upstream.tracestates.length = 0;
  /** What the upstream is told where each asks for a token that nobody has asked for. */
  const told = async (headers: Readonly<Record<string, string>>) => {
    await gateway.client.sendLong(gateway.get(text, { headers, variables: { of: 3306 } }));
    await gateway.direct.send(gateway.get(text, { headers, variables: { of: 3988 } }));
    return upstream.tracestates;
  };
  return { gateway, upstream, told };
}

test('it goes to the upstream as it came, by both ways', async () => {
  const { told, upstream } = await start();
  expect(await told({ ...parent.sampled, tracestate: good })).toEqual([good, good]);
  expect(upstream.traceparents.slice(-2)).toEqual(
    Array(2).fill(expect.stringContaining(parent.traceId)),
  );
});

test('what was sent in free text is no different', async () => {
  const { gateway, upstream } = await start();
  const headers = { ...parent.sampled, tracestate: good };
  await gateway.ask(text, { variables: { of: 3306 }, headers });
  expect(upstream.tracestates).toEqual([good]);
});

test.each([
  ['a trace that is not recorded', { ...parent.unsampled, tracestate: good }],
  ['no trace', { tracestate: good }],
  ['what is no trace', { traceparent: '00-x', tracestate: good }],
  ['what is no tracestate', { ...parent.sampled, tracestate: 'of, no=vendor' }],
])('it goes nowhere with %s', async (_, headers) => {
  const { told } = await start();
  expect(await told(headers)).toEqual([undefined, undefined]);
});

test('by itself it goes nowhere, though the request is recorded', async () => {
  const { told, upstream } = await start({ OTEL_TRACES_SAMPLER: 'always_on' });
  expect(await told({ tracestate: good })).toEqual([undefined, undefined]);
  expect(upstream.traceparents).not.toContain(undefined);
});

const many = (count: number) => Array.from({ length: count }, (_, at) => `v${at}=x`).join();

test.each([
  good,
  'a=1',
  ' a=1 ,\tb=2',
  'a=1,,b=2',
  '0a=1',
  'a_-*/@b=the value: ~ !',
  `a=${'x'.repeat(256)}`,
  many(32),
])('%j is one', (given) => {
  expect(readTracestate(given)).toBe(given);
});

test.each([
  '',
  ',',
  'a',
  'a=',
  '=1',
  'A=1',
  'a =1',
  'a=1=2',
  'a=b\tc',
  'a=ü',
  'a=1,a=2',
  'a=1,b',
  `a=${'x'.repeat(257)}`,
  many(33),
  `${'a'.repeat(255)}=${'x'.repeat(200)},b=${'x'.repeat(60)}`,
])('%j is none', (given) => {
  expect(readTracestate(given)).toBeUndefined();
});
