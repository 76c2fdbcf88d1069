import { createServer } from 'node:net';

import { afterAll, beforeEach, describe, expect, test } from 'vitest';

import { addDays, dayOf } from '../../src/calendar.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { UpstreamError } from '../../src/upstreams/errors.ts';
import type { Upstreams } from '../../src/upstreams/index.ts';
import { openOperation, startUpstreams, type TestUpstreamsOptions } from '../support/upstreams.ts';

/** The upstream client on real sockets, against an upstream that has every kind of bad day. */

const nowMs = Date.UTC(2025, 10, 20, 14, 25);
const today = dayOf(nowMs);
const sandbox = await createSandbox({
  now: () => nowMs,
  keys: { 'tm-basic': 'basic' },
  retryAfterSeconds: 7,
});
const bitcoin = 3375;
const ethereum = 3306;
const unknown = 999_999;

let dropped: string[];
const open: Upstreams[] = [];

function upstreamsWith(
  options: Partial<TestUpstreamsOptions['tokenMetrics']> & { readonly now?: () => number } = {},
) {
  const { now = () => nowMs, ...tokenMetrics } = options;
  const upstreams = startUpstreams({
    tokenMetrics: { baseUrl: `${sandbox.url}/v2`, apiKey: sandbox.key, ...tokenMetrics },
    now,
    onDropped: (line) => dropped.push(line),
  });
  open.push(upstreams);
  return upstreams;
}

/** Loaders as one operation gets them. */
const loadersWith = (options: Parameters<typeof upstreamsWith>[0] = {}) =>
  loadersOf(upstreamsWith(options));
const loadersOf = (upstreams: Upstreams) => openOperation(upstreams).loaders;

const log = () =>
  sandbox.requests.map(({ path, query, status }) => {
    const text = Object.entries(query).map(([name, value]) => `${name}=${value}`);
    return `${path.replace('/v2', '')}?${text.join('&')} ${status}`;
  });

beforeEach(() => {
  sandbox.faults.clear();
  sandbox.clearRequests();
  dropped = [];
});
afterAll(async () => {
  await Promise.all(open.map((upstreams) => upstreams.close()));
  await sandbox.close();
});

/** The failure of a load, as the fields a client is told of. */
async function failureOf(loading: unknown) {
  const error: unknown = await Promise.resolve(loading).then(
    () => 'loaded',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UpstreamError)) return error;
  const { kind, status, retryAfterSeconds } = error;
  return retryAfterSeconds === undefined ? { kind, status } : { kind, status, retryAfterSeconds };
}

