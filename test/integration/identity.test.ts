import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Gateway, startGateway } from '../support/gateway.ts';

/** Who may ask, and what their plan lets them: the whole gateway, with a key file and a plans file. */

const run = promisify(execFile);
const plans = {
  anonymous: null,
  default: 'small',
  plans: {
    small: {
      requestsPerMinute: 5,
      pointsPerMinute: 1000,
      operation: { points: 50, credits: 5, depth: 6 },
      pageSize: 10,
      historyDays: 30,
      introspection: false,
      scopes: [],
    },
    big: { scopes: ['reports', 'analyst'] },
    hashed: { documents: 'apq' },
  },
};
let folder: string;
let gateway: Gateway;
// Stands still, later than all keys are made.
let nowMs = Date.now() + 3_600_000;
const dayBack = (days: number) => new Date(nowMs - days * 86_400_000).toISOString().slice(0, 10);
const env = () => ({
  KEYS_FILE: join(folder, 'keys.json'),
  PLANS_FILE: join(folder, 'plans.json'),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-identity-'));
  await writeFile(join(folder, 'plans.json'), JSON.stringify(plans));
  await createKey('first', 'small');
  gateway = await startGateway({ env: env(), now: () => nowMs });
});
afterAll(() => gateway.close());

/** A key as an operator makes one; the gateway is told at once. */
async function createKey(name: string, plan: string): Promise<string> {
  const args = ['src/callers/keys/cli.ts', 'create', '--quiet', '--name', name, '--plan', plan];
  // Without the plans: it may be a key of a plan that is not there, or not any more.
  const { stdout } = await run('npx', ['tsx', ...args], {
    env: { ...process.env, KEYS_FILE: env().KEYS_FILE },
  });
  return stdout.trim();
}

/** A key that the gateway knows, after it has looked again. */
async function keyOf(name: string, plan: string): Promise<string> {
  const key = await createKey(name, plan);
  for (let tries = 0; tries < 100; tries += 1) {
    const { status } = await ask(key, '{ __typename }');
    if (status !== 401) return key;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the key was not known within five seconds');
}

const ask = (key: string | undefined, query: string, headers: Record<string, string> = {}) =>
  gateway.ask(
    query,
    {},
    { headers: { ...(key === undefined ? {} : { 'x-api-key': key }), ...headers } },
  );
const codesOf = ({ errors = [] }: Answer) => errors.map(({ extensions }) => extensions.code);
const top = (first: number) => `{ topTokens(first: ${first}) { nodes { name } } }`;

describe('who asks', () => {
  test('nobody is answered without a credential, or with one that is none', async () => {
    const bad: readonly Record<string, string>[] = [
      {},
      { 'x-api-key': 'wrong' },
      { 'x-api-key': `assay_abcd1234_${'x'.repeat(49)}` },
      { authorization: 'Bearer x.y.z' },
      { authorization: 'Basic abc' },
      { authorization: '' },
    ];
    for (const headers of bad) {
      const answer = await ask(undefined, top(1), headers);
      expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.data).toBeUndefined();
    }
    expect(gateway.sandbox.requests).toEqual([]);
  });

  test('a key is somebody, and two credentials are nobody', async () => {
    const key = await keyOf('Mobile app', 'big');
    const { data } = await ask(key, '{ viewer { id plan { name pageSize historyDays } scopes } }');
    expect(data.viewer).toEqual({
      id: `key:${key.split('_')[1]}`,
      plan: { name: 'big', pageSize: 696, historyDays: null },
      scopes: ['analyst', 'reports'],
    });
    const both = await ask(key, top(1), { authorization: 'Bearer x.y.z' });
    expect([both.status, codesOf(both)]).toEqual([401, ['UNAUTHENTICATED']]);
  });

  test('a key of a plan that is not there is refused, and told to ask the operator', async () => {
    const key = await createKey('Lost', 'gone');
    await expect
      .poll(async () => (await ask(key, top(1))).errors?.[0].message, { timeout: 5000 })
      .toMatch(/belongs to no plan/);
  });
});

describe('what a plan allows', () => {
  let small: string;
  let big: string;
  beforeAll(async () => {
    small = await keyOf('Small', 'small');
    big = await keyOf('Big', 'big');
  });

  test.each([
    [
      'points',
      '{ topTokens(first: 10) { nodes { price { usd } tmGrade { grade } traderGrade { grade } quantMetrics { volatility } correlations { symbol: __typename } } } }',
      'COST_LIMIT_EXCEEDED',
    ],
    ['pages', top(11), 'PLAN_LIMIT_EXCEEDED'],
    [
      'history',
      `{ token(by: { tokenMetricsId: 3375 }) { tmGrades(from: "${dayBack(60)}", to: "${dayBack(59)}") { nodes { grade } } } }`,
      'PLAN_LIMIT_EXCEEDED',
    ],
    ['the schema', '{ __schema { types { name } } }', 'INTROSPECTION_DISABLED'],
  ])('%s beyond it are refused before anything is spent', async (_what, query, code) => {
    nowMs += 120_000;
    gateway.sandbox.clearRequests();
    const refused = await ask(small, query);
    expect([refused.status, codesOf(refused)]).toEqual([400, [code]]);
    expect(gateway.sandbox.requests).toEqual([]);
    expect(codesOf(await ask(big, query))).toEqual([]);
  });

  test('a field beyond its scopes is forbidden, and the rest answers', async () => {
    nowMs += 120_000;
    const query = '{ token(by: { tokenMetricsId: 3375 }) { name aiReport { summary } } }';
    const refused = await ask(small, query);
    expect(refused.status).toBe(200);
    expect(refused.data.token).toEqual({ name: 'Bitcoin', aiReport: null });
    expect(codesOf(refused)).toEqual(['FORBIDDEN']);
    expect((await ask(big, query)).data.token.aiReport.summary).toEqual(expect.any(String));
  });

  test('free text is not for a plan of hashes', async () => {
    const hashed = await keyOf('Hashed', 'hashed');
    expect(codesOf(await ask(hashed, top(1)))).toEqual(['PERSISTED_QUERY_ONLY']);
  });

  test('operations beyond its quota wait, and are told how long; others are not held up', async () => {
    nowMs += 120_000;
    const first = await ask(small, `{ rateLimit { limit remaining cost } ${top(3).slice(1)}`);
    const cost: number = first.extensions.cost.points;
    const remaining = 1000 - cost;
    expect(cost).toBeGreaterThan(3);
    expect(first.data.rateLimit).toEqual({ limit: 1000, remaining, cost });
    expect(first.extensions.cost.throttle).toMatchObject({
      maximumAvailable: 1000,
      currentlyAvailable: remaining,
    });
    expect(first.headers.get('ratelimit')).toContain(`"points";r=${remaining}`);
    expect(first.headers.get('x-ratelimit-remaining')).toBe(String(remaining));
    for (let rest = 0; rest < 4; rest += 1) expect((await ask(small, top(1))).status).toBe(200);

    gateway.sandbox.clearRequests();
    const refused = await ask(small, top(1));
    expect([refused.status, codesOf(refused)]).toEqual([429, ['QUOTA_EXCEEDED']]);
    expect(refused.errors?.[0].extensions).toMatchObject({
      quota: 'requests',
      retryAfterSeconds: 12,
    });
    expect(refused.headers.get('retry-after')).toBe('12');
    expect(gateway.sandbox.requests).toEqual([]);
    expect((await ask(big, top(1))).status).toBe(200);

    nowMs += 12_000;
    expect((await ask(small, top(1))).status).toBe(200);
  });
});
