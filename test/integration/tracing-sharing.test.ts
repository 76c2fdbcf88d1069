import { expect, onTestFinished, test, vi } from 'vitest';
import { theSpan } from '../support/collector.ts';
import { startHeldSandbox } from '../support/held-sandbox.ts';
import { startTraced } from '../support/traced-gateway.ts';

test('a request that two wait for is told once, under the first, with a link to the other', async () => {
  const upstream = await startHeldSandbox();
  onTestFinished(() => upstream.close());
  const gateway = await startTraced({ ...upstream.env, ANONYMOUS: 'on' });
  const { open, onAsked } = upstream.hold();
  const first = gateway.ask('query First { token(by: { tokenMetricsId: 3375 }) { symbol } }');
  await onAsked;
  // What it asks for besides leaves after it has boarded.
  const second = gateway.ask(
    'query Second { token(by: { tokenMetricsId: 3375 }) { symbol } indices(first: 1) { nodes { id } } }',
  );
  await vi.waitFor(() => expect(upstream.asked.join()).toContain('/indices'));
  open();
  for (const answer of await Promise.all([first, second]))
    expect(answer.text).not.toContain('errors');
  const spans = await gateway.told();
  const requestOf = (name: string) =>
    spans.find((span) => span.attributes['graphql.operation.name'] === name)?.traceId;
  const loads = spans.filter(({ name }) => name === 'load /tokens');
  const loadOf = (name: string) => loads.find(({ traceId }) => traceId === requestOf(name));
  const shared = theSpan(spans, 'GET /tokens');
  expect(loads).toHaveLength(2);
  expect([shared.traceId, shared.parentSpanId]).toEqual([
    requestOf('First'),
    loadOf('First')?.spanId,
  ]);
  expect(shared.links).toEqual([
    { traceId: requestOf('Second'), spanId: loadOf('Second')?.spanId },
  ]);
  expect(loadOf('Second')?.attributes).toMatchObject({ 'assay.misses': 1, 'assay.joins': 1 });
  expect(theSpan(spans, 'GET /indices').traceId).toBe(requestOf('Second'));
});
