import { expect, onTestFinished, test } from 'vitest';
import { startCollector, theSpan } from '../support/collector.ts';
import { startHeldSandbox } from '../support/held-sandbox.ts';
import { parent } from '../support/traced-gateway.ts';
import { spawnGateway } from './gateway-process.ts';

/** What becomes of traces when the process ends, and that there are none unless they are asked for. */

const body = JSON.stringify({ query: '{ token(by: { tokenMetricsId: 3375 }) { symbol } }' });

/** A gateway on a sandbox behind a door, and a collector that it may be told of. */
async function start(envOf: (collectorUrl: string) => Readonly<Record<string, string>>) {
  const collector = await startCollector();
  const upstream = await startHeldSandbox();
  const env = { ...upstream.env, ANONYMOUS: 'on', OTEL_TRACES_SAMPLER: 'always_on' };
  const gateway = spawnGateway({ ...env, ...envOf(collector.url) });
  onTestFinished(async () => {
    await gateway.kill();
    collector.release();
    await collector.close();
    await upstream.close();
  });
  return { collector, upstream, gateway };
}

async function ask(origin: string) {
  const headers = { 'content-type': 'application/json', ...parent.sampled };
  const response = await fetch(`${origin}/graphql`, { method: 'POST', headers, body });
  expect(await response.json()).toMatchObject({ data: { token: { symbol: 'BTC' } } });
}

test('who is told to end tells first what was recorded', async () => {
  const { collector, upstream, gateway } = await start((url) => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
  }));
  await ask(await gateway.origin());
  expect(collector.bodies).toEqual([]);
  gateway.terminate();
  expect(await gateway.ended).toEqual({ code: 0, signal: null });
  const request = theSpan(collector.spans(), 'POST /graphql');
  const sent = theSpan(collector.spans(), 'GET /tokens');
  expect(request.traceId).toBe(sent.traceId);
  expect(upstream.traceparents).toEqual([`00-${sent.traceId}-${sent.spanId}-01`]);
});

test('a collector that does not answer keeps no process longer than its grace', async () => {
  const { collector, gateway } = await start((url) => ({
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_TIMEOUT: '600000' },
    SHUTDOWN_GRACE_MS: '200',
  }));
  collector.mood.isHeld = true;
  await ask(await gateway.origin());
  gateway.terminate();
  expect(await gateway.ended).toEqual({ code: 0, signal: null });
  expect(collector.bodies).toHaveLength(1);
  expect(gateway.stdout).toContain('the collector takes no traces');
});

test('nothing is recorded or handed on where nobody has asked for it', async () => {
  const { collector, upstream, gateway } = await start(() => ({}));
  await ask(await gateway.origin());
  gateway.terminate();
  expect(await gateway.ended).toEqual({ code: 0, signal: null });
  expect(upstream.traceparents).toEqual([undefined]);
  expect(collector.bodies).toEqual([]);
  expect(gateway.stdout).not.toContain('traceId');
});
