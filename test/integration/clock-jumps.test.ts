import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { writeCallers } from '../support/callers-files.ts';
import { startGateway } from '../support/gateway.ts';
import { createClient } from '../support/two-ways.ts';
import { startWatched } from '../support/watched-server.ts';

const hour = 3_600_000;
const noon = Date.UTC(2026, 10, 20, 12, 30);
const price = '{ token(by: { tokenMetricsId: 3375 }) { price { usd fetchedAt } } }';

/** The clock of the system stands still until it is set; timers go on, as they do in a process. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: noon });
});
afterEach(() => void vi.useRealTimers());

const setClock = (byMs: number) => vi.setSystemTime(Date.now() + byMs);

async function start(env: Readonly<Record<string, string>> = {}) {
  const gateway = await startGateway({
    env: { ROWS_MEMORY_MB: '64', TOKENMETRICS_RETRIES: '0', ...env },
  });
  onTestFinished(() => gateway.close());
  const requestsOf = (work: () => Promise<unknown>) => gateway.upstreamRequests(work);
  return { ...gateway, requestsOf, askPrice: () => gateway.ask(price) };
}

/** Asks until there is an answer; a test that asks in vain for too long fails. */
async function untilAnswered(ask: () => Promise<{ readonly errors: unknown }>) {
  while ((await ask()).errors !== undefined) await new Promise((next) => setImmediate(next));
}

describe.each([
  ['back', -hour],
  ['forward', hour],
])('a clock that is set %s by an hour', (_direction, byMs) => {
  test('does not keep a breaker open', async () => {
    const env = { TOKENMETRICS_BREAKER_FAILURES: '1', TOKENMETRICS_BREAKER_MS: '100' };
    const { sandbox, askPrice } = await start(env);
    sandbox.faults.set({ status: 500 });
    expect((await askPrice()).errors).toHaveLength(1);
    sandbox.faults.clear();
    setClock(byMs);
    await untilAnswered(askPrice);
  });

  test('does not prolong a pause that an upstream asked for', async () => {
    const { sandbox, askPrice } = await start({ TOKENMETRICS_TIMEOUT_MS: '500' });
    sandbox.faults.set({ status: 429, retryAfterSeconds: 1 });
    expect((await askPrice()).errors).toMatchObject([
      { extensions: { code: 'UPSTREAM_RATE_LIMITED' } },
    ]);
    sandbox.faults.clear();
    setClock(byMs);
    await untilAnswered(askPrice);
  });

  test('does not prolong the belief that a key is refused', async () => {
    const { sandbox, askPrice } = await start();
    sandbox.faults.set({ status: 401 });
    expect((await askPrice()).errors).toMatchObject([{ extensions: { code: 'UPSTREAM_AUTH' } }]);
    sandbox.faults.clear();
    setClock(byMs);
    expect((await askPrice()).errors).toBeUndefined();
  });

  test('lets no row pass for newer than it is: it is asked for anew', async () => {
    const { askPrice, requestsOf } = await start();
    await askPrice();
    expect(await requestsOf(askPrice)).toEqual([]);
    setClock(byMs);
    expect(await requestsOf(askPrice)).toContain('/price');
    const { data } = await askPrice();
    expect(data.token.price.fetchedAt).toBe(new Date().toISOString());
  });

  test('does not hold a budget of credits up', async () => {
    const { askPrice } = await start({ TOKENMETRICS_CREDITS_PER_MINUTE: '2', ROWS_MEMORY_MB: '0' });
    expect((await askPrice()).errors).toBeUndefined();
    expect((await askPrice()).errors).toMatchObject([
      { extensions: { code: 'UPSTREAM_BUDGET_EXHAUSTED' } },
    ]);
    setClock(byMs);
    expect((await askPrice()).errors).toBeUndefined();
  });

  test('gives a caller the minute it is owed, and no more than a full one', async () => {
    const plan = { requestsPerMinute: 2 };
    const files = await writeCallers({ all: plan }, { anonymous: 'all' });
    onTestFinished(files.remove);
    const gateway = await start(files.env);
    const status = async () => (await gateway.ask('{ __typename }')).status;
    const times = async (count: number) => {
      const statuses = [];
      for (let at = 0; at < count; at += 1) statuses.push(await status());
      return statuses;
    };
    expect(await times(3)).toEqual([200, 200, 429]);
    setClock(byMs);
    expect(await times(3)).toEqual(byMs < 0 ? [429, 429, 429] : [200, 200, 429]);
    setClock(60_000);
    expect(await times(3)).toEqual([200, 200, 429]);
  });
});

test('an answer that is kept whole is not given again once the clock is set back', async () => {
  const { app, sandbox } = await start();
  const watched = await startWatched({ app, isDirect: true });
  const client = createClient(watched.port);
  onTestFinished(async () => {
    client.close();
    await watched.close();
  });
  const { createHash } = await import('node:crypto');
  const sha256Hash = createHash('sha256').update(price).digest('hex');
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  const post = (body: object) =>
    client.send({
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    });
  await post({ query: price, extensions });
  for (let times = 0; times < 3; times += 1) await post({ extensions });
  sandbox.clearRequests();
  await post({ extensions });
  expect(sandbox.requests).toEqual([]);
  setClock(-hour);
  const { text } = await post({ extensions });
  expect(sandbox.requests.map(({ path }) => path)).toContain('/v2/price');
  expect(JSON.parse(text).data.token.price.fetchedAt).toBe(new Date().toISOString());
});
