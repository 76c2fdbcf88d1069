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

test('a bucket of points holds a minute of them and refills all the while', () => {
  const { clock, charge } = quotaInMemory();
  const plan = { pointsPerMinute: 90 };

  expect(charge(plan, 60)).toMatchObject({
    ...{ allowed: true, refusedBy: undefined, retryAfterSeconds: undefined, never: false },
    points: { limit: 90, remaining: 30, resetSeconds: 40 },
    requests: undefined,
    credits: undefined,
  });
  // 31 - 30 = 1 point is 667 ms away.
  expect(charge(plan, 31)).toMatchObject({
    ...{ allowed: false, refusedBy: 'points', retryAfterSeconds: 1, never: false },
    points: { limit: 90, remaining: 30, resetSeconds: 40 },
  });
  clock.ms += 666;
  expect(charge(plan, 31).allowed).toBe(false);
  clock.ms += 1;
  expect(charge(plan, 31)).toMatchObject({ allowed: true, points: { remaining: 0 } });
  clock.ms += 59_999;
  expect(charge(plan, 90)).toMatchObject({ allowed: false, points: { remaining: 89 } });
  clock.ms += 10_000_000;
  expect(charge(plan, 90)).toMatchObject({ allowed: true, points: { remaining: 0 } });
});

test('what comes back in fractions is not lost to those who ask often', () => {
  const { clock, charge } = quotaInMemory();
  const plan = { pointsPerMinute: 7 };
  charge(plan, 7);
  for (let ms = 0; ms < 60_000; ms += 13) {
    clock.ms = NOON + ms;
    expect(charge(plan, 7).allowed).toBe(false);
    charge(plan, 0);
  }
  clock.ms = NOON + 60_000;
  expect(charge(plan, 7).allowed).toBe(true);
});

test('whoever waits as long as told passes, and a second less would not do', () => {
  const { clock, charge } = quotaInMemory();
  const plan = { pointsPerMinute: 10, requestsPerMinute: 4 };
  charge(plan, 10);
  const { retryAfterSeconds = 0 } = charge(plan, 5);
  expect(retryAfterSeconds).toBe(30);
  clock.ms += 29_999;
  expect(charge(plan, 5)).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
  clock.ms += 1;
  expect(charge(plan, 5).allowed).toBe(true);
});

test('requests are a bucket of their own', () => {
  const { clock, charge } = quotaInMemory();
  const plan = { requestsPerMinute: 2, pointsPerMinute: 100 };
  charge(plan, 1);
  charge(plan, 1);
  expect(charge(plan, 1)).toMatchObject({
    ...{ allowed: false, refusedBy: 'requests', retryAfterSeconds: 30 },
    requests: { limit: 2, remaining: 0, resetSeconds: 60 },
    points: { remaining: 98 },
  });
  clock.ms += 30_000;
  expect(charge(plan, 1)).toMatchObject({ allowed: true, requests: { remaining: 0 } });
});

test('what one limit refuses takes nothing of the others', () => {
  const { charge } = quotaInMemory();
  const plan = { requestsPerMinute: 10, pointsPerMinute: 100, creditsPerMonth: 5 };
  expect(charge(plan, 100, 1).allowed).toBe(true);
  for (let count = 0; count < 20; count += 1) {
    expect(charge(plan, 1, 1)).toMatchObject({ allowed: false, refusedBy: 'points' });
  }
  expect(charge(plan, 0, 5)).toMatchObject({
    ...{ allowed: false, refusedBy: 'credits' },
    requests: { remaining: 9 },
    points: { remaining: 0 },
    credits: { limit: 5, remaining: 4 },
  });
});

test('of several refusals the longest is told', () => {
  const { charge } = quotaInMemory();
  const plan = { requestsPerMinute: 1, pointsPerMinute: 100, creditsPerMonth: 5 };
  charge(plan, 50, 5);
  expect(charge(plan, 60)).toMatchObject({ refusedBy: 'requests', retryAfterSeconds: 60 });
  expect(charge(plan, 60, 1)).toMatchObject({
    refusedBy: 'credits',
    retryAfterSeconds: (DECEMBER - NOON) / 1000,
  });
  expect(charge(plan, 101, 1)).toMatchObject({ refusedBy: 'points', never: true });
});

