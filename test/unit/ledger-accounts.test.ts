import { expect, test } from 'vitest';

import type { Spender } from '../../src/upstreams/ledger/account.ts';
import { createLedger, type LedgerOptions } from '../../src/upstreams/ledger/ledger.ts';
import { recordingLog } from '../support/recording-log.ts';

const NOON = Date.parse('2026-11-21T12:00:00.000Z');

function ledgerAt(start: number, options: Partial<LedgerOptions> = {}) {
  const clock = { ms: start };
  const ledger = createLedger({
    ...{ upstream: 'tokenMetrics', now: () => clock.ms, log: recordingLog().log },
    ...options,
  });
  const open = (estimate: number, spender: Partial<Spender> = {}) =>
    ledger.open({
      ...{ caller: 'alice', priority: 'normal', operation: () => 'Q', estimate: () => estimate },
      ...spender,
    });
  const used = () => [ledger.status().minute.used, ledger.status().month.used];
  return { ledger, open, used, clock };
}

const exhausted = (retryAfterSeconds: number) =>
  expect.objectContaining({
    name: 'UpstreamError',
    ...{ upstream: 'tokenMetrics', endpoint: '', kind: 'budget-exhausted', retryAfterSeconds },
  });

test('an operation reserves once, however many of its flights ask', async () => {
  let asked = 0;
  const { open, used } = ledgerAt(NOON, { perMinute: 20 });
  const account = open(0, { estimate: () => ((asked += 1), 5) });

  await Promise.all([account.admit(), account.admit(), account.admit()]);
  await account.admit();

  expect(asked).toBe(1);
  expect(used()).toEqual([5, 5]);
});

test('draws come out of the reservation first, then out of the budget, then are refused', async () => {
  const { open, used, ledger } = ledgerAt(NOON, { perMinute: 3 });
  const account = open(2);
  await account.admit();

  await account.draw();
  await account.draw();
  expect(used()).toEqual([2, 2]);
  await account.draw();
  expect(used()).toEqual([3, 3]);
  await expect(account.draw()).rejects.toEqual(exhausted(60));
  expect(ledger.status()).toMatchObject({ reserved: 0, drawn: 3, minute: { left: 0 } });
});

test('a draw without an admission takes of the budget', async () => {
  const { open, used } = ledgerAt(NOON, { perMinute: 1 });
  await open(5).draw();
  expect(used()).toEqual([1, 1]);
  await expect(open(5).draw()).rejects.toEqual(exhausted(60));
});

test('a draw beside an admission on its way waits for it and takes of it', async () => {
  const { open, used } = ledgerAt(NOON, { perMinute: 20 });
  const account = open(3);
  await Promise.all([account.admit(), account.draw()]);
  expect(used()).toEqual([3, 3]);
});

test('what the budget cannot cover is refused whole, and stays refused', async () => {
  const { open, used, clock } = ledgerAt(NOON, { perMinute: 10 });
  await open(8).admit();
  const account = open(3);

  await expect(account.admit()).rejects.toEqual(exhausted(60));
  clock.ms += 60_000;
  await expect(account.admit()).rejects.toEqual(exhausted(60));
  expect(used()).toEqual([0, 8]);
  await expect(open(3).admit()).resolves.toBeUndefined();
});

test('the wait that is told ends with the window that refuses, and is a second at least', async () => {
  const { open, clock } = ledgerAt(NOON + 12_345, { perMinute: 4, perMonth: 6 });
  await open(4).admit();
  await expect(open(1).admit()).rejects.toEqual(exhausted(48));
  clock.ms = NOON + 59_999;
  await expect(open(1).admit()).rejects.toEqual(exhausted(1));

  clock.ms = NOON + 60_000;
  const untilDecember = (Date.parse('2026-12-01T00:00:00.000Z') - clock.ms) / 1000;
  await expect(open(3).admit()).rejects.toEqual(exhausted(untilDecember));
  await open(2).admit();
  await expect(open(3).admit()).rejects.toEqual(exhausted(untilDecember));
});

