import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Answer, type Gateway, startGateway, tokenId } from '../support/gateway.ts';

/** What a client meets as the credits of the gateway run out. */

const minute = 60_000;
let nowMs = Date.UTC(2026, 10, 20, 9, 30, 10);
let gateway: Gateway;
const start = async (env: Record<string, string>) => {
  nowMs = Date.UTC(2026, 10, 20, 9, 30, 10);
  gateway = await startGateway({ env: { ROWS_MEMORY_MB: '64', ...env }, now: () => nowMs });
};
afterEach(() => gateway.close());

const query = `query Grades($ids: [ID!]) {
  tokens(ids: $ids) { nodes { name price { usd stale } tmGrade { grade } tradingSignal { signal } } }
}`;
const ask = (tokens: readonly number[], headers: Record<string, string> = {}) =>
  gateway.ask(query, { ids: tokens.map(tokenId) }, { headers });
const codesOf = ({ errors = [] }: Answer) => [...new Set(errors.map((e) => e.extensions.code))];
const requests = () => gateway.sandbox.requests.length;
const spentOf = ({ extensions }: Answer) => extensions.cost.credits.spent;

test('what the minute cannot cover is refused before anything is sent, and told when to come back', async () => {
  await start({ TOKENMETRICS_CREDITS_PER_MINUTE: '6' });
  const first = await ask([3375]);
  expect([first.errors, spentOf(first), requests()]).toEqual([undefined, 4, 4]);

  const second = await ask([3306]);
  expect(codesOf(second)).toEqual(['UPSTREAM_BUDGET_EXHAUSTED']);
  expect(second.errors?.[0].extensions).toMatchObject({
    source: 'TOKEN_METRICS',
    retryable: true,
    retryAfterSeconds: 50,
  });
  expect(second.headers.get('retry-after')).toBe('50');
  expect([spentOf(second), requests()]).toEqual([0, 4]);

  // What is kept needs no budget.
  const kept = await ask([3375]);
  expect([kept.errors, spentOf(kept), requests()]).toEqual([undefined, 0, 4]);

  nowMs += minute;
  const later = await ask([3306]);
  expect([later.errors, spentOf(later), requests()]).toEqual([undefined, 4, 8]);
});

test('an operation gives back what it reserved and did not need', async () => {
  await start({ TOKENMETRICS_CREDITS_PER_MINUTE: '8' });
  await ask([3375]);
  // Estimated at 4, of which the row of one token is missing in one endpoint each.
  for (const id of [3306]) expect(spentOf(await ask([3375, id]))).toBe(4);
  expect(codesOf(await ask([3988]))).toEqual(['UPSTREAM_BUDGET_EXHAUSTED']);
  expect(requests()).toBe(8);
});

test('operations that share requests do not reserve for each other', async () => {
  await start({ TOKENMETRICS_CREDITS_PER_MINUTE: '8' });
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask([3375, 3306])));
  expect(answers.flatMap(codesOf)).toEqual([]);
  expect(requests()).toBe(4);
  const spent = answers.map(spentOf).reduce((sum, credits) => sum + credits, 0);
  expect(spent).toBeCloseTo(4, 4);
});

test('two operations that share nothing are not both let in when only one is covered', async () => {
  await start({ TOKENMETRICS_CREDITS_PER_MINUTE: '7', ROWS_WINDOW_MS: '0' });
  const both = [
    `{ token(by: { tokenMetricsId: 3375 }) { name price { usd } tmGrade { grade } quantMetrics { volatility } } }`,
    `{ moonshots(first: 2) { nodes { __typename } } cryptoInvestors(first: 2) { nodes { __typename } } marketMetrics(first: 5) { nodes { date } } sentiments(first: 2) { nodes { __typename } } }`,
  ];
  const answers = await Promise.all(both.map((text) => gateway.ask(text)));
  const refused = answers.filter((answer) => codesOf(answer).length > 0);
  expect(refused).toHaveLength(1);
  expect(codesOf(refused[0]!)).toEqual(['UPSTREAM_BUDGET_EXHAUSTED']);
  expect(requests()).toBeLessThanOrEqual(7);
});

test('as the month runs out rows are kept longer, then low priority is refused, then everybody', async () => {
  const plans = join(await mkdtemp(join(tmpdir(), 'assay-plans-')), 'plans.json');
  await writeFile(plans, JSON.stringify({ anonymous: 'low', plans: { low: { priority: 'low' } } }));
  await start({ TOKENMETRICS_CREDITS_PER_MONTH: '100', PLANS_FILE: plans });
  await ask([3375]);
  const use = async (upTo: number) => {
    for (let id = 900_000 + requests(); requests() < upTo; id += 1) {
      expect((await gateway.ask(`{ token(by: { tokenMetricsId: ${id} }) { name } }`)).errors).toBe(
        undefined,
      );
    }
    expect(requests()).toBe(upTo);
  };
  const stateOf = ({ extensions }: Answer) => extensions.sources[0].state;
  const quiet = () => new Promise((resolve) => setTimeout(resolve, 50));

  // Full: a price past its time is fetched anew behind the answer's back.
  nowMs += 6 * minute;
  expect(stateOf(await ask([3375]))).toBe('STALE');
  await quiet();
  expect(requests()).toBe(5);

  await use(80);
  nowMs += 6 * minute;
  expect(stateOf(await ask([3375]))).toBe('STALE');
  await quiet();
  expect(requests()).toBe(80);
  // Too old for longer lifetimes: asked for.
  nowMs += 20 * minute;
  expect(stateOf(await ask([3375]))).toBe('FRESH');
  expect(requests()).toBe(81);

  await use(90);
  nowMs += 30 * minute;
  expect(stateOf(await ask([3375]))).toBe('STALE');
  expect(requests()).toBe(90);
  // Who refuses what is stale still gets it fresh.
  expect(stateOf(await ask([3375], { 'x-max-stale-seconds': '0' }))).toBe('FRESH');
  // The price, the grade and the signal of today, which are all over an hour old.
  expect(requests()).toBe(93);

  await use(95);
  const low = await ask([3306]);
  expect(codesOf(low)).toEqual(['UPSTREAM_BUDGET_EXHAUSTED']);
  // Until the month is over.
  expect(low.errors?.[0].extensions.retryAfterSeconds).toBeGreaterThan(10 * 24 * 3600);
  expect((await ask([3375])).errors).toBeUndefined();
  expect(requests()).toBe(95);
});