test('credits are counted by the UTC month and begin anew with the next', () => {
  const { clock, charge } = quotaInMemory();
  const plan = { creditsPerMonth: 10 };
  expect(charge(plan, 0, 10).credits).toEqual({
    ...{ limit: 10, remaining: 0, resetSeconds: (DECEMBER - NOON) / 1000 },
  });
  clock.ms = DECEMBER - 1;
  expect(charge(plan, 0, 1)).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
  expect(charge(plan, 5, 0).allowed).toBe(true);
  clock.ms = DECEMBER;
  expect(charge(plan, 0, 3)).toMatchObject({ allowed: true, credits: { remaining: 7 } });
  // Set back over midnight: the month does not begin a second time, nor is the last one back.
  clock.ms = DECEMBER - 1;
  expect(charge(plan, 0, 8)).toMatchObject({ allowed: false, credits: { remaining: 7 } });
  expect(charge(plan, 0, 2, 'bob').credits).toMatchObject({ resetSeconds: 1 });
  charge(plan, 0, 2);
  clock.ms = DECEMBER;
  expect(charge(plan, 0, 0)).toMatchObject({ credits: { remaining: 5 } });
  clock.ms = DECEMBER + 31 * 86_400_000;
  expect(charge(plan, 0, 10).allowed).toBe(true);
});

test('what costs more than the plan ever holds is told so, without a wait that would be a lie', () => {
  const { charge } = quotaInMemory();
  const never = { allowed: false, never: true, retryAfterSeconds: undefined };
  expect(charge({ pointsPerMinute: 10 }, 11)).toMatchObject({ ...never, refusedBy: 'points' });
  expect(charge({ pointsPerMinute: 10 }, 10)).toMatchObject({ allowed: true, never: false });
  expect(charge({ creditsPerMonth: 10 }, 0, 11)).toMatchObject({ ...never, refusedBy: 'credits' });
  expect(charge({ requestsPerMinute: 0 }, 0)).toMatchObject({ ...never, refusedBy: 'requests' });
  expect(charge({ pointsPerMinute: 0 }, 0)).toMatchObject({
    ...{ allowed: true, points: { limit: 0, remaining: 0, resetSeconds: 0 } },
  });
});

test('a plan that changes keeps the count', () => {
  const { clock, charge } = quotaInMemory();
  charge({ requestsPerMinute: 10, pointsPerMinute: 100 }, 90, 7);
  expect(charge({ requestsPerMinute: 100, pointsPerMinute: 1_000 }, 0)).toMatchObject({
    ...{ requests: { remaining: 98 }, points: { remaining: 910 } },
  });
  expect(charge({ pointsPerMinute: 20, creditsPerMonth: 5 }, 0, 1)).toMatchObject({
    ...{ allowed: false, refusedBy: 'credits', never: false },
    points: { remaining: 0, resetSeconds: 60 },
    credits: { remaining: 0 },
  });
  // Nothing that costs credits, but what costs none.
  expect(charge({ creditsPerMonth: 5 }, 0, 0).allowed).toBe(true);
  // What was not limited then is not held against the caller now.
  clock.ms += 1;
  expect(charge({ pointsPerMinute: 20 }, 20).allowed).toBe(true);
});

test('a plan without limits refuses nothing and shows nothing', () => {
  const { charge, quota } = quotaInMemory();
  for (let count = 0; count < 100; count += 1) {
    expect(charge({}, 1e300, 1e300)).toMatchObject({
      ...{ allowed: true, requests: undefined, points: undefined, credits: undefined },
    });
  }
  expect(quota.peek({ id: 'alice', plan: UNLIMITED })).toEqual({});
});