test('where both windows refuse, the wait is the longer one', async () => {
  const { open } = ledgerAt(NOON, { perMinute: 2, perMonth: 2 });
  await open(2).admit();
  await expect(open(1).admit()).rejects.toEqual(exhausted(9 * 86_400 + 12 * 3600));
});

test('what was reserved and not drawn goes back when the operation is over', async () => {
  const { open, used, ledger } = ledgerAt(NOON, { perMinute: 20 });
  const account = open(5);
  await account.admit();
  await account.draw();
  expect(ledger.status().reserved).toBe(4);

  account.close();
  account.close();

  expect(used()).toEqual([1, 1]);
  expect(ledger.status().reserved).toBe(0);
});

test('a flight in the air keeps the reservation until it has landed', async () => {
  const { open, used } = ledgerAt(NOON, { perMinute: 20 });
  const account = open(5);
  await account.admit();
  account.depart();
  account.depart();
  account.close();
  account.land();
  expect(used()).toEqual([5, 5]);
  await account.draw();

  account.land();
  expect(used()).toEqual([1, 1]);
  account.depart();
  account.land();
  account.close();
  expect(used()).toEqual([1, 1]);
});

test('landings between flights settle nothing while the operation goes on', async () => {
  const { open, used } = ledgerAt(NOON, { perMinute: 20 });
  const account = open(5);
  await account.admit();
  account.depart();
  account.land();
  expect(used()).toEqual([5, 5]);
});

test('a landing without a departure does not bring down another flight', async () => {
  const { open, used } = ledgerAt(NOON, { perMinute: 20 });
  const account = open(5);
  await account.admit();
  account.land();
  account.depart();
  account.close();
  expect(used()).toEqual([5, 5]);
  account.land();
  expect(used()).toEqual([0, 0]);
});

test('an admission that comes after the end reserves nothing', async () => {
  const { open, used, ledger } = ledgerAt(NOON, { perMinute: 20 });
  const account = open(5);
  const admitted = account.admit();
  account.close();
  await admitted;
  expect(used()).toEqual([0, 0]);
  expect(ledger.status().reserved).toBe(0);
  await account.draw();
  account.close();
  expect(used()).toEqual([1, 1]);
});

test('a credit that was not spent may be drawn again, and after the end goes to the budget', async () => {
  const { open, used, ledger } = ledgerAt(NOON, { perMinute: 2 });
  const account = open(2);
  await account.admit();
  await account.draw();
  account.giveBack();
  expect(ledger.status()).toMatchObject({ reserved: 2, drawn: 0 });
  expect(used()).toEqual([2, 2]);

  await account.draw();
  await account.draw();
  account.close();
  account.giveBack();
  expect(used()).toEqual([1, 1]);
  expect(ledger.status()).toMatchObject({ reserved: 0, drawn: 1 });
});

test('nothing comes back that was not drawn', async () => {
  const { open, used, ledger } = ledgerAt(NOON, { perMinute: 5 });
  await open(3).admit();
  const account = open(1);
  account.giveBack();
  account.land();
  account.close();
  account.giveBack();
  expect(used()).toEqual([3, 3]);
  expect(ledger.status().drawn).toBe(0);
});

test('an operation that needs nothing is admitted even when nothing is left', async () => {
  const { open } = ledgerAt(NOON, { perMinute: 0 });
  await expect(open(0).admit()).resolves.toBeUndefined();
  await expect(open(1).admit()).rejects.toEqual(exhausted(60));
});

test('an operation larger than a whole minute reserves a whole minute', async () => {
  const { open, used, clock } = ledgerAt(NOON, { perMinute: 20, perMonth: 500 });
  const large = open(41);
  await large.admit();
  expect(used()).toEqual([20, 20]);
  for (let request = 0; request < 20; request += 1) await large.draw();
  await expect(large.draw()).rejects.toEqual(exhausted(60));

  clock.ms += 60_000;
  await large.draw();
  expect(used()).toEqual([1, 21]);
  await expect(open(41).admit()).rejects.toEqual(exhausted(60));
});

test('an operation larger than a whole month reserves a whole month', async () => {
  const { open, used } = ledgerAt(NOON, { perMinute: 600, perMonth: 20 });
  await open(41).admit();
  expect(used()).toEqual([20, 20]);
});

