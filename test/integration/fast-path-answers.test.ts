import { expect, onTestFinished, test, vi } from 'vitest';
import { creation } from '../../src/callers/keys/edits.ts';
import { createFileStore } from '../../src/callers/keys/file-store.ts';
import { prefixOf } from '../../src/callers/keys/key.ts';
import { writeCallers } from '../support/callers-files.ts';
import { waysOf } from '../support/counted-ways.ts';
import {
  dataOf,
  keyed,
  minutes,
  price,
  priceOf,
  startHot,
  tomorrow,
} from '../support/hot-gateway.ts';
import { registrationOf, tellOf } from '../support/two-ways.ts';

vi.mock('../../src/yoga-server.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingLong(original),
);
vi.mock('../../src/execution/compile.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingExecuted(original),
);

/** Kept answers: whose they are, and which are none. */

test('an answer is for its plan and scopes alone', async () => {
  const report = `{ token(by: { tokenMetricsId: 3375 }) { symbol aiReport { __typename } } }`;
  const days = `{ token(by: { tokenMetricsId: 3375 }) { tmGrades(first: 29) { nodes { date } } } }`;
  const files = await writeCallers({
    all: { scopes: ['reports'] },
    twin: { scopes: ['reports'] },
    blind: { scopes: [] },
    brief: { scopes: ['reports'], historyDays: 3, pageSize: 10 },
  });
  onTestFinished(files.remove);
  const { heat, ask, askLong } = await startHot(files.env, tomorrow);
  const { all, twin, blind, brief } = files.keys;
  for (const text of [report, days]) await heat(text, keyed(all));

  const blinded = await ask(report, keyed(blind));
  expect(blinded.way).toBe('executed');
  expect(JSON.parse(blinded.text).errors[0].extensions.code).toBe('FORBIDDEN');
  expect(tellOf(blinded)).toEqual(tellOf(await askLong(report, keyed(blind))));
  const refused = await ask(days, keyed(brief));
  expect(refused).toMatchObject({ way: 'long', status: 400 });
  expect(refused.text).toContain('PLAN_LIMIT_EXCEEDED');
  expect((await ask(report, keyed(twin))).way).toBe('executed');
  expect((await ask(report, keyed(all))).way).toBe('hot');
  expect((await ask(report)).status).toBe(401);
});

test('who a cache may keep an answer for follows from who asks, not from who asked first', async () => {
  const text = price(3375);
  const files = await writeCallers({ free: {} }, { anonymous: 'free' });
  onTestFinished(files.remove);
  for (const first of [undefined, files.keys.free]) {
    const { heat, ask, askLong } = await startHot(files.env, tomorrow);
    await heat(text, first === undefined ? {} : keyed(first));
    for (const asked of [{}, keyed(files.keys.free)]) {
      const { headers } = await ask(text, asked);
      const long = await askLong(text, asked);
      expect(headers['cache-control']).toBe(long.headers['cache-control']);
    }
  }
});

test('what is about a caller is told to that caller, each time anew', async () => {
  const texts = [
    '{ viewer { id points { remaining } } }',
    '{ rateLimit { remaining cost } topTokens(first: 1) { nodes { id } } }',
  ];
  const files = await writeCallers({ free: { pointsPerMinute: 1000 } });
  onTestFinished(files.remove);
  const store = createFileStore(files.env['KEYS_FILE'] ?? '');
  const { key: other } = await store.change(creation({ name: 'other', plan: 'free' }, Date.now()));
  const { client, get, ask } = await startHot(files.env, tomorrow);
  for (const text of texts) {
    await client.send({
      ...registrationOf(text),
      headers: { 'content-type': 'application/json', 'x-api-key': other },
    });
    for (const key of [files.keys.free, other, files.keys.free, other]) {
      await client.sendLong(get(text, keyed(key)));
      const answer = await ask(text, keyed(key));
      expect(answer.way).toBe('executed');
      if (text.includes('viewer')) expect(dataOf(answer).viewer.id).toBe(`key:${prefixOf(key)}`);
      expect(answer.headers['cache-control']).toBe('private, no-cache');
    }
  }
});