describe('good days', () => {
  test('ids of one tick are one request, rows are matched by id, an unknown id is null', async () => {
    const { loaders, tally } = openOperation(upstreamsWith());
    const rows = await loaders.price.loadMany([bitcoin, unknown, ethereum, bitcoin]);
    expect(rows.map((row) => row && 'tokenId' in row && [row.tokenId, row.tokenSymbol])).toEqual([
      [bitcoin, 'BTC'],
      null,
      [ethereum, 'ETH'],
      [bitcoin, 'BTC'],
    ]);
    expect(rows[0]).toMatchObject({ source: 'SANDBOX', fetchedAtMs: nowMs });
    expect(log()).toEqual([`/price?token_id=${ethereum},${bitcoin},${unknown} 200`]);
    expect([...tally.calls]).toEqual([['/price', 1]]);
    expect(tally.freshSeconds).toBe(300);
  });

  test('the latest row is the newest there is, also where it is a day behind the others', async () => {
    const { traderGrade } = loadersWith();
    const rows = await traderGrade.loadMany([bitcoin, ethereum]);
    expect(rows.map((row) => row && 'date' in row && row.date)).toEqual([
      today,
      addDays(today, -1),
    ]);
    expect(log()).toHaveLength(1);
  });

  test('a range that ended yesterday may still change, one before that is kept for a year', async () => {
    const load = async (tokenId: number, to: string) => {
      const { loaders, tally } = openOperation(upstreamsWith());
      const range = { from: addDays(to, -2), to };
      const rows = await loaders.tradingSignals.load({ tokenId, range });
      return [rows.length, tally.freshSeconds];
    };
    expect(await load(bitcoin, addDays(today, -1))).toEqual([3, 3600]);
    expect(await load(bitcoin, addDays(today, -2))).toEqual([3, 365 * 24 * 3600]);
    // A day that is over and has no row may still get one.
    expect(await load(unknown, '2025-01-02')).toEqual([0, 24 * 3600]);
  });

  test('no row at all is no failure', async () => {
    const loaders = loadersWith();
    expect(await loaders.price.load(unknown)).toBeNull();
    expect(await loaders.tmGrade.load(unknown)).toBeNull();
    const range = { from: '2011-01-01', to: '2011-01-05' };
    expect(await loaders.tradingSignals.load({ tokenId: bitcoin, range })).toEqual([]);
    expect(await loaders.tokensBySymbol.load('NOSUCH')).toEqual([]);
    expect(log().every((line) => line.endsWith('404'))).toBe(true);
  });

  test('a symbol finds every token that carries it, in whatever case', async () => {
    const { tokensBySymbol } = loadersWith();
    const [lower, upper] = await Promise.all([
      tokensBySymbol.load('sol'),
      tokensBySymbol.load('SOL'),
    ]);
    expect(lower.map(({ tokenId }) => tokenId)).toEqual(expect.arrayContaining([3988, 20613]));
    expect(upper).toBe(lower);
    expect(log()).toEqual(['/tokens?symbol=SOL&limit=100 200']);
  });

  test('ranges that fit one request are one, each for its own tokens', async () => {
    const { tmGrades } = loadersWith();
    const a = { from: addDays(today, -1), to: today };
    const b = { from: addDays(today, -9), to: addDays(today, -5) };
    const [one, two, three] = await Promise.all([
      tmGrades.load({ tokenId: bitcoin, range: a }),
      tmGrades.load({ tokenId: ethereum, range: a }),
      tmGrades.load({ tokenId: bitcoin, range: b }),
    ]);
    expect([one?.length, two?.length, three?.length]).toEqual([2, 2, 5]);
    expect(log()).toHaveLength(1);
  });
});

