import { expect, inject, test } from 'vitest';

import { createMetrics } from '../../src/metrics.ts';
import { aFewOperations, ask, noCallers, serve, startAdmin, sum, top } from '../support/admin.ts';
import { metricsIn } from '../support/prometheus.ts';

/** The metrics, as Prometheus reads them, against what the upstream says it was asked. */

test('the metrics are the same figures, and stand still when nothing happens', async () => {
  const started = await startAdmin({ TOKENMETRICS_CREDITS_PER_MONTH: '500' });
  const told = await aFewOperations(started);
  const spent = started.gateway.sandbox.requests.length;
  const { of, samples } = await started.metrics();

  expect(of('assay_upstream_requests_total', 'endpoint')).toEqual(started.sandboxCalls());
  const outcomes = { hit: 'hits', miss: 'misses', join: 'joins', stale: 'stale', failed: 'failed' };
  for (const [outcome, figure] of Object.entries(outcomes)) {
    const counted = sum(Object.values(of('assay_rows_total', 'endpoint', { outcome })));
    expect([outcome, counted]).toEqual([outcome, sum(told.map((each) => each[figure]))]);
  }
  expect(of('assay_credits_drawn_total', 'upstream')).toEqual({ tokenMetrics: spent });
  expect(of('assay_credits_borne_total', 'upstream')).toEqual({ tokenMetrics: spent });
  expect(of('assay_credits_reserved', 'upstream')).toEqual({ tokenMetrics: 0 });
  expect(of('assay_budget_limit', 'window')).toEqual({ month: 500 });
  expect(of('assay_budget_used', 'window')).toEqual({ minute: spent, month: spent });
  expect(of('assay_budget_left', 'window')).toEqual({ month: 500 - spent });
  const { memory } = (await started.view()).upstreams[0].rows;
  expect(of('assay_memory_rows_entries', 'upstream')).toEqual({ tokenMetrics: memory.entries });
  expect(of('assay_memory_rows_bytes', 'upstream')).toEqual({ tokenMetrics: memory.bytes });
  expect(of('assay_memory_rows_bytes_max', 'upstream')).toEqual({ tokenMetrics: memory.bytesMax });
  expect(of('assay_redis_used', 'use')).toEqual({});
  expect((await started.metrics()).samples).toEqual(samples);
  expect((await started.get('/metrics')).headers['content-type']).toBe(
    'text/plain; version=0.0.4; charset=utf-8',
  );
});

test('a bad day shows: an endpoint that is broken, one that is paused, a budget that is used up', async () => {
  const started = await startAdmin({
    ...{ TOKENMETRICS_RETRIES: '0', TOKENMETRICS_BREAKER_FAILURES: '1' },
    TOKENMETRICS_CREDITS_PER_MINUTE: '4',
  });
  started.gateway.sandbox.faults.set(
    { path: '/v2/price', status: 500 },
    { path: '/v2/tm-grade', status: 429, retryAfterSeconds: 90 },
    { path: '/v2/fundamental-grade', status: 429, retryAfterSeconds: 90 },
  );
  await started.gateway.ask(
    '{ topTokens(first: 3) { nodes { price { usd } tmGrade { grade } fundamentalGrade { grade } } } }',
  );
  const [{ state, budget }] = (await started.view()).upstreams;
  expect(state.breaker).toBe('closed');
  expect(state.endpoints).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ path: '/price', breaker: 'open', pausedSeconds: 0 }),
      expect.objectContaining({ path: '/tm-grade', breaker: 'closed', pausedSeconds: 90 }),
    ]),
  );
  expect(budget).toMatchObject({ step: 'all-refused', minute: { used: 4, left: 0 } });

  const { of } = await started.metrics();
  expect(of('assay_broken_endpoints', 'upstream')).toEqual({ tokenMetrics: 1 });
  expect(of('assay_paused_endpoints', 'upstream')).toEqual({ tokenMetrics: 2 });
  expect(of('assay_brown_out_step', 'upstream')).toEqual({ tokenMetrics: 4 });
  expect(of('assay_breaker_state', 'upstream')).toEqual({ tokenMetrics: 0 });

  const { text } = await started.get('/status');
  expect(text).toMatch(/^ {2}\/price +breaker open, next probe in \d+ s$/m);
  expect(text).toMatch(/^ {2}\/tm-grade +paused for \d+ s$/m);
  expect(text).toMatch(/^ {2}brown-out step +all-refused$/m);
});

