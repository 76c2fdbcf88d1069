import { expect, test } from 'vitest';

import { tableOf } from '../../src/admin/table.ts';
import { aFewOperations, countBy, startAdmin, sum, top } from '../support/admin.ts';

/** What operators are told, over real sockets, against what the upstream says it was asked. */

const figures = ['hits', 'misses', 'joins', 'stale', 'failed'] as const;

test('the figures are those of the operations, and of the upstream itself', async () => {
  const started = await startAdmin({ TOKENMETRICS_CREDITS_PER_MONTH: '500' });
  const told = await aFewOperations(started);
  const calls = started.sandboxCalls();
  const spent = started.gateway.sandbox.requests.length;
  const { at, upstreams, spenders } = await started.view();
  expect(at).toBe('2026-11-20T14:25:30.000Z');
  expect(upstreams).toHaveLength(1);
  const [{ upstream, endpoints, total, budget, state, rows }] = upstreams;

  expect(upstream).toBe('tokenMetrics');
  expect(
    Object.fromEntries(Object.entries<any>(endpoints).map(([path, { calls }]) => [path, calls])),
  ).toEqual(calls);
  // All kinds have happened, so that none of the sums is one of zeros.
  for (const figure of ['hits', 'misses', 'joins', 'failed'] as const) {
    expect([figure, total[figure] > 0]).toEqual([figure, true]);
  }
  for (const figure of figures) {
    expect([figure, total[figure]]).toEqual([figure, sum(told.map((each) => each[figure]))]);
  }
  expect(total.calls).toBe(spent);
  expect(total.hitRate).toBeCloseTo(total.hits / (total.hits + total.misses), 4);
  expect(endpoints['/price'].hitRate).toBe(0.5);
  expect(endpoints['/quantmetrics'].hitRate).toBe(0);

  expect(budget).toMatchObject({
    month: { limit: 500, used: spent, left: 500 - spent, resetAt: '2026-12-01T00:00:00.000Z' },
    minute: { limit: null, used: spent, left: null, resetAt: '2026-11-20T14:26:00.000Z' },
    ...{ step: 'none', reserved: 0, drawn: spent, borne: spent, redis: 'none' },
  });
  expect(state).toEqual({ breaker: 'closed', endpoints: [], running: 0, queued: 0 });
  expect(rows.memory.entries).toBeGreaterThan(0);
  expect(rows.memory.bytesMax).toBe(64 * 1024 * 1024);
  expect(spenders.today).toEqual({
    ...{ day: '2026-11-20', isComplete: true, totals: { borne: spent, drawn: spent } },
    rows: [{ caller: 'address:none', credits: spent }],
  });
  expect(spenders.yesterday).toMatchObject({ day: '2026-11-19', rows: [] });
});

test('the table says the same to who reads it', async () => {
  const started = await startAdmin({ TOKENMETRICS_CREDITS_PER_MONTH: '500' });
  await aFewOperations(started);
  const { upstreams, spenders } = await started.view();
  const [{ endpoints, total, budget }] = upstreams;
  const { text, headers } = await started.get('/status');
  expect(headers['content-type']).toBe('text/plain; charset=utf-8');
  const cells = text.split('\n').map((line) => line.trim().split(/ {2,}/));

  for (const [path, counts] of Object.entries<any>({ ...endpoints, all: total })) {
    const { hits, misses, joins, stale, failed, calls, hitRate } = counts;
    const numbers = [hits, misses, joins, stale, failed, calls].map(String);
    expect(cells).toContainEqual([path, ...numbers, `${(hitRate * 100).toFixed(1)} %`]);
  }
  const { used, left, resetAt } = budget.month;
  expect(cells).toContainEqual(['month', '500', String(used), String(left), 'in 10 d', resetAt]);
  expect(cells).toContainEqual([
    ...['minute', 'none', String(used), '-', 'in 30 s', budget.minute.resetAt],
  ]);
  expect(cells).toContainEqual(['breaker', 'closed']);
  expect(cells).toContainEqual(['brown-out step', 'none']);
  expect(cells).toContainEqual(['Redis', 'none']);
  expect(cells).toContainEqual(['address:none', String(spenders.today.totals.borne)]);
  expect(text).toContain(`Top spenders today, 2026-11-20: ${used} credits in all`);
  expect(text).toContain('Top spenders yesterday, 2026-11-19: 0 credits in all');
});

