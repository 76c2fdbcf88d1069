import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';

import { creation } from '../../src/callers/keys/edits.ts';
import { createFileStore } from '../../src/callers/keys/file-store.ts';
import { type AdminGateway, nowMs, startAdmin, top } from '../support/admin.ts';

/** Who asks, by which plan, and how near each is to its limits. */

async function plans(book: object): Promise<{ env: Record<string, string>; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'admin-callers-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'plans.json'), JSON.stringify(book));
  return { env: { PLANS_FILE: join(folder, 'plans.json') }, folder };
}

const book = {
  anonymous: 'free',
  default: null,
  plans: {
    free: { requestsPerMinute: 4, pointsPerMinute: 60_000, creditsPerMonth: 100 },
    pro: { requestsPerMinute: 100, creditsPerMonth: 5 },
    staff: {},
  },
};

const callersOf = async ({ get }: AdminGateway, query = '') =>
  (await get(`/callers${query}`)).json();

/** A gateway with callers of three plans, and how to ask as the two who have keys. */
async function startWithKeys() {
  const { env, folder } = await plans(book);
  const store = createFileStore(join(folder, 'keys.json'));
  const pro = await store.change(creation({ name: 'A', plan: 'pro' }, nowMs));
  const staff = await store.change(creation({ name: 'B', plan: 'staff' }, nowMs));
  const started = await startAdmin({ ...env, KEYS_FILE: join(folder, 'keys.json') });
  const askAs = ({ key }: { readonly key: string }, query: string) =>
    started.gateway.ask(query, {}, { headers: { 'x-api-key': key } });
  return { started, pro, staff, askAs };
}

test('callers are told with plan and standing, who is nearest to a limit first', async () => {
  const { started, pro, staff, askAs } = await startWithKeys();
  expect(await callersOf(started)).toEqual({
    ...{ at: '2026-11-20T14:25:30.000Z', top: 20, total: 0, callers: [] },
  });
  await started.spend('127.0.0.2', '{ __typename }');
  await askAs(staff, '{ __typename }');
  await askAs(pro, top('Home'));
  expect(started.gateway.sandbox.requests).toHaveLength(3);
  await started.spend('127.0.0.3', '{ __typename }');
  await started.spend('127.0.0.3', '{ __typename }');

  const standing = {
    requests: { limit: 4, remaining: 3, resetSeconds: 15 },
    points: { limit: 60_000, remaining: 60_000, resetSeconds: 0 },
    credits: { limit: 100, remaining: 100, resetSeconds: 898_470 },
  };
  expect(await callersOf(started)).toEqual({
    ...{ at: '2026-11-20T14:25:30.000Z', top: 20, total: 4 },
    callers: [
      {
        ...{ id: `key:${pro.record.prefix}`, plan: 'pro', usedShare: 0.6 },
        requests: { limit: 100, remaining: 99, resetSeconds: 1 },
        points: null,
        credits: { limit: 5, remaining: 2, resetSeconds: 898_470 },
      },
      {
        ...{ id: 'address:127.0.0.3', plan: 'free', usedShare: 0.5, ...standing },
        requests: { limit: 4, remaining: 2, resetSeconds: 30 },
      },
      { id: 'address:127.0.0.2', plan: 'free', usedShare: 0.25, ...standing },
      {
        ...{ id: `key:${staff.record.prefix}`, plan: 'staff', usedShare: 0 },
        ...{ requests: null, points: null, credits: null },
      },
    ],
  });
});

test('what is told is what the caller was told, and what the books say was spent', async () => {
  const { started, pro, askAs } = await startWithKeys();
  await askAs(pro, top('Home'));
  // Headers are written before credits are given back: of what needs none they are the last word.
  const { headers } = await askAs(pro, '{ __typename }');
  const [told] = (await callersOf(started)).callers;
  const words = Object.entries<any>({ requests: told.requests, credits: told.credits });
  expect(headers.get('ratelimit')).toBe(
    words
      .map(([name, meter]) => `"${name}";r=${meter.remaining};t=${meter.resetSeconds}`)
      .join(', '),
  );
  const { rows } = (await started.get('/spending')).json();
  expect(rows).toEqual([{ caller: told.id, credits: told.credits.limit - told.credits.remaining }]);
});