test('an upstream that cannot be reached at all shows as a breaker that is open', async () => {
  const started = await startAdmin({
    ...{ TOKENMETRICS_RETRIES: '0', TOKENMETRICS_BREAKER_FAILURES: '1' },
  });
  started.gateway.sandbox.faults.set({ resetConnection: true });
  await started.gateway.ask(top('Alone'));
  expect((await started.view()).upstreams[0].state).toMatchObject({ breaker: 'open' });
  const { of } = await started.metrics();
  expect(of('assay_breaker_state', 'upstream')).toEqual({ tokenMetrics: 2 });
  expect((await started.get('/status')).text).toMatch(/^ {2}breaker +open, next probe in \d+ s$/m);
});

test('with Redis it says whether Redis is used, and for what', async () => {
  const started = await startAdmin({ REDIS_URL: `${inject('redisUrl')}/9` });
  await started.gateway.ask(top('Shared'));
  const { of } = await started.metrics();
  expect(of('assay_redis_used', 'use')).toEqual({ budget: 1, rows: 1 });
  expect(of('assay_shared_rows_failures_total', 'reason')).toEqual({ error: 0, timeout: 0 });
  expect(Object.keys(of('assay_shared_rows_total', 'outcome'))).toEqual(['hit', 'received']);
  expect((await started.get('/status')).text).toMatch(
    /^ {2}Redis +budget used, rows used, 0 hits, 0 received of others, 0 errors, 0 timeouts$/m,
  );
});

test('series do not grow with the names that strangers choose', async () => {
  const started = await startAdmin();
  await started.gateway.ask(top('Known'));
  const before = (await started.metrics()).samples.length;
  for (let name = 0; name < 50; name += 1) {
    await started.spend(`127.0.0.${10 + name}`, top(`Operation${name}`));
  }
  const { samples } = await started.metrics();
  expect(samples).toHaveLength(before);
  const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
  expect([...labels].sort()).toEqual(['endpoint', 'outcome', 'upstream', 'window']);
  expect(JSON.stringify(samples)).not.toMatch(/Operation|127\.0\.0/);
});

test('who has asked is counted, and not named', async () => {
  const started = await startAdmin();
  const seen = async () => (await started.metrics()).of('assay_callers_seen', '');
  expect(await seen()).toEqual({ '': 0 });
  for (const last of [2, 3, 3]) await started.spend(`127.0.0.${last}`, '{ __typename }');
  expect(await seen()).toEqual({ '': 2 });
});

test('a counter never falls, though credits are given back', async () => {
  const { app } = (await startAdmin()).gateway;
  const port = await serve(app.admin);
  expect((await ask(port, '/metrics')).status).toBe(200);
  const [status] = (await ask(port, '/upstreams')).json().upstreams;
  let drawn = 0;
  const told = () => Promise.resolve([{ ...status, budget: { ...status.budget, drawn } }]);
  const metrics = createMetrics({ status: told }, noCallers.quota);
  const seen: number[] = [];
  for (drawn of [3, 2, 3, 4]) {
    const { of } = metricsIn(await metrics.text());
    seen.push(of('assay_credits_drawn_total', 'upstream')['tokenMetrics'] ?? NaN);
  }
  expect(seen).toEqual([3, 3, 3, 4]);
});

test('two who ask for metrics at once both get whole ones', async () => {
  const started = await startAdmin();
  await started.gateway.ask(top('Once'));
  const { upstreams } = await started.view();
  const metrics = createMetrics({ status: () => Promise.resolve(upstreams) }, { size: () => 1 });
  const alone = await metrics.text();
  const texts = await Promise.all(Array.from({ length: 10 }, () => metrics.text()));
  expect(texts).toEqual(Array.from({ length: 10 }, () => alone));
  expect(alone).toBe((await started.get('/metrics')).text);
});