describe('retries', () => {
  test.each([429, 502, 503, 504])('%d is tried again, and may pass', async (status) => {
    sandbox.faults.set({ status, times: 2, retryAfterSeconds: 0 });
    const { loaders, calls } = openOperation(upstreamsWith());
    expect(await loaders.price.load(bitcoin)).toMatchObject({ tokenId: bitcoin });
    expect(sandbox.requests.map((request) => request.status)).toEqual([status, status, 200]);
    // Every attempt left the process, and is counted as one.
    expect(calls()).toBe(3);
  });

  test.each([
    [429, 'rate-limited'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
  ])('%d is given up after as many retries as configured', async (status, kind) => {
    sandbox.faults.set({ status, retryAfterSeconds: 0 });
    const failure = { kind, status, retryAfterSeconds: 0 };
    expect(await failureOf(loadersWith().price.load(bitcoin))).toEqual(failure);
    expect(sandbox.requests).toHaveLength(3);
    sandbox.clearRequests();
    await failureOf(loadersWith({ retries: 0 }).price.load(bitcoin));
    expect(sandbox.requests).toHaveLength(1);
  });

  test.each([
    [400, 'rejected'],
    [401, 'auth'],
    [403, 'plan-restricted'],
    [404, 'withdrawn'],
    [422, 'rejected'],
    [500, 'unavailable'],
  ])('%d is never tried again', async (status, kind) => {
    sandbox.faults.set({ status });
    expect(await failureOf(loadersWith().price.load(bitcoin))).toEqual({ kind, status });
    expect(sandbox.requests).toHaveLength(1);
  });

  test('a wrong key is no plan, and a plan without the endpoint is no wrong key', async () => {
    const stranger = loadersWith({ apiKey: 'tm-wrong' });
    expect(await failureOf(stranger.price.load(bitcoin))).toEqual({ kind: 'auth', status: 401 });
    expect(sandbox.requests).toHaveLength(1);
  });

  test('Retry-After is kept to when it fits into the deadline', async () => {
    sandbox.faults.set({ status: 429, retryAfterSeconds: 0, times: 1 });
    const { price } = loadersWith({ backoffMs: 60_000 });
    expect(await price.load(bitcoin)).toMatchObject({ tokenId: bitcoin });
  });

  test('a Retry-After beyond the deadline is not waited for, and is told', async () => {
    for (const status of [429, 503]) {
      sandbox.clearRequests();
      sandbox.faults.set({ status, retryAfterSeconds: 30 });
      const kind = status === 429 ? 'rate-limited' : 'unavailable';
      const { price } = loadersWith({ timeoutMs: 25_000 });
      expect(await failureOf(price.load(bitcoin))).toEqual({ kind, status, retryAfterSeconds: 30 });
      expect(sandbox.requests).toHaveLength(1);
    }
  });

  test('a wait of our own beyond the deadline is not waited for either', async () => {
    sandbox.faults.set({ status: 503 });
    const { price } = loadersWith({ timeoutMs: 25_000, backoffMs: 60_000 });
    expect(await failureOf(price.load(bitcoin))).toEqual({ kind: 'unavailable', status: 503 });
    expect(sandbox.requests).toHaveLength(1);
  });

  test('a used-up plan is told with the time to wait', async () => {
    const { price } = loadersWith({ apiKey: 'tm-basic', retries: 0 });
    const failures: unknown[] = [];
    for (let id = 1; id <= 21; id += 1) failures.push(await failureOf(price.load(id)));
    expect(failures.at(-1)).toEqual({ kind: 'rate-limited', status: 429, retryAfterSeconds: 7 });
    expect(failures.filter((failure) => failure === 'loaded')).toHaveLength(20);
  });
});

describe('deadlines', () => {
  test('an upstream that does not answer in time is a timeout, asked once', async () => {
    sandbox.faults.set({ latencyMs: 60_000 });
    const { price } = loadersWith({ timeoutMs: 500 });
    expect(await failureOf(price.load(bitcoin))).toEqual({ kind: 'timeout', status: undefined });
    expect(sandbox.requests).toHaveLength(1);
  });

  test('the deadline is one over all attempts', async () => {
    sandbox.faults.set({ status: 503, times: 1 }, { latencyMs: 60_000 });
    const { price } = loadersWith({ timeoutMs: 1000, retries: 10 });
    expect(await failureOf(price.load(bitcoin))).toEqual({ kind: 'timeout', status: undefined });
    expect(sandbox.requests).toHaveLength(2);
  });

  test('a body that does not end in time is a timeout too', async () => {
    sandbox.faults.set({ slowBodyMs: 60_000 });
    const { price } = loadersWith({ timeoutMs: 500 });
    expect(await failureOf(price.load(bitcoin))).toEqual({ kind: 'timeout', status: undefined });
  });

  test('a slow answer within the deadline is an answer', async () => {
    sandbox.faults.set({ latencyMs: 5, slowBodyMs: 20 });
    expect(await loadersWith().price.load(bitcoin)).toMatchObject({ tokenId: bitcoin });
  });
});

describe('broken connections and bodies', () => {
  test.each([
    ['a reset', { resetConnection: true }],
    ['a cut body', { cutBody: true }],
  ])('%s is tried again, and given up as a network failure', async (_name, fault) => {
    sandbox.faults.set({ ...fault, times: 2 });
    expect(await loadersWith().price.load(bitcoin)).toMatchObject({ tokenId: bitcoin });
    expect(sandbox.requests).toHaveLength(3);
    sandbox.faults.set(fault);
    const failure = await failureOf(loadersWith().price.load(bitcoin));
    expect(failure).toEqual({ kind: 'network', status: undefined });
  });

  test.each([
    ['half of the JSON', { truncatedJson: true }],
    ['a page of HTML', { htmlBody: true }],
    ['no body', { emptyBody: true }],
  ])('%s is bad data, asked for once', async (_name, fault) => {
    sandbox.faults.set(fault);
    const failure = await failureOf(loadersWith().price.load(bitcoin));
    expect(failure).toEqual({ kind: 'bad-data', status: 200 });
    expect(sandbox.requests).toHaveLength(1);
  });

  test('a content-length of half of the body never becomes rows', async () => {
    sandbox.faults.set({ wrongContentLength: true });
    const failure = await failureOf(loadersWith().price.load(bitcoin));
    expect([
      { kind: 'bad-data', status: 200 },
      { kind: 'network', status: undefined },
    ]).toContainEqual(failure);
    sandbox.faults.clear();
    expect(await loadersWith().price.load(bitcoin)).toMatchObject({ tokenId: bitcoin });
  });

  test('HTML with a status of failure is that failure', async () => {
    sandbox.faults.set({ status: 401, htmlBody: true });
    expect(await failureOf(loadersWith().price.load(bitcoin))).toMatchObject({ kind: 'auth' });
    sandbox.faults.set({ status: 404, emptyBody: true });
    expect(await failureOf(loadersWith().price.load(bitcoin))).toMatchObject({ kind: 'withdrawn' });
  });

  test('a closed port and a name that does not exist are network failures', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    await new Promise((resolve) => server.close(resolve));
    for (const host of [`127.0.0.1:${port}`, 'upstream.invalid']) {
      const { price } = loadersWith({ baseUrl: `http://${host}/v2` });
      const failure = await failureOf(price.load(bitcoin));
      expect(failure).toEqual({ kind: 'network', status: undefined });
    }
  });

  test('connections survive failures: a hundred of them leave room for the next', async () => {
    const upstreams = upstreamsWith({ connections: 2, retries: 0 });
    for (const fault of [{ status: 503 }, { status: 404, htmlBody: true }, { cutBody: true }]) {
      // Four in a row: five would open the breaker.
      for (let round = 0; round < 25; round += 1) {
        sandbox.faults.set({ ...fault, times: 4 });
        for (let id = 1; id <= 4; id += 1) await failureOf(loadersOf(upstreams).price.load(id));
        expect(await loadersOf(upstreams).price.load(bitcoin)).toMatchObject({ tokenId: bitcoin });
      }
    }
    expect(sandbox.requests).toHaveLength(3 * 25 * 5);
  });
});

