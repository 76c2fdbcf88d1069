import { expect, test } from 'vitest';

import { createMeter } from '../../src/sandbox/meter.ts';
import { plans, readPlans } from '../../src/sandbox/plans.ts';

function meterAt(start: number, creditsPerMonth: number, requestsPerMinute: number) {
  let ms = start;
  const plan = { ...plans.basic, creditsPerMonth, requestsPerMinute };
  const meter = createMeter(readPlans({ a: plan, b: plan }), () => ms);
  return { meter, wait: (by: number) => (ms += by) };
}

test('a minute that is used up refuses without charging, and the next one accepts', () => {
  const { meter, wait } = meterAt(Date.UTC(2025, 0, 1), 100, 2);
  expect([meter.spend('a'), meter.spend('a'), meter.spend('a')]).toEqual([true, true, false]);
  expect(meter.spent('a')).toBe(2);
  wait(60_000);
  expect(meter.spend('a')).toBe(true);
});

test('a month that is used up refuses until the next one begins', () => {
  const { meter, wait } = meterAt(Date.UTC(2025, 0, 31, 23, 58), 1, 100);
  expect([meter.spend('a'), meter.spend('a')]).toEqual([true, false]);
  wait(60_000);
  expect(meter.spend('a')).toBe(false);
  wait(60_000);
  expect(meter.spent('a')).toBe(0);
  expect(meter.spend('a')).toBe(true);
});

test('keys are counted apart and unknown ones not at all', () => {
  const { meter } = meterAt(0, 1, 1);
  expect([meter.spend('a'), meter.spend('b'), meter.spend('c')]).toEqual([true, true, false]);
  expect(meter.planOf('c')).toBeUndefined();
});
