import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { sha256Hex } from '../../src/documents/hash.ts';
import { operationsMax } from '../../src/request-counts.ts';
import { type AdminGateway, ask, type Asked, startAdmin, sum, top } from '../support/admin.ts';
import { writeCallers } from '../support/callers-files.ts';
import { version } from '../support/deploy-files.ts';
import { tomorrow } from '../support/hot-gateway.ts';
import { graphqlJson } from '../support/two-ways.ts';

/** What is counted of requests, whichever way they take to their answers. */

const page = top('Page');
const pageUrl = `/graphql?documentId=${sha256Hex(page)}`;

/** A gateway whose manifest has these documents. */
async function startTrusting(
  documents: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'assay-manifest-'));
  const file = join(folder, 'manifest.json');
  const entries = documents.map((text) => [sha256Hex(text), text]);
  await writeFile(file, JSON.stringify(Object.fromEntries(entries)));
  onTestFinished(() => rm(folder, { recursive: true }));
  return startAdmin({ DOCUMENTS_MANIFESTS: file, ...env });
}

const get = ({ publicPort }: AdminGateway, url: string, { headers, ...more }: Asked = {}) =>
  ask(publicPort, url, { headers: { ...graphqlJson, ...headers }, ...more });

const post = ({ publicPort }: AdminGateway, query: string, { headers, ...more }: Asked = {}) =>
  ask(publicPort, '/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
    ...more,
  });

/** Figures by a label, but for those that are nothing. */
async function counted(started: AdminGateway) {
  const { of } = await started.metrics();
  return (name: string, by: string, where: Readonly<Record<string, string>> = {}) => {
    const figures = Object.entries(of(`assay_${name}`, by, where));
    return Object.fromEntries(figures.filter(([, figure]) => figure !== 0));
  };
}

test('each request is counted once, however it came to its answer', async () => {
  const started = await startTrusting([page]);
  const answers = [];
  for (let time = 0; time < 5; time += 1) answers.push(await get(started, pageUrl));
  const { etag = '' } = answers[4]?.headers ?? {};
  answers.push(await get(started, pageUrl, { headers: { 'if-none-match': etag } }));
  answers.push(await ask(started.publicPort, '/graphql', { method: 'OPTIONS' }));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 304, 204]);

  const of = await counted(started);
  expect(of('requests_total', 'status', { method: 'GET' })).toEqual({ 200: 5, 304: 1 });
  expect(of('requests_total', 'status', { method: 'other' })).toEqual({ 204: 1 });
  expect(of('requests_total', 'status', { method: 'POST' })).toEqual({});
  // The first went the long way, the second was executed on the short one and kept.
  const took = { kept: 4, executed: 2, other: 1 };
  expect(of('request_duration_seconds_count', 'answer')).toEqual(took);
  expect(of('request_duration_seconds_bucket', 'answer', { le: '+Inf' })).toEqual(took);
  const seconds = of('request_duration_seconds_sum', 'answer');
  const ofPage = of('operation_seconds_total', 'operation');
  const { kept = NaN, executed = NaN } = seconds;
  expect(ofPage).toEqual({ Page: expect.closeTo(kept + executed, 9) });

  const [first] = answers.map(({ text }) => text);
  const { points, credits } = JSON.parse(first ?? '').extensions.cost;
  expect(of('operations_total', 'operation')).toEqual({ Page: 6 });
  expect(of('points_total', 'operation')).toEqual({ Page: 6 * points });
  expect(of('credits_estimated_total', 'operation')).toEqual({ Page: 6 * credits.estimated });
  expect(of('credits_spent_total', 'operation')).toEqual({ Page: credits.spent });
  expect(of('credits_borne_total', 'upstream')).toEqual({ tokenMetrics: credits.spent });
  expect(of('kept_answers_entries', '')).toEqual({ '': 1 });
  expect(of('kept_answers_bytes_max', '')).toEqual({ '': 32 * 1024 * 1024 });
  expect(of('kept_answers_bytes', '')['']).toBeGreaterThan(5000);
  expect(of('build_info', 'version')).toEqual({ [version]: 1 });
});

test('names are those of manifests, even where strangers choose the same', async () => {
  const started = await startTrusting([page]);
  await get(started, pageUrl);
  await post(started, top('Page', 4));
  await get(started, pageUrl);
  expect((await counted(started))('operations_total', 'operation')).toEqual({ Page: 2, other: 1 });
});

