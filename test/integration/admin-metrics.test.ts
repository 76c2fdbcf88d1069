import { expect, inject, onTestFinished, test, vi } from 'vitest';

import { createMetrics } from '../../src/metrics/metrics.ts';
import { aFewOperations, ask, measured, noCallers } from '../support/admin.ts';
import { serve, startAdmin, sum, top } from '../support/admin.ts';
import { isOfProcess, metricsIn } from '../support/prometheus.ts';
import { startRedis } from '../support/redis.ts';

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
  const ours = (all: typeof samples) => all.filter((sample) => !isOfProcess(sample));
  expect(ours((await started.metrics()).samples)).toEqual(ours(samples));
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
  expect(of('assay_redis_used', 'use')).toEqual({
    ...{ budget: 1, rows: 1, quotas: 1, 'rate-limits': 1 },
  });
  expect(of('assay_shared_rows_failures_total', 'reason')).toEqual({ error: 0, timeout: 0 });
  expect(Object.keys(of('assay_shared_rows_total', 'outcome'))).toEqual(['hit', 'received']);
  expect((await started.get('/status')).text).toMatch(
    /^ {2}Redis +budget used, rows used, 0 hits, 0 received of others, 0 errors, 0 timeouts$/m,
  );
});

test('a Redis that is away is used for nothing, and for all when it is back', async () => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const started = await startAdmin({ REDIS_URL: redis.url });
  await started.gateway.ask(top('Shared'));
  const used = async () => (await started.metrics()).of('assay_redis_used', 'use');
  expect(await used()).toEqual({ budget: 1, rows: 1, quotas: 1, 'rate-limits': 1 });
  const told = async () => [
    (await started.view()).upstreams[0].budget.redis,
    (await started.view()).upstreams[0].rows.shared.isUsed,
    /^ {2}Redis +budget (\w+), rows (\w+)/m.exec((await started.get('/status')).text)?.slice(1),
  ];
  expect(await told()).toEqual(['used', true, ['used', 'used']]);
  await redis.kill();
  // The quota finds out, before anything is read: no upstream has asked Redis since.
  await started.gateway.ask('{ __typename }');
  expect(await told()).toEqual(['away', false, ['away', 'away']]);
  await started.gateway.ask(top('Alone', 4));
  await vi.waitFor(async () =>
    expect(await used()).toEqual({ budget: 0, rows: 0, quotas: 0, 'rate-limits': 0 }),
  );
  // It is found by itself: nobody asks for anything meanwhile.
  await redis.restart();
  await vi.waitFor(
    async () => expect(await used()).toEqual({ budget: 1, rows: 1, quotas: 1, 'rate-limits': 1 }),
    { timeout: 15_000, interval: 100 },
  );
});

test('the process tells of itself, in the same series from the start', async () => {
  const { of, samples } = await (await startAdmin()).metrics();
  const kinds = ['incremental', 'major', 'minor', 'weakcb'];
  expect(Object.keys(of('assay_nodejs_gc_duration_seconds_count', 'kind')).sort()).toEqual(kinds);
  expect(of('assay_nodejs_version_info', 'version')).toEqual({ [process.version]: 1 });
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes']) {
    expect(of(`assay_${name}`, '')['']).toBeGreaterThan(0);
  }
  const ofProcess = samples.filter(isOfProcess);
  const labels = new Set(ofProcess.flatMap((sample) => Object.keys(sample.labels)));
  expect([...labels].sort()).toEqual(['kind', 'le', 'major', 'minor', 'patch', 'version']);
});

test('labels are those that are ours to choose, or the operator’s', async () => {
  const started = await startAdmin({ REDIS_URL: `${inject('redisUrl')}/9` });
  await started.gateway.ask(top('Known'));
  const { samples } = await started.metrics();
  const ours = samples.filter((sample) => !isOfProcess(sample));
  const labels = new Set(ours.flatMap((sample) => Object.keys(sample.labels)));
  expect([...labels].sort()).toEqual([
    ...['answer', 'code', 'endpoint', 'le', 'meter', 'method', 'operation', 'outcome', 'reason'],
    ...['status', 'upstream', 'use', 'version', 'window'],
  ]);
});

test('who has asked is counted, and not named', async () => {
  const started = await startAdmin();
  const seen = async () => (await started.metrics()).of('assay_callers_seen', '');
  expect(await seen()).toEqual({ '': 0 });
  for (const last of [2, 3, 3]) await started.spend(`127.0.0.${last}`, '{ __typename }');
  expect(await seen()).toEqual({ '': 2 });
});

test('whether it is ready is what load balancers are told', async () => {
  const { gateway, metrics } = await startAdmin();
  const told = async () => (await metrics()).of('assay_ready', '');
  expect(await told()).toEqual({ '': 1 });
  gateway.app.drain();
  expect(await told()).toEqual({ '': 0 });
});

test('a counter never falls, though credits are given back', async () => {
  const { app } = (await startAdmin()).gateway;
  const port = await serve(app.admin);
  expect((await ask(port, '/metrics')).status).toBe(200);
  const [status] = (await ask(port, '/upstreams')).json().upstreams;
  let drawn = 0;
  const told = () => Promise.resolve([{ ...status, budget: { ...status.budget, drawn } }]);
  const metrics = createMetrics({
    ...{ ...measured, quota: noCallers.quota },
    upstreams: { status: told },
  });
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
  const status = () => Promise.resolve(upstreams);
  const metrics = createMetrics({ ...measured, quota: { size: () => 1 }, upstreams: { status } });
  const alone = await metrics.text();
  const texts = await Promise.all(Array.from({ length: 10 }, () => metrics.text()));
  expect(texts).toEqual(Array.from({ length: 10 }, () => alone));
});
