import { expect, test } from 'vitest';

import type { Charge } from '../../src/callers/quota/quota.ts';
import { createQuota } from '../../src/callers/quota/quota.ts';
import { createRandom } from '../support/random.ts';
import { recordingLog } from '../support/recording-log.ts';

const NOON = Date.parse('2026-11-21T12:00:00.000Z');
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

/** Buckets in plain points, refilled millisecond by millisecond as real numbers. */
function reference(plan: { requests: number; points: number; credits: number }) {
  const left = { requests: plan.requests, points: plan.points, credits: plan.credits };
  return {
    wait: (ms: number, isNewMonth: boolean) => {
      left.requests = Math.min(plan.requests, left.requests + (plan.requests * ms) / 60_000);
      left.points = Math.min(plan.points, left.points + (plan.points * ms) / 60_000);
      if (isNewMonth) left.credits = plan.credits;
    },
    charge: (points: number, credits: number) => {
      const near = 1e-6;
      const isAllowed =
        left.requests + near >= 1 && left.points + near >= points && left.credits >= credits;
      if (!isAllowed) return false;
      left.requests -= 1;
      left.points -= points;
      left.credits -= credits;
      return true;
    },
    refund: (points: number, credits: number) => {
      left.points = Math.min(plan.points, left.points + points);
      left.credits = Math.min(plan.credits, left.credits + credits);
    },
    left,
  };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'random traffic fares as the simple model says (seed %i)',
  (seed) => {
    const random = createRandom(seed);
    const { clock, charge, quota } = quotaInMemory();
    const caps = {
      requests: random.integer(1, 50),
      points: random.integer(1, 2_000),
      credits: random.integer(1, 500),
    };
    const plan = {
      requestsPerMinute: caps.requests,
      pointsPerMinute: caps.points,
      creditsPerMonth: caps.credits,
    };
    const model = reference(caps);
    for (let step = 0; step < 3_000; step += 1) {
      const ms = random.chance(0.01)
        ? 86_400_000 * random.integer(1, 20)
        : random.integer(0, 4_000);
      const monthBefore = new Date(clock.ms).getUTCMonth();
      clock.ms += ms;
      model.wait(ms, new Date(clock.ms).getUTCMonth() !== monthBefore);
      const [points, credits] = [random.integer(0, caps.points), random.integer(0, 5)];
      const made = charge(plan, points, credits);
      const isAllowed = model.charge(points, credits);
      expect({ step, allowed: made.allowed }).toEqual({ step, allowed: isAllowed });
      if (isAllowed && random.chance(0.5)) {
        const actual = { points: random.integer(0, points), credits: random.integer(0, credits) };
        made.settle(actual);
        model.refund(points - actual.points, credits - actual.credits);
      }
      const { requests, points: left, credits: month } = quota.peek({ id: 'alice', plan });
      expect(Math.abs((requests?.remaining ?? -9) - model.left.requests)).toBeLessThan(1.001);
      expect(Math.abs((left?.remaining ?? -9) - model.left.points)).toBeLessThan(1.001);
      expect(month?.remaining).toBe(model.left.credits);
      if (made.retryAfterSeconds === undefined || made.refusedBy === 'credits') continue;
      // Exactly as long as told; then it passes.
      clock.ms += made.retryAfterSeconds * 1000;
      const isNewMonth = new Date(clock.ms - made.retryAfterSeconds * 1000).getUTCMonth();
      model.wait(made.retryAfterSeconds * 1000, new Date(clock.ms).getUTCMonth() !== isNewMonth);
      expect(charge(plan, points, credits).allowed).toBe(true);
      expect(model.charge(points, credits)).toBe(true);
    }
  },
);
