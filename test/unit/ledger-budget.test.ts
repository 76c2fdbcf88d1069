import { expect, test } from 'vitest';

import { createBudget } from '../../src/upstreams/ledger/budget.ts';
import type { Agreement, Demand, Tally } from '../../src/upstreams/ledger/demand.ts';

const NOON = Date.parse('2026-11-21T12:00:00.000Z');
const MINUTE = NOON / 60_000;

/** A budget whose shared counters answer when the test says so. */
function budgetWith(perMinute = 10) {
  const clock = { ms: NOON };
  const questions: {
    readonly told: readonly (readonly [id: string, mine: number])[];
    readonly credits: readonly number[];
    readonly answer: (agreement: Agreement) => void;
    readonly fail: () => void;
  }[] = [];
  const budget = createBudget({
    limits: { minute: perMinute, month: undefined },
    now: () => clock.ms,
    shared: {
      agree: (tallies: readonly Tally[], demands: readonly Demand[]) =>
        new Promise((resolve, reject) => {
          questions.push({
            told: tallies.map(({ id, mine }) => [id, mine] as const),
            credits: demands.map(({ credits }) => credits),
            answer: resolve,
            fail: () => reject(new Error('no answer')),
          });
        }),
    },
  });
  /** The next question, when it has been asked. */
  const asked = async () => {
    await new Promise(setImmediate);
    const question = questions.shift();
    if (question === undefined) throw new Error('nothing was asked');
    return question;
  };
  const isQuiet = async () => {
    await new Promise(setImmediate);
    return questions.length === 0;
  };
  return { budget, clock, asked, isQuiet };
}

const NOW = { minute: String(MINUTE), month: '2026-11' };

test('one question at a time: what is asked meanwhile goes along with the next', async () => {
  const { budget, asked, isQuiet } = budgetWith();
  const first = budget.take(1);
  const one = await asked();
  expect(one.credits).toEqual([1]);
  const later = [budget.take(2), budget.take(3)];
  await expect(isQuiet()).resolves.toBe(true);
  one.answer({ used: [5, 5], verdicts: ['granted'] });
  await expect(first).resolves.toEqual({ isGranted: true, windows: NOW });

  const two = await asked();
  expect(two.credits).toEqual([2, 3]);
  two.answer({ used: [7, 7], verdicts: ['granted', 'minute'] });
  await expect(Promise.all(later)).resolves.toEqual([
    { isGranted: true, windows: NOW },
    { isGranted: false, retryAfterSeconds: 60 },
  ]);
  expect(budget.used('minute')).toBe(7);
  await expect(isQuiet()).resolves.toBe(true);
});

test('a refund goes out at once, by itself', async () => {
  const { budget, asked, isQuiet } = budgetWith();
  void budget.take(4);
  (await asked()).answer({ used: [4, 4], verdicts: ['granted'] });
  await expect(isQuiet()).resolves.toBe(true);

  budget.giveBack(1, NOW);
  budget.giveBack(1, NOW);
  expect(budget.used('minute')).toBe(2);
  const { told, credits, answer } = await asked();
  expect([told, credits]).toEqual([
    [
      [NOW.minute, 2],
      [NOW.month, 2],
    ],
    [],
  ]);
  answer({ used: [2, 2], verdicts: [] });
  await expect(isQuiet()).resolves.toBe(true);
  expect(budget.isBehind()).toBe(false);
});

test('a refund while a question is on its way is told with the next', async () => {
  const { budget, asked, isQuiet } = budgetWith();
  void budget.take(4);
  (await asked()).answer({ used: [4, 4], verdicts: ['granted'] });
  await isQuiet();
  const second = budget.take(2);
  const question = await asked();
  budget.giveBack(3, NOW);
  question.answer({ used: [6, 6], verdicts: ['granted'] });
  await second;
  expect(budget.used('minute')).toBe(3);
  expect(budget.isBehind()).toBe(true);

  const next = await asked();
  expect(next.told).toEqual([
    [NOW.minute, 3],
    [NOW.month, 3],
  ]);
  next.answer({ used: [3, 3], verdicts: [] });
  await expect(isQuiet()).resolves.toBe(true);
});

test('a refund of an earlier minute is told beside a demand of this one, and apart from it', async () => {
  const { budget, clock, asked, isQuiet } = budgetWith();
  void budget.take(4);
  (await asked()).answer({ used: [4, 4], verdicts: ['granted'] });
  await isQuiet();
  clock.ms += 60_000;
  budget.giveBack(1, NOW);
  const taken = budget.take(5);
  const { told, answer } = await asked();
  expect(told).toEqual([
    [String(MINUTE + 1), 0],
    [NOW.month, 3],
    [NOW.minute, 3],
  ]);
  answer({ used: [5, 8, 3], verdicts: ['granted'] });
  await taken;
  await expect(isQuiet()).resolves.toBe(true);
  expect([budget.used('minute'), budget.used('month')]).toEqual([5, 8]);
  budget.giveBack(1, NOW);
  expect((await asked()).told).toEqual([
    [String(MINUTE + 1), 5],
    [NOW.month, 7],
    [NOW.minute, 2],
  ]);
  clock.ms -= 60_000;
  expect(budget.used('minute')).toBe(2);
});

test('a credit spent in a minute in which nothing was taken yet is counted there', async () => {
  const { budget, clock, asked } = budgetWith();
  void budget.take(4);
  (await asked()).answer({ used: [4, 4], verdicts: ['granted'] });
  await new Promise(setImmediate);
  clock.ms += 60_000;
  const windows = budget.spendNow(NOW);
  expect(windows).toEqual({ minute: String(MINUTE + 1), month: '2026-11' });
  expect([budget.used('minute'), budget.used('month')]).toEqual([1, 4]);
  expect((await asked()).told).toEqual([
    [String(MINUTE + 1), 1],
    [NOW.month, 4],
    [NOW.minute, 3],
  ]);
});

test('without an answer the demands are decided here, in their order', async () => {
  const { budget, asked, isQuiet } = budgetWith();
  const takes = [budget.take(6), budget.take(5), budget.take(4)];
  (await asked()).fail();
  const grants = (await Promise.all(takes)).map(({ isGranted }) => isGranted);
  expect(grants).toEqual([true, false, true]);
  // It is not asked again until there is something to ask.
  await expect(isQuiet()).resolves.toBe(true);
  expect(budget.isBehind()).toBe(true);
});

test('windows are forgotten ten minutes after their end', async () => {
  const { budget, clock, asked } = budgetWith();
  for (let minute = 0; minute < 100; minute += 1) {
    const taken = budget.take(1);
    const { told, fail } = await asked();
    expect(told.length).toBeLessThanOrEqual(2 + 10);
    fail();
    await taken;
    clock.ms += 60_000;
  }
  expect(budget.used('month')).toBe(100);
});
