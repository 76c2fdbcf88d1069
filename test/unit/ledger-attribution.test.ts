import { expect, test } from 'vitest';

import { createLedger, type LedgerOptions } from '../../src/upstreams/ledger/ledger.ts';
import { createRandom } from '../support/random.ts';
import { recordingLog } from '../support/recording-log.ts';

const NOON = Date.parse('2026-11-21T12:00:00.000Z');
const DAY = { from: '2026-11-21', to: '2026-11-21' };
const DAY_MS = 86_400_000;

function ledgerWith(options: Partial<LedgerOptions> = {}) {
  const clock = { ms: NOON };
  const ledger = createLedger({
    ...{ upstream: 'tokenMetrics', now: () => clock.ms, log: recordingLog().log },
    ...options,
  });
  const open = (caller: string, operation = 'Q') =>
    ledger.open({ caller, priority: 'normal', operation: () => operation, estimate: () => 3 });
  return { ledger, open, clock };
}

test('who spent our credits yesterday, and on what', async () => {
  const { ledger, open, clock } = ledgerWith();
  const alice = open('alice', 'Grades');
  await alice.draw();
  alice.bear('/v2/trader-grades', 0.75);
  open('bob', 'Grades').bear('/v2/trader-grades', 0.25);
  const bob = open('bob', 'Prices');
  await bob.draw();
  await bob.draw();
  bob.bear('/v2/price', 2);
  clock.ms += DAY_MS;
  open('alice', 'Grades').bear('/v2/price', 1);

  await expect(ledger.spending({ ...DAY, by: ['caller'] })).resolves.toEqual({
    rows: [
      { caller: 'bob', credits: 2.25 },
      { caller: 'alice', credits: 0.75 },
    ],
    totals: { borne: 3, drawn: 3 },
    isComplete: true,
  });
  const { rows } = await ledger.spending({ ...DAY, by: ['operation', 'endpoint'], top: 2 });
  expect(rows).toEqual([
    { operation: 'Prices', endpoint: '/v2/price', credits: 2 },
    { operation: 'Grades', endpoint: '/v2/trader-grades', credits: 1 },
  ]);
  await expect(
    ledger.spending({ from: '2026-11-21', to: '2026-11-22', by: ['day'], top: 1 }),
  ).resolves.toEqual({
    rows: [{ day: '2026-11-21', credits: 3 }],
    totals: { borne: 4, drawn: 3 },
    isComplete: true,
  });
  await expect(
    ledger.spending({ from: '2026-11-22', to: '2027-11-22', by: [] }),
  ).resolves.toMatchObject({ rows: [{ credits: 1 }], totals: { borne: 1, drawn: 0 } });
  expect(ledger.status()).toMatchObject({ drawn: 3, borne: 4 });
});

test('rows of equal credits come in the order of their names', async () => {
  const { ledger, open } = ledgerWith();
  for (const caller of ['c', 'a', 'b']) open(caller).bear('/x', 1);
  const { rows } = await ledger.spending({ ...DAY, by: ['caller'] });
  expect(rows.map(({ caller }) => caller)).toEqual(['a', 'b', 'c']);
});

test('a request that was not sent is not counted, on the day it was drawn', async () => {
  const { ledger, open, clock } = ledgerWith();
  const account = open('alice');
  await account.draw();
  await account.draw();
  clock.ms += DAY_MS;
  account.giveBack();
  const drawnOn = async (day: string) =>
    (await ledger.spending({ from: day, to: day, by: [] })).totals.drawn;
  expect([await drawnOn('2026-11-21'), await drawnOn('2026-11-22')]).toEqual([1, 0]);
});

test('thirds and sevenths of a credit add up to one', async () => {
  const { ledger, open } = ledgerWith();
  for (const parts of [3, 7, 9]) {
    for (let part = 0; part < parts; part += 1) open('alice').bear('/x', 1 / parts);
  }
  const { totals } = await ledger.spending({ ...DAY, by: [] });
  expect(totals.borne).toBe(3);
  expect(ledger.status().borne).toBe(3);
});

