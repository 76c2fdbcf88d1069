import { expect, test } from 'vitest';

import { createMetrics } from '../../src/metrics/metrics.ts';
import { type CountedRequest, createRequestCounts } from '../../src/request-counts.ts';
import { createTally, type Usage } from '../../src/usage.ts';
import { measured, noCallers } from '../support/admin.ts';
import { metricsIn } from '../support/prometheus.ts';

/** What requests raise, and how Prometheus is told of it. */

const price = {
  ...{ points: 3, credits: 2, plan: [], pointsByPath: new Map(), depth: 1 },
  ...{ largestPage: undefined, oldestDay: undefined, limitedUses: new Map(), isTruncated: false },
};
const plain: CountedRequest = {
  ...{ method: 'GET', status: 200, answer: 'other', document: undefined },
  ...{ usage: undefined, errors: [] },
};
const usageOf = (operation: string | undefined, credits = 0): Usage => ({
  ...{ price, operation },
  sources: new Map([['tokenMetrics', { ...createTally(), credits }]]),
});

/** Counts, and what is told of them. */
function start() {
  const requests = createRequestCounts();
  const upstreams = { status: () => Promise.resolve([]) };
  const metrics = createMetrics({ ...measured, requests, upstreams, quota: noCallers.quota });
  return {
    count: (request: Partial<CountedRequest>, ms = 1) =>
      requests.count({ ...plain, ...request }, ms),
    told: async () => metricsIn(await metrics.text()),
  };
}

test('a request is in the bucket of every bound that it did not exceed', async () => {
  const { count, told } = start();
  for (const ms of [0, 0.25, 0.2500001, 1, 30_000, 30_001, 1e9]) count({}, ms);
  const { of } = await told();
  const where = { answer: 'other' };
  const buckets = of('assay_request_duration_seconds_bucket', 'le', where);
  expect(buckets).toMatchObject({
    ...{ '0.00025': 2, '0.0005': 3, '0.001': 4, '0.0025': 4, '10': 4, '30': 5, '+Inf': 7 },
  });
  expect(Object.keys(buckets)).toHaveLength(17);
  expect(of('assay_request_duration_seconds_count', 'answer', where)).toEqual({ other: 7 });
  const { other: seconds } = of('assay_request_duration_seconds_sum', 'answer');
  expect(seconds).toBeCloseTo(1_000_060.0025, 3);
});

test('what is not told apart is told together', async () => {
  const { count, told } = start();
  const errors = [
    { extensions: { code: 'MADE_UP' } },
    { extensions: { code: 7 } },
    { extensions: {} },
    { extensions: { code: '__proto__', quota: 'constructor' } },
    { extensions: { code: 'INTERNAL' } },
  ];
  count({ method: 'BREW', status: 418, errors });
  count({ method: 'HEAD', status: 200 });
  count({ method: 'POST', status: 418 });
  const { of } = await told();
  const requests = (method: string) => {
    const all = Object.entries(of('assay_requests_total', 'status', { method }));
    return Object.fromEntries(all.filter(([, value]) => value !== 0));
  };
  expect([requests('other'), requests('POST')]).toEqual([{ 200: 1, other: 1 }, { other: 1 }]);
  expect(of('assay_errors_total', 'code')).toMatchObject({ other: 4, INTERNAL: 1 });
  expect(of('assay_quota_refusals_total', 'meter')).toEqual({ requests: 0, points: 0, credits: 0 });
});

test('an answer that is given again spends nothing, and what did not run is no operation', async () => {
  const { count, told } = start();
  const document = { id: 'a', source: 'trusted', name: 'FromManifest' } as const;
  count({ document, usage: usageOf('Named', 1.5), answer: 'executed' });
  count({ document, usage: usageOf(undefined, 0.25), answer: 'executed' });
  count({ document, usage: usageOf('Named', 1.5), answer: 'kept' });
  count({ document, usage: usageOf('Named', 1.5), answer: 'other' });
  const registered = { id: 'b', source: 'registered' } as const;
  count({ document: registered, usage: usageOf('Named', 1), answer: 'executed' });
  const { of } = await told();
  const by = (name: string) => of(`assay_${name}_total`, 'operation');
  expect(by('operations')).toEqual({ Named: 2, FromManifest: 1, other: 1 });
  expect(by('points')).toEqual({ Named: 6, FromManifest: 3, other: 3 });
  expect(by('credits_estimated')).toEqual({ Named: 4, FromManifest: 2, other: 2 });
  expect(by('credits_spent')).toEqual({ Named: 1.5, FromManifest: 0.25, other: 1 });
});

test('a probe of health counts for nothing', async () => {
  const { count, told } = start();
  const before = await told();
  count({ answer: undefined, status: 503 });
  expect((await told()).samples).toEqual(before.samples);
});

test('a hundred thousand operations of strangers add no series', async () => {
  const { count, told } = start();
  const before = (await told()).samples.length;
  for (let at = 0; at < 100_000; at += 1) {
    count(
      {
        ...{ method: `M${at}`, status: 100 + (at % 500), answer: 'executed' },
        document: { id: `${at}`, source: 'registered', name: `Document${at}` },
        usage: usageOf(`Operation${at}`),
        errors: [{ extensions: { code: `CODE_${at}`, quota: `meter${at}` } }],
      },
      at / 10,
    );
  }
  const { samples, of } = await told();
  expect(samples).toHaveLength(before);
  expect(of('assay_operations_total', 'operation')).toEqual({ other: 100_000 });
  expect(of('assay_errors_total', 'code')).toMatchObject({ other: 100_000 });
});