test('?top= cuts the list and not the count', async () => {
  const { env } = await plans(book);
  const started = await startAdmin(env);
  for (let last = 2; last < 25; last += 1) {
    await started.spend(`127.0.0.${last}`, '{ __typename }');
  }
  await started.spend('127.0.0.9', '{ __typename }');
  const ids = async (query: string) => {
    const { callers, ...rest } = await callersOf(started, query);
    expect(rest).toMatchObject({ total: 23 });
    return [rest.top, ...callers.map(({ id }: { id: string }) => id)];
  };
  expect(await ids('?top=1')).toEqual([1, 'address:127.0.0.9']);
  // Among equals who came last.
  expect(await ids('?top=3')).toEqual([
    ...[3, 'address:127.0.0.9', 'address:127.0.0.24', 'address:127.0.0.23'],
  ]);
  expect(await ids('')).toHaveLength(1 + 20);
  expect(await ids('?top=10000')).toHaveLength(1 + 23);
});

test.each<readonly [query: string, ...problems: string[]]>([
  ['?top=0', 'top: expected a whole number from 1 to 10000, got "0"'],
  ['?top=', 'top: expected a whole number from 1 to 10000, got ""'],
  ['?top=10001', 'top: expected a whole number from 1 to 10000, got "10001"'],
  ['?top=1&top=2', 'top: expected once, got 2 of it'],
  ['?by=plan', '"by" is no parameter: expected top'],
  [
    '?by=plan&top=all',
    '"by" is no parameter: expected top',
    'top: expected a whole number from 1 to 10000, got "all"',
  ],
])('/callers%s is refused, and every mistake in it named', async (query, ...problems) => {
  const answer = await (await startAdmin()).get(`/callers${query}`);
  expect([answer.status, answer.json()]).toEqual([
    400,
    { error: 'The question has mistakes.', problems },
  ]);
});

test('what is given back by time is given back here too', async () => {
  const { env } = await plans(book);
  const started = await startAdmin(env);
  await started.spend('127.0.0.2', top('Home'));
  const first = async () => (await callersOf(started)).callers[0];
  expect(await first()).toMatchObject({
    ...{ usedShare: 0.25, requests: { remaining: 3 }, credits: { remaining: 97 } },
  });
  started.clock.ms += 15_000;
  expect(await first()).toMatchObject({
    ...{ usedShare: 0.03, requests: { remaining: 4, resetSeconds: 0 } },
  });
  started.clock.ms = Date.UTC(2026, 11, 1);
  expect(await first()).toMatchObject({
    ...{ usedShare: 0, credits: { limit: 100, remaining: 100, resetSeconds: 31 * 24 * 3600 } },
  });
});

test('with Redis a gateway tells whom it has seen itself, with what all have taken of them', async () => {
  const { env } = await plans(book);
  const shared = { ...env, REDIS_URL: `${inject('redisUrl')}/11` };
  const [one, other] = [await startAdmin(shared), await startAdmin(shared)];
  // Redis counts by its own clock.
  one.clock.ms = other.clock.ms = Date.now();
  await one.spend('127.0.0.2', top('Home'));
  await other.spend('127.0.0.2', '{ __typename }');
  await other.spend('127.0.0.3', '{ __typename }');
  const spent = one.gateway.sandbox.requests.length;
  expect([spent, other.gateway.sandbox.requests.length]).toEqual([3, 0]);
  const seen = async (gateway: AdminGateway) =>
    (await callersOf(gateway)).callers.map(({ id, plan, credits }: any) => [
      ...[id, plan, credits.remaining],
    ]);
  expect(await seen(one)).toEqual([['address:127.0.0.2', 'free', 100 - spent]]);
  expect(await seen(other)).toEqual([
    ['address:127.0.0.2', 'free', 100 - spent],
    ['address:127.0.0.3', 'free', 100],
  ]);
});
