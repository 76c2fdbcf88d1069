import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { startAdmin } from '../support/admin.ts';
import { startSlowRedis } from '../support/slow-redis.ts';

/** What waits by one rest. */
const sharing = ['budget', 'claims', 'quota', 'rows'];
const top = (first: number) => `{ topTokens(first: ${first}) { nodes { id } } }`;

test('a Redis that is in time for some and late for others is left alone by all, until it is for all', async () => {
  const { state, url } = await startSlowRedis();
  const started = await startAdmin({
    ...{ REDIS_URL: url, REDIS_TIMEOUT_MS: '1000', ROWS_REDIS_TIMEOUT_MS: '400' },
    TOKENMETRICS_CREDITS_PER_MINUTE: '10000',
  });
  const used = async () => (await started.metrics()).of('assay_redis_used', 'use');
  const forAll = (isUsed: number) => ({
    ...{ budget: isUsed, rows: isUsed, quotas: isUsed, 'rate-limits': 1 },
  });
  await started.gateway.ask(top(1));
  expect(await used()).toEqual(forAll(1));

  // Budgets wait for half of what rows wait for, quotas for the longest.
  state.lateMs = 300;
  await started.gateway.ask(top(2));
  expect(await used()).toEqual(forAll(0));
  // What was under way is not taken back.
  await sleep(700);
  state.kinds.clear();
  for (let count = 3; count < 10; count += 1) {
    await started.gateway.ask(top(count));
    await sleep(300);
  }
  expect(await used()).toEqual(forAll(0));
  expect(sharing.filter((kind) => state.kinds.has(kind))).toEqual([]);

  state.lateMs = 0;
  await vi.waitFor(async () => expect(await used()).toEqual(forAll(1)), { timeout: 10_000 });
  await started.gateway.ask(top(11));
  expect(state.kinds).toContain('quota');
});
