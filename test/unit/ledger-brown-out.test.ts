import { expect, test } from 'vitest';

import type { Spender } from '../../src/upstreams/ledger/account.ts';
import { createLedger, type LedgerOptions } from '../../src/upstreams/ledger/ledger.ts';
import { recordingLog } from '../support/recording-log.ts';

const NOON = Date.parse('2026-11-21T12:00:00.000Z');

function ledgerWith(options: Partial<LedgerOptions>) {
  const clock = { ms: NOON };
  const ledger = createLedger({
    ...{ upstream: 'tokenMetrics', now: () => clock.ms, log: recordingLog().log },
    ...options,
  });
  const open = (estimate: number, priority: Spender['priority'] = 'normal') =>
    ledger.open({ caller: 'alice', priority, operation: () => 'Q', estimate: () => estimate });
  const reserve = async (credits: number) => {
    const account = open(credits);
    await account.admit();
    return account;
  };
  return { ledger, open, reserve, clock };
}

for (const window of ['perMinute', 'perMonth']) {
  test(`steps follow the share of credits used ${window}, up and back`, async () => {
    const { ledger, reserve } = ledgerWith({ [window]: 100 });
    const steps: [number, string][] = [];
    const accounts = [];
    const note = () => {
      const used = ledger.status().minute.used;
      if (steps.at(-1)?.[1] !== ledger.step()) steps.push([used, ledger.step()]);
    };

    note();
    for (let credit = 0; credit < 100; credit += 1) {
      accounts.push(await reserve(1));
      note();
    }
    expect(steps.splice(0)).toEqual([
      [0, 'none'],
      [80, 'longer-lifetimes'],
      [90, 'stale-first'],
      [95, 'low-priority-refused'],
      [100, 'all-refused'],
    ]);

    for (const account of accounts) {
      account.close();
      note();
    }
    expect(steps).toEqual([
      [99, 'low-priority-refused'],
      [94, 'stale-first'],
      [89, 'longer-lifetimes'],
      [79, 'none'],
    ]);
  });
}

test('the worse of the two windows counts, and an idle ledger recovers with its minute', async () => {
  const { ledger, reserve, clock } = ledgerWith({ perMinute: 10, perMonth: 100 });
  await reserve(9);
  expect(ledger.step()).toBe('stale-first');
  clock.ms += 60_000;
  expect(ledger.step()).toBe('none');

  for (let minute = 0; minute < 9; minute += 1) {
    await reserve(8);
    clock.ms += 60_000;
  }
  expect([ledger.status().month.used, ledger.step()]).toEqual([81, 'longer-lifetimes']);
  clock.ms = Date.parse('2026-12-01T00:00:00.000Z');
  expect(ledger.step()).toBe('none');
});

test('low priority is refused from its step on, others are not', async () => {
  const { open, reserve } = ledgerWith({ perMinute: 100 });
  await reserve(94);
  await open(1, 'low').admit();
  await expect(open(1, 'low').admit()).rejects.toMatchObject({
    ...{ kind: 'budget-exhausted', retryAfterSeconds: 60 },
  });
  await open(5).admit();
  await expect(open(0, 'low').admit()).resolves.toBeUndefined();
});

test('low priority that is refused for the month is told of the month', async () => {
  const { open, reserve } = ledgerWith({ perMinute: 1000, perMonth: 100 });
  await reserve(95);
  await expect(open(1, 'low').admit()).rejects.toMatchObject({
    retryAfterSeconds: 9 * 86_400 + 12 * 3600,
  });
});

test('when all are refused, what was admitted goes on', async () => {
  const { ledger, open, reserve } = ledgerWith({
    perMinute: 10,
    steps: { longerLifetimes: 0.2, staleFirst: 0.3, lowPriorityRefused: 0.4, allRefused: 0.5 },
  });
  const admitted = await reserve(5);
  expect(ledger.step()).toBe('all-refused');

  await expect(open(1).admit()).rejects.toMatchObject({ kind: 'budget-exhausted' });
  for (let request = 0; request < 10; request += 1) await admitted.draw();
  await expect(admitted.draw()).rejects.toMatchObject({ kind: 'budget-exhausted' });
});

test('a budget of nothing is used up, and no budget never is', () => {
  expect(ledgerWith({ perMinute: 0 }).ledger.step()).toBe('all-refused');
  expect(ledgerWith({ perMonth: 0 }).ledger.step()).toBe('all-refused');
  expect(ledgerWith({}).ledger.step()).toBe('none');
});

test('steps that do not rise stop the start', () => {
  for (const steps of [
    { staleFirst: 0.7 },
    { allRefused: 1.1 },
    { longerLifetimes: -0.1 },
    { lowPriorityRefused: NaN },
  ]) {
    expect(() => ledgerWith({ steps })).toThrow(RangeError);
  }
});
