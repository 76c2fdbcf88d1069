import { expect, test } from 'vitest';

import type { Charge } from '../../src/callers/quota/quota.ts';
import { createQuota } from '../../src/callers/quota/quota.ts';
import { recordingLog } from '../support/recording-log.ts';

const NOON = Date.parse('2026-11-21T12:00:00.000Z');
const DECEMBER = Date.parse('2026-12-01T00:00:00.000Z');
const UNLIMITED = {
  requestsPerMinute: undefined,
  pointsPerMinute: undefined,
  creditsPerMonth: undefined,
};

function quotaInMemory(callersMax?: number) {
  const clock = { ms: NOON };
  const quota = createQuota({
    ...{ now: () => clock.ms, log: recordingLog().log },
    ...(callersMax === undefined ? {} : { callersMax }),
  });
  const charge = (
    plan: Partial<typeof UNLIMITED> | object,
    points: number,
    credits = 0,
    id = 'alice',
  ): Charge => {
    const made = quota.charge({ id, plan: { ...UNLIMITED, ...plan } }, { points, credits });
    if (made instanceof Promise) throw new Error('memory needs no wait');
    return made;
  };
  return { clock, quota, charge };
}

test('amounts that are none do no harm', () => {
  const { charge, quota } = quotaInMemory();
  const plan = { requestsPerMinute: 100, pointsPerMinute: 100, creditsPerMonth: 100 };
  charge(plan, 50, 50);
  for (const odd of [Number.NaN, -5, 0]) expect(charge(plan, odd, odd).allowed).toBe(true);
  charge(plan, 0.2, 0.2);
  quota.refund({ id: 'alice', plan }, { points: -5, credits: Number.NaN });
  expect(quota.peek({ id: 'alice', plan })).toMatchObject({
    ...{ points: { remaining: 49 }, credits: { remaining: 49 } },
  });
  expect(charge(plan, Infinity)).toMatchObject({ never: true });
});

test('a clock that is set back neither refuses for long nor pays twice', () => {
  const { clock, charge } = quotaInMemory();
  const plan = { pointsPerMinute: 60 };
  charge(plan, 60);
  clock.ms -= 86_400_000;
  expect(charge(plan, 1)).toMatchObject({ allowed: false, points: { remaining: 0 } });
  charge(plan, 0);
  clock.ms += 1_000;
  expect(charge(plan, 1).allowed).toBe(true);
  expect(charge(plan, 1).allowed).toBe(false);
  charge(plan, 20, 0, 'bob');
  clock.ms -= 5_000;
  expect(charge(plan, 0, 0, 'bob').points).toMatchObject({ remaining: 40 });
});

test('looking takes nothing, and callers do not see each other', () => {
  const { charge, quota, clock } = quotaInMemory();
  const plan = { requestsPerMinute: 6, pointsPerMinute: 60, creditsPerMonth: 9 };
  const standing = {
    requests: { limit: 6, remaining: 5, resetSeconds: 10 },
    points: { limit: 60, remaining: 30, resetSeconds: 30 },
    credits: { limit: 9, remaining: 8, resetSeconds: (DECEMBER - NOON) / 1000 },
  };
  expect(charge(plan, 30, 1)).toMatchObject(standing);
  expect(quota.peek({ id: 'alice', plan })).toEqual(standing);
  expect(quota.peek({ id: 'alice', plan })).toEqual(standing);
  expect(quota.peek({ id: 'bob', plan })).toMatchObject({ points: { remaining: 60 } });
  expect(quota.size()).toBe(1);
  clock.ms += 10_500;
  expect(quota.peek({ id: 'alice', plan })).toMatchObject({
    ...{ points: { remaining: 40, resetSeconds: 20 }, requests: { remaining: 6 } },
  });
});

test('memory is bounded: the caller who came last is remembered', () => {
  const { charge, quota } = quotaInMemory(100);
  const plan = { pointsPerMinute: 10 };
  charge(plan, 10, 0, 'old');
  for (let index = 0; index < 1_000; index += 1) {
    charge(plan, 10, 0, `caller ${index}`);
    expect(charge(plan, 1, 0, 'old').allowed).toBe(false);
  }
  expect(quota.size()).toBe(100);
  expect(charge(plan, 1, 0, 'caller 999').allowed).toBe(false);
});