test('errors are counted by their codes, on the long way and on the short one', async () => {
  const started = await startTrusting([]);
  const fields = '{ price { usd } }';
  const dear = `{ topTokens(first: 100) { nodes { tmGrades(first: 1000) { nodes { date } } } } }`;
  started.gateway.sandbox.faults.set({ path: '/v2/price', status: 500 });
  const long = await post(started, `{ topTokens(first: 1) { nodes ${fields} } }`);
  const short = await post(started, `{ topTokens(first: 1) { nodes ${fields} } }`);
  expect([long.json().errors[0].extensions.code, short.status]).toEqual([
    'UPSTREAM_UNAVAILABLE',
    200,
  ]);
  const statuses = [
    await post(started, '{'),
    await post(started, '{ nothing }'),
    await post(started, dear),
    await post(started, page, { headers: { 'x-api-key': 'assay_none' } }),
    await get(started, '/elsewhere'),
    await ask(started.publicPort, pageUrl, { headers: { accept: 'image/png' } }),
  ].map(({ status }) => status);
  expect(statuses).toEqual([400, 400, 400, 401, 404, 400]);

  const of = await counted(started);
  expect(of('errors_total', 'code')).toEqual({
    UPSTREAM_UNAVAILABLE: 2,
    GRAPHQL_PARSE_FAILED: 1,
    GRAPHQL_VALIDATION_FAILED: 1,
    COST_LIMIT_EXCEEDED: 1,
    UNAUTHENTICATED: 1,
    BAD_REQUEST: 2,
  });
  expect(of('requests_total', 'status', { method: 'POST' })).toEqual({ 200: 2, 400: 3, 401: 1 });
  expect(of('request_duration_seconds_count', 'answer')).toEqual({ executed: 2, other: 6 });
});

test('what a plan refuses is counted by what there was too little of', async () => {
  const files = await writeCallers({
    few: { requestsPerMinute: 2 },
    poor: { pointsPerMinute: 1 },
    broke: { creditsPerMonth: 1 },
  });
  onTestFinished(files.remove);
  const started = await startAdmin(files.env);
  started.clock.ms = tomorrow;
  const by = (key: string) => ({ headers: { 'x-api-key': key } });
  const statuses = [];
  for (let time = 0; time < 4; time += 1) {
    statuses.push((await post(started, page, by(files.keys.few))).status);
  }
  statuses.push((await post(started, page, by(files.keys.poor))).status);
  statuses.push((await post(started, page, by(files.keys.broke))).status);
  expect(statuses).toEqual([200, 200, 429, 429, 429, 429]);

  const of = await counted(started);
  expect(of('quota_refusals_total', 'meter')).toEqual({ requests: 2, points: 1, credits: 1 });
  expect(of('errors_total', 'code')).toEqual({ QUOTA_EXCEEDED: 4 });
  // Nothing ran for whom it was refused.
  expect(of('request_duration_seconds_count', 'answer')).toEqual({ executed: 2, other: 4 });
  expect(of('operations_total', 'operation')).toEqual({ other: 2 });
});

test('probes of health are nobody’s requests', async () => {
  const started = await startAdmin();
  await get(started, '/health/live');
  started.gateway.app.drain();
  expect((await get(started, '/health/ready')).status).toBe(503);
  const of = await counted(started);
  expect(of('requests_total', 'status')).toEqual({});
  expect(of('errors_total', 'code')).toEqual({});
});

test('series are as many after any number of operations, names, documents and callers', async () => {
  const started = await startTrusting([page]);
  await get(started, pageUrl);
  await post(started, top('First'));
  const before = (await started.metrics()).samples;
  for (let at = 0; at < 100; at += 1) {
    const text = top(`Name${at}`, 1 + (at % 9));
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256Hex(text) } };
    const from = `127.0.1.${2 + at}`;
    const body = JSON.stringify({ query: text, operationName: `Name${at}`, extensions });
    const answer = await post(started, text, { from, ...(at % 2 === 0 && { body }) });
    expect(answer.status).toBe(200);
    await post(started, `{ field${at} }`, { from });
    await get(started, `/path${at}`, { method: `METHOD${at}`, from });
  }
  const { samples, of } = await started.metrics();
  expect(seriesOf(samples)).toEqual(seriesOf(before));
  expect(of('assay_operations_total', 'operation')).toEqual({ Page: 1, other: 101 });
  expect(of('assay_callers_seen', '')).toEqual({ '': 101 });
  expect(JSON.stringify(samples)).not.toMatch(/Name\d|field\d|path\d|METHOD|127\./);
});

test('a manifest of many operations has as many series as are told apart', async () => {
  const texts = Array.from(
    { length: operationsMax + 20 },
    (_, at) => `query Op${at} { __typename }`,
  );
  const started = await startTrusting(texts);
  for (const text of texts) await get(started, `/graphql?documentId=${sha256Hex(text)}`);
  const operations = (await started.metrics()).of('assay_operations_total', 'operation');
  expect(Object.keys(operations)).toHaveLength(operationsMax + 1);
  expect(operations['other']).toBe(20);
  expect(sum(Object.values(operations))).toBe(texts.length);
});

type Samples = Awaited<ReturnType<AdminGateway['metrics']>>['samples'];

const seriesOf = (samples: Samples) =>
  samples.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`).sort();