for (const seed of [1, 2, 3, 4, 5]) {
  test(`whatever operations share, they bear what was drawn (seed ${seed})`, async () => {
    const random = createRandom(seed);
    const { ledger, open, clock } = ledgerWith({ perMinute: 40, perMonth: 2_000, linesMax: 30 });
    for (let round = 0; round < 300; round += 1) {
      clock.ms += random.integer(0, 40_000);
      const accounts = Array.from({ length: random.integer(1, 6) }, () =>
        open(`caller ${random.integer(0, 9)}`, `operation ${random.integer(0, 9)}`),
      );
      const [payer = open('nobody')] = accounts;
      for (const account of accounts) account.depart();
      if (random.chance(0.8)) await payer.admit().catch(() => {});
      if (random.chance(0.1)) payer.close();
      let calls = 0;
      for (let request = random.integer(0, 6); request > 0; request -= 1) {
        await payer.draw().then(
          () => (calls += 1),
          () => {},
        );
        if (calls > 0 && random.chance(0.2)) {
          payer.giveBack();
          calls -= 1;
        }
      }
      const weights = accounts.map(() => random.integer(1, 50));
      const sum = weights.reduce((a, b) => a + b, 0);
      accounts.forEach((account, index) => {
        account.bear(`/v2/${random.integer(0, 3)}`, (calls * (weights[index] ?? 0)) / sum);
        account.land();
        account.close();
      });
    }

    const { drawn, borne, reserved, month } = ledger.status();
    expect(drawn).toBeGreaterThan(300);
    expect(borne).toBeCloseTo(drawn, 5);
    expect(reserved).toBe(0);
    expect(month.used).toBe(drawn);
    const query = { ...DAY, by: ['caller', 'operation', 'endpoint'] as const };
    const { rows, totals } = await ledger.spending(query);
    expect(rows.length).toBeLessThanOrEqual(30);
    expect(totals.drawn).toBe(drawn);
    expect(totals.borne).toBeCloseTo(drawn, 5);
    expect(rows.reduce((credits, row) => credits + row.credits, 0)).toBeCloseTo(drawn, 5);
  });
}

test('strangers who invent names cannot fill the memory, and totals stay exact', async () => {
  const { ledger, open } = ledgerWith();
  open('alice', 'Known').bear('/x', 1);
  for (let name = 0; name < 25_000; name += 1) open('mallory', `q${name}`).bear('/x', 0.1);
  for (let name = 0; name < 25_000; name += 1) open(`m${name}`, `q${name}`).bear('/x', 0.1);
  open('alice', 'Known').bear('/x', 1);
  open('alice', 'New').bear('/x', 1);

  const { rows, totals } = await ledger.spending({ ...DAY, by: ['caller', 'operation'] });

  expect(rows.length).toBeLessThanOrEqual(10_000);
  expect(rows.length).toBeGreaterThan(8_999);
  expect(totals.borne).toBe(5_003);
  // Mallory's further operations are named after their caller; callers beyond the room have no name.
  expect(rows.slice(0, 4)).toEqual([
    { caller: '(other)', operation: '(other)', credits: expect.closeTo(2_401.1, 5) },
    { caller: 'mallory', operation: '(other)', credits: expect.closeTo(1_700.1, 5) },
    { caller: 'alice', operation: 'Known', credits: 2 },
    { caller: 'm0', operation: '(other)', credits: 0.1 },
  ]);
});

test('names are told apart whatever characters they hold', async () => {
  const { ledger, open } = ledgerWith();
  const names = [
    ...['a","b', 'a', '","', '\\', '\n', '\u0000', '\u2028', 'é', 'e\u0301', '😀', '\uD83D', ':'],
    ...['drawn', '__proto__', 'constructor', ' ', '[]', '(other)'],
  ];
  const spent = new Map<string, number>();
  names.forEach((caller, index) => {
    names.forEach((operation, other) => {
      const credits = 1 + index * names.length + other;
      spent.set(JSON.stringify([caller, operation]), credits);
      open(caller, operation).bear('/x', credits);
    });
  });

  const { rows } = await ledger.spending({ ...DAY, by: ['caller', 'operation'] });

  expect(
    new Map(rows.map((row) => [JSON.stringify([row.caller, row.operation]), row.credits])),
  ).toEqual(new Map([...spent].reverse()));
});

test('an operation without a name has one, and long names are cut between characters', async () => {
  const { ledger, open } = ledgerWith();
  open('alice', '').bear('/x', 3);
  open('alice', 'q'.repeat(1_000)).bear('/x', 2);
  open('alice', `${'q'.repeat(127)}😀`).bear('/x', 1);
  const { rows } = await ledger.spending({ ...DAY, by: ['operation'] });
  expect(rows.map(({ operation }) => operation)).toEqual([
    '(anonymous)',
    'q'.repeat(128),
    'q'.repeat(127),
  ]);
});

test('memory holds 35 days', async () => {
  const { ledger, open, clock } = ledgerWith();
  for (let day = 0; day < 40; day += 1) {
    open('alice').bear('/x', 1);
    clock.ms += DAY_MS;
  }
  clock.ms -= DAY_MS;
  const query = { from: '2000-01-01', to: '2100-01-01', by: ['day'] as const };
  const { rows, totals } = await ledger.spending(query);
  expect(rows).toHaveLength(35);
  expect(totals.borne).toBe(35);
  clock.ms -= 10 * DAY_MS;
  expect((await ledger.spending(query)).rows).toHaveLength(25);
});

test('a share that is no number is an error and spoils nothing', async () => {
  const { ledger, open } = ledgerWith();
  for (const credits of [NaN, Infinity, -1]) {
    expect(() => open('alice').bear('/x', credits)).toThrow(RangeError);
  }
  open('alice').bear('/x', 0.5);
  expect(ledger.status().borne).toBe(0.5);
  await expect(ledger.spending({ from: 'today', to: '2026-11-21', by: [] })).rejects.toThrow(
    RangeError,
  );
});
