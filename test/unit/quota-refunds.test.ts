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

test('what was cheaper goes back once, and never above the capacity', () => {
  const { clock, charge, quota } = quotaInMemory();
  const plan = { requestsPerMinute: 10, pointsPerMinute: 100, creditsPerMonth: 50 };
  const alice = { id: 'alice', plan };
  const made = charge(plan, 60, 20);
  made.settle({ points: 50, credits: 5 });
  made.settle({ points: 0, credits: 0 });
  expect(quota.peek(alice)).toMatchObject({
    ...{ points: { remaining: 50 }, credits: { remaining: 45 }, requests: { remaining: 9 } },
  });
  // Dearer than charged takes nothing more, and what was refused gives nothing back.
  charge(plan, 10, 1).settle({ points: 90, credits: 90 });
  charge(plan, 100, 1).settle({ points: 0, credits: 0 });
  expect(quota.peek(alice)).toMatchObject({
    points: { remaining: 40 },
    credits: { remaining: 44 },
  });

  quota.refund(alice, { requests: 1 });
  expect(quota.peek(alice).requests).toMatchObject({ remaining: 9 });
  quota.refund(alice, { requests: 99, points: 1_000, credits: 1_000 });
  quota.refund({ id: 'stranger', plan }, { points: 1_000 });
  for (const caller of [alice, { id: 'stranger', plan }]) {
    expect(quota.peek(caller)).toMatchObject({
      requests: { remaining: 10, resetSeconds: 0 },
      points: { remaining: 100 },
      credits: { remaining: 50 },
    });
  }

  const slow = charge(plan, 100);
  clock.ms += 30_000;
  charge(plan, 50);
  clock.ms += 60_000;
  charge(plan, 100);
  slow.settle({ points: 0, credits: 0 });
  expect(quota.peek(alice).points).toMatchObject({ remaining: 0 });
});

test('what came back by itself does not come back again with the settlement', () => {
  const { clock, charge, quota } = quotaInMemory();
  const plan = { pointsPerMinute: 60 };
  const made = charge(plan, 60);
  clock.ms += 45_000;
  charge(plan, 45);
  made.settle({ points: 0, credits: 0 });
  expect(quota.peek({ id: 'alice', plan: { ...UNLIMITED, ...plan } }).points).toMatchObject({
    remaining: 15,
  });
});

test('credits go back to the month they were taken of', () => {
  const { clock, charge, quota } = quotaInMemory();
  const plan = { ...UNLIMITED, creditsPerMonth: 10 };
  const made = charge(plan, 0, 10);
  clock.ms = DECEMBER;
  charge(plan, 0, 4);
  made.settle({ points: 0, credits: 0 });
  expect(quota.peek({ id: 'alice', plan }).credits).toMatchObject({ remaining: 6 });
  quota.refund({ id: 'alice', plan }, { credits: 1 });
  expect(quota.peek({ id: 'alice', plan }).credits).toMatchObject({ remaining: 7 });
});
