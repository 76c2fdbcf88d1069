import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { creation, revocation } from '../../src/callers/keys/edits.ts';
import { createFileStore } from '../../src/callers/keys/file-store.ts';
import { prefixOf } from '../../src/callers/keys/key.ts';
import { writeCallers } from '../support/callers-files.ts';
import { keyed, price, startHot, tomorrow } from '../support/hot-gateway.ts';
import { tellOf } from '../support/two-ways.ts';

vi.mock('../../src/yoga-server.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingLong(original),
);
vi.mock('../../src/execution/compile.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingExecuted(original),
);

/** Kept answers: what they cost, and what plans and keys that change mean for them. */

test('each answer is charged, a 304 too, and tells its caller what that one has left', async () => {
  const text = price(3375);
  const files = await writeCallers({
    free: { requestsPerMinute: 12, pointsPerMinute: 600, creditsPerMonth: 50 },
  });
  onTestFinished(files.remove);
  const store = createFileStore(files.env['KEYS_FILE'] ?? '');
  const { key: other } = await store.change(creation({ name: 'other', plan: 'free' }, Date.now()));
  const { heat, ask, askLong } = await startHot(files.env, tomorrow);
  const free = keyed(files.keys.free);
  const first = await heat(text, free);
  const left = ({ headers }: { readonly headers: object }) =>
    /"requests";r=(\d+)|r=(\d+)/
      .exec(String(Object(headers)['ratelimit']))
      ?.slice(1)
      .find(Boolean);
  let remaining = Number(left(first));
  const { points } = JSON.parse(first.text).extensions.cost;
  let available = JSON.parse(first.text).extensions.cost.throttle.currentlyAvailable;
  const etag = { 'if-none-match': first.headers['etag'] ?? '' };
  for (const headers of [{}, etag, {}]) {
    const hot = await ask(text, { headers: { ...free.headers, ...headers } });
    expect([hot.way, hot.status]).toEqual(['hot', headers === etag ? 304 : 200]);
    remaining -= 1;
    available -= points;
    expect(Number(left(hot))).toBe(remaining);
    if (hot.status === 200)
      expect(JSON.parse(hot.text).extensions.cost.throttle.currentlyAvailable).toBe(available);
  }
  const long = await askLong(text, free);
  expect(Number(left(long))).toBe(remaining - 1);
  for (remaining -= 1; remaining > 0; remaining -= 1)
    expect((await ask(text, free)).status).toBe(200);
  const refused = await ask(text, free);
  expect([refused.status, refused.way]).toEqual([429, 'hot']);
  expect(tellOf(refused).headers).toEqual(tellOf(await askLong(text, free)).headers);
  const others = await ask(text, keyed(other));
  expect([others.status, others.way, left(others)]).toEqual([200, 'hot', '11']);
});

test('a caller without quota is refused in the same words', async () => {
  const text = price(3375);
  const files = await writeCallers({ free: { requestsPerMinute: 4, pointsPerMinute: 600 } });
  onTestFinished(files.remove);
  const { heat, ask, askLong } = await startHot(files.env, tomorrow);
  const free = keyed(files.keys.free);
  await heat(text, free);
  expect(tellOf(await ask(text, free))).toEqual(tellOf(await askLong(text, free)));
});

test('a plan that was made smaller holds at once, and a revoked key is refused', async () => {
  const text = '{ topTokens(first: 50) { nodes { id } } }';
  const files = await writeCallers({ free: {}, other: {} });
  onTestFinished(files.remove);
  const { heat, ask, askLong } = await startHot(files.env, tomorrow);
  await heat(text, keyed(files.keys.free));
  await heat(text, keyed(files.keys.other));
  const plans = join(files.folder, 'plans.json');
  await writeFile(
    `${plans}.new`,
    JSON.stringify({ plans: { free: { operation: { points: 5 } }, other: { pageSize: 10 } } }),
  );
  await rename(`${plans}.new`, plans);
  await vi.waitFor(async () => expect((await ask(text, keyed(files.keys.free))).status).toBe(400), {
    timeout: 15_000,
  });
  const dear = await ask(text, keyed(files.keys.free));
  expect(dear.text).toContain('COST_LIMIT_EXCEEDED');
  expect(dear.text).toBe((await askLong(text, keyed(files.keys.free))).text);
  expect((await ask(text, keyed(files.keys.other))).text).toContain('PLAN_LIMIT_EXCEEDED');

  const store = createFileStore(files.env['KEYS_FILE'] ?? '');
  await store.change(revocation(prefixOf(files.keys.free) ?? '', Date.now()));
  await vi.waitFor(async () => expect((await ask(text, keyed(files.keys.free))).status).toBe(401), {
    timeout: 15_000,
  });
}, 40_000);