describe('rows that are not as they should be', () => {
  test('numbers as text are numbers, everywhere', async () => {
    const ids = [bitcoin, ethereum, 3988];
    const range = { from: addDays(today, -3), to: today };
    const read = async () => {
      const loaders = loadersWith();
      return JSON.stringify([
        await loaders.token.loadMany(ids),
        await loaders.price.loadMany(ids),
        await loaders.tmGrade.loadMany(ids),
        await loaders.fundamentalGrade.loadMany(ids),
        await loaders.technologyGrade.loadMany(ids),
        await loaders.traderGrade.loadMany(ids),
        await loaders.investorGrade.loadMany(ids),
        await loaders.tradingSignals.load({ tokenId: bitcoin, range }),
        await loaders.hourlySignals.load({ tokenId: bitcoin, range: { fromMs: nowMs - 7e6 } }),
        await loaders.topTokenPage.load({ query: {}, page: 1 }),
      ]);
    };
    const numbers = await read();
    expect(numbers).toMatch(/"categoryList":\[\{"id":\d/);
    sandbox.faults.set({ stringNumbers: true });
    expect(await read()).toBe(numbers);
    expect(dropped).toEqual([]);
  });

  test('rows that come twice count once', async () => {
    sandbox.faults.set({ duplicatedRows: true });
    const { tradingSignals, price, hourlySignals } = loadersWith();
    const range = { from: addDays(today, -9), to: today };
    expect(await tradingSignals.load({ tokenId: bitcoin, range })).toHaveLength(10);
    const hours = await hourlySignals.load({
      tokenId: bitcoin,
      range: { fromMs: Date.UTC(2025, 10, 20, 10) },
    });
    expect(new Set(hours.map(({ timestamp }) => timestamp)).size).toBe(hours.length);
    expect(await price.loadMany([bitcoin, ethereum])).toMatchObject([
      { tokenId: bitcoin },
      { tokenId: ethereum },
    ]);
    expect(log()).toHaveLength(3);
  });

  test('rows of tokens that nobody asked for are dropped and counted', async () => {
    sandbox.faults.set({ strangerRows: 3 });
    const { price, traderGrade } = loadersWith();
    expect(await price.load(bitcoin)).toMatchObject({ tokenId: bitcoin });
    expect(await traderGrade.load(bitcoin)).toMatchObject({ tokenId: bitcoin });
    expect(dropped).toEqual(['/price not-asked 3', '/trader-grades not-asked 3']);
  });

  test('a token that is left out is null, whatever its place in the list', async () => {
    for (const missing of [ethereum, bitcoin, 3988]) {
      sandbox.faults.set({ missingIds: [missing] });
      const { price } = loadersWith();
      const ids = [ethereum, bitcoin, 3988];
      const rows = await price.loadMany(ids);
      expect(ids.filter((_, index) => rows[index] === null)).toEqual([missing]);
    }
    expect(log()).toHaveLength(3);
  });

  test('rows that are late by a day or two are still the latest', async () => {
    for (const rowLagDays of [1, 2]) {
      sandbox.faults.set({ rowLagDays });
      const row = await loadersWith().tradingSignal.load(bitcoin);
      expect(row?.date).toBe(addDays(today, -rowLagDays));
    }
  });
});

describe('an endpoint that reads only the first id of a list', () => {
  const ids = [ethereum, bitcoin, 3988, 4015, 15155];

  test('is asked id by id, for an hour', async () => {
    let clock = nowMs;
    const upstreams = upstreamsWith({ now: () => clock });
    sandbox.faults.set({ path: '/v2/tm-grade', firstIdOnly: true });
    const rows = await loadersOf(upstreams).tmGrade.loadMany(ids);
    expect(rows.map((row) => row && 'tokenId' in row && row.tokenId)).toEqual(ids);
    expect(log()).toHaveLength(5);
    const price = { upstream: 'tokenMetrics', endpoint: 'tmGrade', kind: 'one', keys: 5, span: 1 };
    expect(upstreams.requestsFor({ ...price, kind: 'one' })).toBe(5);

    sandbox.clearRequests();
    clock += 3_600_000 - 1;
    await loadersOf(upstreams).tmGrade.loadMany(ids);
    expect(log()).toEqual(ids.map((id) => `/tm-grade?token_id=${id} 200`));

    sandbox.faults.clear();
    sandbox.clearRequests();
    clock += 1;
    expect(upstreams.requestsFor({ ...price, kind: 'one' })).toBe(1);
    await loadersOf(upstreams).tmGrade.loadMany(ids);
    expect(log()).toHaveLength(1);
  });

  test('is found out even if its first id has no row', async () => {
    sandbox.faults.set({ firstIdOnly: true });
    const rows = await loadersWith().tmGrade.loadMany([1, bitcoin, 3988]);
    expect(rows.map((row) => row && 'tokenId' in row && row.tokenId)).toEqual([
      null,
      bitcoin,
      3988,
    ]);
  });

  test('is asked for whole windows of one id, not for the windows of the list', async () => {
    const { tmGrades, topTokenPage } = loadersWith();
    const { rows } = await topTokenPage.load({ query: {}, page: 1 });
    const tokens = rows.slice(0, 20).map(({ tokenId }) => tokenId);
    const range = { from: addDays(today, -28), to: today };
    const healthy = await Promise.all(
      tokens.map(async (tokenId) => loadersWith().tmGrades.load({ tokenId, range })),
    );
    sandbox.clearRequests();
    sandbox.faults.set({ firstIdOnly: true });
    const series = await tmGrades.loadMany(tokens.map((tokenId) => ({ tokenId, range })));
    expect(series).toEqual(healthy);
    // Two lists: 10 tokens in 3 windows, the 9 others in 3 again, then 8 with one window each.
    expect(sandbox.requests).toHaveLength(2 * (3 + 3 + 8));
  });
});

describe('an endpoint that is withdrawn', async () => {
  const gone = await createSandbox({
    now: () => nowMs,
    withdrawn: ['trader-grades', 'investor-grades'],
  });
  afterAll(() => gone.close());
  beforeEach(() => gone.clearRequests());
  const loaders = loadersOf;
  const upstreams = () => upstreamsWith({ baseUrl: `${gone.url}/v2`, apiKey: gone.key });
  const withdrawn = { kind: 'withdrawn', status: undefined };

  test('fails as withdrawn in each of its ways, and is asked about once an hour', async () => {
    const shared = upstreams();
    const range = { from: addDays(today, -5), to: today };
    const { traderGrade, traderGrades, traderGradePage, investorGrade } = loaders(shared);
    const latest = await traderGrade.loadMany([bitcoin, ethereum]);
    expect(latest).toMatchObject([{ kind: 'withdrawn' }, { kind: 'withdrawn' }]);
    expect(gone.requests).toHaveLength(2);
    expect(await failureOf(traderGrades.load({ tokenId: bitcoin, range }))).toEqual(withdrawn);
    expect(await failureOf(traderGradePage.load({ query: {}, page: 1 }))).toEqual(withdrawn);
    expect(gone.requests).toHaveLength(4);
    expect(await failureOf(investorGrade.load(bitcoin))).toEqual(withdrawn);
    expect(gone.requests).toHaveLength(6);
  });

  test('many lists of it ask about it once', async () => {
    const { traderGrade } = loaders(upstreams());
    const ids = Array.from({ length: 100 }, (_, index) => 3000 + index);
    const rows = await traderGrade.loadMany(ids);
    expect(rows.every((row) => row instanceof UpstreamError)).toBe(true);
    expect(gone.requests).toHaveLength(4);
  });

  test('fails alone: the others answer', async () => {
    const { tradingSignal, price } = loaders(upstreams());
    expect(await tradingSignal.load(bitcoin)).toMatchObject({ tokenId: bitcoin });
    expect(await price.load(bitcoin)).toMatchObject({ tokenId: bitcoin });
  });

  test('a token without rows is no withdrawal', async () => {
    const { traderGrade } = loadersWith();
    expect(await traderGrade.load(unknown)).toBeNull();
    expect(log()).toHaveLength(2);
  });

  test('an outage is no withdrawal, and is not asked about', async () => {
    sandbox.faults.set({ status: 500 });
    const failure = await failureOf(loadersWith().traderGrade.load(bitcoin));
    expect(failure).toEqual({ kind: 'unavailable', status: 500 });
    expect(log()).toHaveLength(1);
  });
});

test('of the days of the latest rows one that fails leaves the others', async () => {
  const { topTokenPage } = loadersWith();
  const page = await topTokenPage.load({ query: {}, page: 1 });
  const ids = page.rows.map(({ tokenId }) => tokenId);
  expect(ids).toHaveLength(100);
  sandbox.clearRequests();
  sandbox.faults.set({ path: '/v2/trading-signals', status: 500, times: 1 });
  // One at a time, newest day first.
  const { tradingSignal } = loadersWith({ connections: 1 });
  const rows = await tradingSignal.loadMany(ids);
  expect(sandbox.requests.map(({ status }) => status)).toEqual([500, 200, 200]);
  const days = rows.map((row) => (row !== null && 'date' in row ? [row.date, row.isStale] : row));
  expect(days.slice(0, 2)).toEqual([
    [addDays(today, -1), true],
    [addDays(today, -1), true],
  ]);
});
