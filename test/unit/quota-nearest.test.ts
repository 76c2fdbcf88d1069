import fc from 'fast-check';
import { expect, test } from 'vitest';

import { createNearest } from '../../src/callers/quota/nearest.ts';
import { createQuota } from '../../src/callers/quota/quota.ts';
import { recordingLog } from '../support/recording-log.ts';

/** Who is nearest to a limit, of many, without a list of all. */

test('what is kept is what a sort of all would have put first, equals in the order they came', () => {
  const shares = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 });
  fc.assert(
    fc.property(shares, fc.integer({ min: 1, max: 70 }), (offered, max) => {
      const nearest = createNearest<number>(max);
      offered.forEach((share, at) => nearest.offer(share, at));
      const sorted = offered.map((share, at) => ({ share, value: at }));
      sorted.sort((a, b) => b.share - a.share || a.value - b.value);
      expect(nearest.list().map(({ share, value }) => ({ share, value }))).toEqual(
        sorted.slice(0, max),
      );
    }),
  );
});

test('the share is that of the limit that is nearest to its end, as the caller is told it', () => {
  const limit = fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined });
  const plan = fc.record({
    requestsPerMinute: limit,
    pointsPerMinute: limit,
    creditsPerMonth: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
  });
  const spent = fc.array(
    fc.record({ points: fc.nat(20), credits: fc.nat(20), ms: fc.nat(20_000) }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(plan, spent, (limits, costs) => {
      let nowMs = Date.parse('2026-11-20T12:00:00.000Z');
      const quota = createQuota({ now: () => nowMs, log: recordingLog().log });
      for (const { ms, ...cost } of costs) {
        void quota.charge({ id: 'a', plan: limits }, cost);
        nowMs += ms;
      }
      const [standing] = quota.standings(1);
      const told = quota.peek({ id: 'a', plan: limits });
      const shares = Object.values(told)
        .filter((meter) => meter !== undefined && meter.limit > 0)
        .map((meter) => (meter === undefined ? 0 : (meter.limit - meter.remaining) / meter.limit));
      expect(standing).toEqual({
        ...{ id: 'a', plan: undefined, usedShare: Math.max(0, ...shares) },
        ...told,
      });
    }),
  );
});

test('callers who are not told are not looked at closely', () => {
  let looks = 0;
  const quota = createQuota({ now: () => 0, log: recordingLog().log });
  const planOf = (requestsPerMinute: number) => ({
    ...{ requestsPerMinute, pointsPerMinute: undefined, creditsPerMonth: undefined },
    // Read for who is told, and for nobody else.
    get name() {
      looks += 1;
      return 'free';
    },
  });
  for (let id = 1; id <= 1000; id += 1) {
    void quota.charge({ id: `${id}`, plan: planOf(id) }, { points: 0, credits: 0 });
  }
  looks = 0;
  expect(quota.standings(3).map(({ id }) => id)).toEqual(['1', '2', '3']);
  expect(looks).toBe(3);
});