test('a mutation is carried out each time', async () => {
  const text = 'mutation Ask { askAnalyst(question: "Why?") { answer } }';
  const { client, gateway } = await startHot();
  const registration = registrationOf(text);
  for (let times = 1; times <= 3; times += 1) {
    gateway.sandbox.clearRequests();
    const { long } = await waysOf(() => client.send(registration));
    expect([long, gateway.sandbox.requests.length]).toEqual([1, 1]);
  }
});

test('without memory for rows, and without memory for answers, each is executed', async () => {
  for (const name of ['ROWS_MEMORY_MB', 'ANSWERS_MEMORY_MB']) {
    const { client, get, ask } = await startHot({ [name]: '0' });
    const text = price(3375);
    await client.send(registrationOf(text));
    await client.sendLong(get(text));
    for (let times = 0; times < 3; times += 1) expect((await ask(text)).way).toBe('executed');
  }
});

test('what is stale or has failed is never kept', async () => {
  const { clock, gateway, client, get, heat, ask } = await startHot({
    TOKENMETRICS_RETRIES: '0',
    TOKENMETRICS_BREAKER_FAILURES: '1000',
  });
  gateway.sandbox.faults.set({ path: '/v2/price', status: 500 });
  const text = price(3375);
  await client.send(registrationOf(text));
  await client.sendLong(get(text));
  for (let times = 0; times < 3; times += 1) {
    const failed = await ask(text);
    expect(failed.way).toBe('executed');
    expect(JSON.parse(failed.text).errors).toHaveLength(1);
    expect(failed.headers['cache-control']).toBe('no-store');
  }
  gateway.sandbox.faults.clear();
  await heat(text);
  gateway.sandbox.faults.set({ path: '/v2/price', status: 500 });
  clock.nowMs += 11 * minutes;
  for (let times = 0; times < 3; times += 1) {
    const stale = await ask(text);
    expect([stale.way, priceOf(stale).stale]).toEqual(['executed', true]);
    expect(JSON.parse(stale.text).extensions.sources[0].state).toBe('STALE');
    expect(stale.headers['cache-control']).toMatch(/no-cache$/);
    const refused = await ask(text, { headers: { 'x-max-stale-seconds': '0' } });
    expect(refused.way).toBe('long');
    expect(JSON.parse(refused.text).errors).toHaveLength(1);
  }
});

test('answers of thousands of variables stay within their memory: the oldest are forgotten', async () => {
  const names = ['id', 'symbol', 'name', 'slug', 'tokenMetricsId'];
  const fields = Array.from(
    { length: 12 },
    (_, index) => `f${index}: ${names[index % 2]} @include(if: $v${index})`,
  );
  const variables = fields.map((_, index) => `$v${index}: Boolean!`).join(', ');
  const text = `query Many(${variables}) { topTokens(first: 20) { nodes { __typename ${fields.join(' ')} } } }`;
  const valuesOf = (number: number) =>
    Object.fromEntries(fields.map((_, index) => [`v${index}`, (number >> index) % 2 === 1]));
  const { clock, heat, ask, client, get } = await startHot({ ANSWERS_MEMORY_MB: '1' });
  await heat(text, { variables: valuesOf(0) });
  expect((await ask(text, { variables: valuesOf(0) })).way).toBe('hot');
  for (let from = 1; from < 2000; from += 50) {
    // Another minute of what the field's limit allows.
    if (from % 500 === 1) clock.nowMs += minutes;
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        client.send(get(text, { variables: valuesOf(from + index) })),
      ),
    );
  }
  expect((await ask(text, { variables: valuesOf(0) })).way).toBe('executed');
  clock.nowMs += minutes;
  let kept = 0;
  for (let number = 2000; number > 1000; number -= 1) {
    if ((await ask(text, { variables: valuesOf(number) })).way !== 'hot') break;
    kept += 1;
  }
  expect(kept).toBeGreaterThan(50);
  expect(kept).toBeLessThan(700);
}, 60_000);
