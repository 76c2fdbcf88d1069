import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { type Gateway, startGateway, tokenId } from '../support/gateway.ts';

/** The README's example of what a query costs, step by step: its figures are those measured here. */

const minute = 60_000;
let nowMs = Date.UTC(2026, 10, 20, 9, 30);
let gateway: Gateway;

const watchlist = (more = '') => `query Watchlist($ids: [ID!]) {
  tokens(ids: $ids) { nodes { name price { usd } tmGrade { grade } tradingSignal { signal } ${more} } }
}`;

afterEach(() => gateway.close());

async function start(): Promise<string[]> {
  gateway = await startGateway({ env: { ROWS_MEMORY_MB: '64' }, now: () => nowMs });
  const { data } = await gateway.ask('{ topTokens(first: 20) { nodes { tokenMetricsId } } }');
  return data.topTokens.nodes.map((token: any) => tokenId(token.tokenMetricsId));
}

/** Estimated, requests that left, and spent: as the README's columns have it. */
async function step(ids: readonly string[], ...queries: readonly string[]) {
  gateway.sandbox.clearRequests();
  const answers = await Promise.all(queries.map((query) => gateway.ask(query, { ids })));
  expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
  expect(answers.flatMap(({ data }) => data.tokens.nodes)).toHaveLength(20 * queries.length);
  await untilQuiet();
  const credits = answers.map(({ extensions }) => extensions.cost.credits);
  expect(new Set(credits.map(({ spent }) => spent)).size).toBe(1);
  return {
    state: answers[0]?.extensions.sources[0].state,
    figures: [credits[0].estimated, gateway.sandbox.requests.length, credits[0].spent],
  };
}

/** What is fetched behind an answer's back is a request too. */
async function untilQuiet() {
  const asked = () => gateway.sandbox.requests.length;
  for (let before = -1; before !== asked();) {
    before = asked();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('what the README tells of a watchlist is what it costs', async () => {
  const told = await exampleOfReadme();
  const ids = await start();

  const first = await step(ids, watchlist());
  const again = await step(ids, watchlist());
  nowMs += 6 * minute;
  const later = await step(ids, watchlist());
  const series = await step(ids, watchlist('tradingSignals(first: 30) { nodes { date } }'));
  await gateway.close();
  await start();
  const two = await step(ids, watchlist(), watchlist());

  const steps = [first, again, later, series, two];
  expect(steps.map(({ state }) => state)).toEqual(['FRESH', 'FRESH', 'STALE', 'FRESH', 'FRESH']);
  expect(steps.map(({ figures }) => figures)).toEqual(told);
});

/** The numbers of the example's table, line by line. */
async function exampleOfReadme(): Promise<number[][]> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const [, table = ''] =
    /An example: a watchlist of 20 tokens[^|]*((?:\|.*\n)+)/.exec(readme) ?? [];
  const lines = table.trim().split('\n').slice(2);
  return lines.map((line) => line.split('|').slice(2, 5).map(Number));
}