test('a name steers no terminal, and books that are not whole say so', async () => {
  const { view } = await startAdmin();
  const { spenders, ...rest } = await view();
  const rows = [{ caller: 'key:\u001b[2J\u202eevil\n', credits: 0.125 }];
  const today = { ...spenders.today, rows, isComplete: false };
  const text = tableOf({ ...rest, spenders: { ...spenders, today } });
  expect(text).toContain('  key:\u{fffd}[2J\u{fffd}evil\u{fffd}     0.13\n');
  expect(text).toMatch(
    /^Top spenders today.+; the shared books cannot be read, this is what they lack$/m,
  );
  expect(text).toMatch(/^Top spenders yesterday.+ credits in all$/m);
});

test('who spent our quota yesterday has an answer: by caller, operation and endpoint', async () => {
  const started = await startAdmin();
  await started.spend('127.0.0.2', top('Home'));
  await started.spend('127.0.0.3', '{ tokensBySymbol(symbol: "ETH") { symbol } }');
  const yesterday = started.sandboxCalls();
  started.clock.ms += 24 * 3600 * 1000;
  await started.spend('127.0.0.3', top('Home'));
  const spending = async (query: string) => (await started.get(`/spending${query}`)).json();

  const day = '?from=2026-11-20&to=2026-11-20';
  const all = await spending(`${day}&by=caller,operation,endpoint&top=50`);
  const home = (endpoint: string) => ({
    ...{ caller: 'address:127.0.0.2', operation: 'Home', endpoint, credits: 1 },
  });
  expect(all).toEqual({
    ...{ from: '2026-11-20', to: '2026-11-20', by: ['caller', 'operation', 'endpoint'], top: 50 },
    rows: [
      ...['/price', '/tm-grade', '/top-market-cap-tokens'].map(home),
      ...[
        {
          caller: 'address:127.0.0.3',
          operation: '(anonymous)',
          endpoint: '/tokens',
          credits: 1,
        },
      ],
    ],
    totals: { borne: 4, drawn: 4 },
    isComplete: true,
  });
  expect(countBy(all.rows.map((row: any) => row.endpoint))).toEqual(yesterday);

  const byCaller = await spending(day);
  expect(byCaller.rows).toEqual([
    { caller: 'address:127.0.0.2', credits: 3 },
    { caller: 'address:127.0.0.3', credits: 1 },
  ]);
  expect(await spending(`${day}&top=1`)).toEqual({
    ...byCaller,
    top: 1,
    rows: byCaller.rows.slice(0, 1),
  });

  // Yesterday and today when nothing is said, today's last three credits included.
  const both = await spending('');
  expect(both).toMatchObject({ from: '2026-11-20', to: '2026-11-21', by: ['caller'], top: 20 });
  expect(both.rows).toEqual([
    { caller: 'address:127.0.0.3', credits: 4 },
    { caller: 'address:127.0.0.2', credits: 3 },
  ]);
  expect((await spending('?by=day')).rows).toEqual([
    { day: '2026-11-20', credits: 4 },
    { day: '2026-11-21', credits: 3 },
  ]);
  expect((await spending('?by=caller,caller')).by).toEqual(['caller']);
  expect(await spending('?to=2026-11-10')).toMatchObject({ from: '2026-11-10', rows: [] });

  const { today, yesterday: before } = (await started.view()).spenders;
  expect([today.rows, before.rows]).toEqual([
    [{ caller: 'address:127.0.0.3', credits: 3 }],
    byCaller.rows,
  ]);
});

test.each<readonly [query: string, ...problems: string[]]>([
  ['?from=yesterday', 'from: expected a UTC day as YYYY-MM-DD, got "yesterday"'],
  ['?to=2026-02-30', 'to: expected a UTC day as YYYY-MM-DD, got "2026-02-30"'],
  ['?from=2026-11-21', 'from: expected a day not after to, got 2026-11-21 and 2026-11-20'],
  ['?by=', 'by: expected one or more of caller, operation, endpoint, day, got ""'],
  ['?by=caller,token', 'by: expected one or more of caller, operation, endpoint, day, got "token"'],
  ['?top=0', 'top: expected a whole number from 1 to 10000, got "0"'],
  ['?top=1e3', 'top: expected a whole number from 1 to 10000, got "1e3"'],
  ['?top=10001', 'top: expected a whole number from 1 to 10000, got "10001"'],
  ['?since=2026-11-20', '"since" is no parameter: expected from, to, by, top'],
  ['?top=1&top=2', 'top: expected once, got 2 of it'],
  [
    '?from=x&top=y',
    'from: expected a UTC day as YYYY-MM-DD, got "x"',
    'top: expected a whole number from 1 to 10000, got "y"',
  ],
])('/spending%s is refused, and every mistake in it named', async (query, ...problems) => {
  const answer = await (await startAdmin()).get(`/spending${query}`);
  expect([answer.status, answer.json()]).toEqual([
    400,
    { error: 'The question has mistakes.', problems },
  ]);
});
