import { expect, test, vi } from 'vitest';
import { waysOf } from '../support/counted-ways.ts';
import { dataOf, minutes, price, priceOf, seconds, startHot } from '../support/hot-gateway.ts';
import { registrationOf, tellOf } from '../support/two-ways.ts';

vi.mock('../../src/yoga-server.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingLong(original),
);
vi.mock('../../src/execution/compile.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingExecuted(original),
);

/** Kept answers: how long they are true. */

test('an answer ends with the first of its values', async () => {
  const { clock, heat, ask, askLong } = await startHot();
  const text = price(3375);
  const { headers } = await heat(text);
  const maxAge = Number(/max-age=(\d+)/.exec(headers['cache-control'] ?? '')?.[1]);
  expect(maxAge).toBeGreaterThan(200);
  clock.nowMs += maxAge * seconds;
  expect((await ask(text)).way).toBe('hot');
  clock.nowMs += 1 * seconds;
  const stale = await ask(text);
  expect(stale.way).toBe('executed');
  await vi.waitFor(async () =>
    expect(priceOf(await askLong(text)).fetchedAt).toBe(new Date(clock.nowMs).toISOString()),
  );
  const anew = await ask(text);
  expect(priceOf(anew)).toMatchObject({
    fetchedAt: new Date(clock.nowMs).toISOString(),
    stale: false,
  });
  expect(anew.headers['etag']).not.toBe(headers['etag']);
});

test('how long an answer is good for is told as the long way tells it, to the second', async () => {
  const { clock, heat, ask, askLong } = await startHot();
  for (const text of [price(3306), '{ topTokens(first: 3) { nodes { id } } }']) {
    await heat(text);
    for (const passed of [0, 1, 500, 999, 31_000]) {
      clock.nowMs += passed;
      const hot = await ask(text);
      expect(hot.way).toBe('hot');
      expect(tellOf(hot), `${text} after ${passed} ms`).toEqual(tellOf(await askLong(text)));
    }
  }
});

test('an answer that had to be fetched is told as one from memory from then on', async () => {
  const { client, get, ask, askLong } = await startHot();
  const text =
    'query One($id: Int!) { token(by: { tokenMetricsId: $id }) { symbol price { usd } quantMetrics { sharpe } } }';
  await client.send(registrationOf(text, { id: 3375 }));
  await client.sendLong(get(text, { variables: { id: 3375 } }));
  const asked = { variables: { id: 3306 } };
  const fetched = await ask(text, asked);
  expect(fetched.way).toBe('executed');
  expect(JSON.parse(fetched.text).extensions.sources[0]).toMatchObject({ hits: 0, misses: 3 });
  const hot = await ask(text, asked);
  expect(hot.way).toBe('hot');
  const { extensions, data } = JSON.parse((await askLong(text, asked)).text);
  expect(extensions.sources[0]).toMatchObject({ hits: 3, misses: 0, calls: 0, credits: 0 });
  expect(JSON.parse(hot.text)).toMatchObject({ data, extensions: { sources: extensions.sources } });
});

test('an answer that read nothing is as good for who comes later', async () => {
  const { clock, ask, askLong } = await startHot();
  for (let times = 0; times < 3; times += 1) await ask('{ __typename }');
  clock.nowMs += 10 * seconds;
  const later = await ask('{ __typename }');
  expect(tellOf(later)).toEqual(tellOf(await askLong('{ __typename }')));
});

test('a value that is replaced before its time ends the answers that it is in', async () => {
  const { clock, heat, ask } = await startHot();
  const text = price(3375);
  const before = await heat(text);
  clock.nowMs += 4 * minutes;
  expect((await ask(text)).text).toContain(priceOf(before).fetchedAt);
  // Beside it there is room for what ends soon.
  const beside = price(3306);
  await heat(beside);
  const after = await ask(text);
  expect(after.way).toBe('executed');
  expect(priceOf(after).fetchedAt).toBe(new Date(clock.nowMs).toISOString());
  const again = await ask(text, { headers: { 'if-none-match': before.headers['etag'] ?? '' } });
  expect([again.way, again.status]).toEqual(['hot', 200]);
  const current = await ask(text, { headers: { 'if-none-match': again.headers['etag'] ?? '' } });
  expect([current.way, current.status, current.text]).toEqual(['hot', 304, '']);
});

test('a value that memory has no more room for ends the answers that it is in', async () => {
  const { heat, ask, client } = await startHot({ ROWS_MEMORY_MB: '1' });
  const text = price(3375);
  await heat(text);
  const wide =
    '{ topTokens(first: 100) { nodes { tmGrades(first: 29) { nodes { date } } tradingSignals(first: 29) { nodes { date } } } } }';
  for (let times = 0; times < 3; times += 1) {
    const { status } = await client.send(registrationOf(wide));
    expect(status).toBe(200);
  }
  expect((await ask(text)).way).toBe('executed');
});

test('at every hour and day answers say what the long way says', async () => {
  const { clock, client, get } = await startHot({}, Date.parse('2026-11-20T21:30:00Z'));
  const token = '{ token(by: { tokenMetricsId: 3375 }) ';
  const texts = [
    `${token} { tmGrades(first: 3) { nodes { date grade } pageInfo { hasNextPage endCursor } } } }`,
    `${token} { hourlySignals(first: 3) { nodes { at: asOf } pageInfo { hasNextPage } } } }`,
    `${token} { candles(first: 3, interval: H1) { nodes { __typename } pageInfo { endCursor } } } }`,
    `${token} { candles(first: 3, interval: D1) { nodes { __typename } pageInfo { endCursor } } } }`,
    `${token} { traderGrade { date } tradingSignals(first: 2) { nodes { date } } } }`,
    '{ marketMetrics(first: 2) { nodes { date } } }',
    price(3375),
  ];
  for (const text of texts) await client.send(registrationOf(text));
  let hot = 0;
  for (const at of [
    ...['21:30:00.000', '21:45:00.000', '21:59:59.999', '22:00:00.000', '22:05:00.000'],
    ...['22:10:00.000', '22:10:00.001', '23:30:00.000', '23:59:59.999', '24:00:00.000'],
    ...['24:00:00.001', '24:04:00.000', '24:10:00.000', '25:00:00.000'],
  ]) {
    const [hours = 0, ...rest] = at.split(/[:.]/).map(Number);
    const [minute = 0, second = 0, ms = 0] = rest;
    clock.nowMs = Date.UTC(2026, 10, 20, hours, minute, second, ms);
    for (const text of texts) {
      // Stale is good enough for the first, while a new one is fetched.
      await vi.waitFor(async () =>
        expect((await client.sendLong(get(text))).text).not.toContain('STALE'),
      );
      for (let times = 0; times < 3; times += 1) {
        const long = await client.sendLong(get(text));
        const short = await waysOf(() => client.send(get(text)));
        expect(short.long).toBe(0);
        if (short.executed === 0) hot += 1;
        expect(dataOf(short.result), `${text} at ${at}`).toEqual(dataOf(long));
        expect(tellOf(short.result).headers, `${text} at ${at}`).toEqual(tellOf(long).headers);
      }
    }
  }
  expect(hot).toBeGreaterThan(100);
});