test('an estimate that is no number is an error, not a free ride', async () => {
  const { open, used } = ledgerAt(NOON, { perMinute: 20 });
  await expect(open(NaN).admit()).rejects.toBeInstanceOf(RangeError);
  await expect(open(-1).admit()).rejects.toBeInstanceOf(RangeError);
  expect(used()).toEqual([0, 0]);
});

test('a limit that is no number stops the start', () => {
  for (const perMinute of [NaN, -1, 1.5, Infinity]) {
    expect(() => ledgerAt(NOON, { perMinute })).toThrow(RangeError);
    expect(() => ledgerAt(NOON, { perMonth: perMinute })).toThrow(RangeError);
  }
});

test('without limits everything is counted and nothing refused', async () => {
  const { open, ledger } = ledgerAt(NOON);
  for (let count = 0; count < 100; count += 1) await open(50).admit();
  expect(ledger.status()).toEqual({
    upstream: 'tokenMetrics',
    minute: { limit: null, used: 5000, left: null, resetAt: '2026-11-21T12:01:00.000Z' },
    month: { limit: null, used: 5000, left: null, resetAt: '2026-12-01T00:00:00.000Z' },
    step: 'none',
    reserved: 5000,
    drawn: 0,
    borne: 0,
    redis: 'none',
  });
});

test('a refund after the minute is over leaves the new minute alone, and frees the month', async () => {
  const { open, used, clock } = ledgerAt(NOON, { perMinute: 5, perMonth: 8 });
  const account = open(5);
  await account.admit();
  await account.draw();
  clock.ms += 60_000;
  await open(3).admit();
  expect(used()).toEqual([3, 8]);

  account.close();

  expect(used()).toEqual([3, 4]);
  clock.ms -= 60_000;
  expect(used()).toEqual([1, 4]);
});

test('a refund after the month is over leaves the new month alone', async () => {
  const { open, used, clock } = ledgerAt(Date.parse('2026-12-31T23:59:59.500Z'), { perMonth: 8 });
  const account = open(5);
  await account.admit();
  clock.ms += 1_000;
  await open(2).admit();
  account.close();
  expect(used()).toEqual([2, 2]);
  clock.ms -= 1_000;
  expect(used()).toEqual([0, 0]);
});

test('a credit reserved in one minute and drawn in the next is counted where it is sent', async () => {
  const { open, used, clock } = ledgerAt(NOON + 59_000, { perMinute: 5 });
  const account = open(5);
  await account.admit();
  clock.ms += 1_000;
  await open(5).admit();

  // It was admitted: it goes on although the new minute is full, and is seen there.
  await account.draw();

  expect(used()).toEqual([6, 10]);
  account.giveBack();
  expect(used()).toEqual([6, 10]);
  account.close();
  expect(used()).toEqual([5, 5]);
  clock.ms -= 1_000;
  expect(used()).toEqual([0, 5]);
});

test('a month is as long as the calendar says', async () => {
  for (const [day, next] of [
    ['2028-02-01', '2028-03-01'],
    ['2027-02-28', '2027-03-01'],
    ['2026-12-31', '2027-01-01'],
    ['2026-01-31', '2026-02-01'],
    ['2026-04-30', '2026-05-01'],
  ]) {
    const { ledger, open, used, clock } = ledgerAt(Date.parse(`${day}T23:59:59.999Z`));
    await open(1).admit();
    expect(ledger.status().month.resetAt).toBe(`${next}T00:00:00.000Z`);
    clock.ms = Date.parse(`${next}T00:00:00.000Z`) - 1;
    expect(used()[1]).toBe(1);
    clock.ms += 1;
    expect(used()).toEqual([0, 0]);
  }
});

test('a credit that comes back after its minute was forgotten still frees the month', async () => {
  const { open, used, clock } = ledgerAt(NOON, { perMinute: 5, perMonth: 8 });
  const account = open(5);
  await account.admit();
  clock.ms += 3_600_000;
  await open(1).admit();
  account.close();
  expect(used()).toEqual([1, 1]);
});
