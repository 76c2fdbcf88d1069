import { expect, test } from 'vitest';

import { createQuota } from '../../src/callers/quota/quota.ts';
import { nowMs } from '../support/admin.ts';
import { recordingLog } from '../support/recording-log.ts';

/** What the quota remembers of callers for those who look on. */

const nothing = { points: 0, credits: 0 };
const plan = (name: string, requestsPerMinute: number) => ({
  ...{ name, requestsPerMinute, pointsPerMinute: undefined, creditsPerMonth: undefined },
});

test('the plan told is the one last charged under, also where that refused it', async () => {
  const quota = createQuota({ now: () => nowMs, log: recordingLog().log });
  await quota.charge({ id: 'a', plan: plan('large', 10) }, nothing);
  await quota.charge({ id: 'a', plan: plan('large', 10) }, nothing);
  await quota.charge({ id: 'a', plan: plan('large', 10) }, nothing);
  await quota.charge({ id: 'a', plan: plan('small', 2) }, nothing);
  await quota.charge(
    { id: 'b', plan: { ...plan('poor', 10), pointsPerMinute: 1 } },
    { ...nothing, points: 2 },
  );
  expect(quota.standings(9).map(({ id, plan, requests }) => [id, plan, requests])).toEqual([
    ['a', 'small', { limit: 2, remaining: 0, resetSeconds: 60 }],
    ['b', 'poor', { limit: 10, remaining: 10, resetSeconds: 0 }],
  ]);
  // The refusal has not shrunk what was taken under the larger plan.
  expect(quota.peek({ id: 'a', plan: plan('large', 10) }).requests?.remaining).toBe(7);
});

test('looking on keeps nobody from being forgotten', async () => {
  const quota = createQuota({ now: () => nowMs, callersMax: 2, log: recordingLog().log });
  const ids = () => quota.standings(9).map(({ id }) => id);
  await quota.charge({ id: 'a', plan: plan('free', 9) }, nothing);
  await quota.charge({ id: 'b', plan: plan('free', 9) }, nothing);
  expect([ids(), ids()]).toEqual([
    ['b', 'a'],
    ['b', 'a'],
  ]);
  await quota.charge({ id: 'c', plan: plan('free', 9) }, nothing);
  expect([ids(), quota.size()]).toEqual([['c', 'b'], 2]);
});
