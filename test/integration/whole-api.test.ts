import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { referenceEndpoints } from '../support/upstream-endpoints.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { TOKENMETRICS_RETRIES: '0' } });
});
afterEach(() => gateway.sandbox.faults.clear());
afterAll(() => gateway.close());

const isEmpty = (value: unknown) =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);

describe.each(referenceEndpoints)('$section $path', ({ path, query, pick }) => {
  it('is answered, from this endpoint, within its price', async () => {
    gateway.sandbox.clearRequests();
    const { data, errors, extensions } = await gateway.ask(query);
    expect(errors).toBeUndefined();
    expect(isEmpty(pick(data))).toBe(false);
    expect(JSON.stringify(pick(data))).not.toMatch(/undefined|NaN/);
    expect(gateway.sandbox.requests.map((request) => request.path)).toContain(`/v2${path}`);
    expect(extensions.cost.credits.spent).toBeLessThanOrEqual(extensions.cost.credits.estimated);
  });

  it('answers what is no data, and only its own field suffers', async () => {
    gateway.sandbox.faults.set({ path: `/v2${path}`, htmlBody: true });
    const { status, data, errors } = await gateway.ask(query);
    expect(status).toBe(200);
    expect(errors?.map(({ extensions }) => [extensions.code, extensions.source])).toEqual(
      errors?.map(() => ['UPSTREAM_BAD_DATA', 'TOKEN_METRICS']),
    );
    expect(errors?.length).toBeGreaterThan(0);
    expect(isEmpty(pick(data))).toBe(true);
    expect(JSON.stringify({ data, errors })).not.toMatch(/html|127\.0\.0\.1|tm-/i);
  });
});

// Sentiments name no token that could be missing: their list is whole, or withdrawn.
describe.each(referenceEndpoints.filter(({ path }) => path !== '/sentiments'))(
  '$section $path',
  ({ path, query, pick, empty = null, isWithdrawn }) => {
    it('has nothing, and that is no error', async () => {
      const fault = isWithdrawn ? { missingIds: [3375] } : { noRows: true };
      gateway.sandbox.faults.set({ path: `/v2${path}`, ...fault });
      const { data, errors } = await gateway.ask(query);
      expect(errors).toBeUndefined();
      expect(pick(data) ?? null).toEqual(empty);
    });
  },
);

describe('what the vendor withdrew', () => {
  it.each(referenceEndpoints.filter(({ isWithdrawn }) => isWithdrawn))(
    '$path no longer answers: UPSTREAM_WITHDRAWN on that field alone',
    async ({ path, query, pick }) => {
      const withdrawn = await startGateway();
      withdrawn.sandbox.faults.set({ path: `/v2${path}`, noRows: true });
      const { data, errors } = await withdrawn.ask(query);
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_WITHDRAWN']);
      expect(pick(data) ?? null).toBeNull();
      await withdrawn.close();
    },
  );
});

describe('questions to the analyst', () => {
  const ask = 'mutation ($question: String!) { askAnalyst(question: $question) { answer } }';

  it('the same question twice is asked twice, by one caller as by two', async () => {
    const question = 'What of Ethereum?';
    const requests = await gateway.upstreamRequests(async () => {
      await Promise.all([gateway.ask(ask, { question }), gateway.ask(ask, { question })]);
      const twice = `mutation { a: askAnalyst(question: "${question}") { answer } b: askAnalyst(question: "${question}") { answer } }`;
      const { extensions } = await gateway.ask(twice);
      expect(extensions.cost.credits).toMatchObject({ estimated: 2, spent: 2 });
    });
    expect(requests).toEqual(Array<string>(4).fill('/tmai'));
  });

  it.each([
    ['of 100 KB', 'x'.repeat(100_000)],
    ['of nothing but blanks', '   '],
  ])('a question %s is refused and not sent', async (_name, question) => {
    const requests = await gateway.upstreamRequests(async () => {
      const { errors } = await gateway.ask(ask, { question });
      expect(errors?.[0].extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        argument: 'question',
      });
    });
    expect(requests).toEqual([]);
  });

  it('an analyst who is too slow is UPSTREAM_TIMEOUT, sent once', async () => {
    const hasty = await startGateway({ env: { TOKENMETRICS_ANALYST_TIMEOUT_MS: '50' } });
    hasty.sandbox.faults.set({ path: '/v2/tmai', latencyMs: 5000 });
    const { errors } = await hasty.ask(ask, { question: 'Hello?' });
    expect(errors?.[0].extensions).toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryable: true });
    await hasty.close();
    expect(hasty.sandbox.requests.length).toBeLessThanOrEqual(1);
  });

  it('is never done by GET', async () => {
    const query = encodeURIComponent('mutation { askAnalyst(question: "Hi?") { answer } }');
    const response = await gateway.app.fetch(`http://gateway/graphql?query=${query}`);
    expect(response.status).toBe(405);
  });
});

describe('bad input', () => {
  const bitcoin = 'token(by: { tokenMetricsId: 3375 })';
  it.each([
    ['from', `{ ${bitcoin} { candles(from: "2021-01-01T00:00:00Z") { nodes { close } } } }`],
    [
      'from',
      `{ ${bitcoin} { candles(interval: H1, from: "2021-01-01T00:00:00Z") { nodes { close } } } }`,
    ],
    ['id', '{ index(id: "VG9rZW46MzM3NQ") { name } }'],
    ['by.theme', '{ basketTreeMap(by: { theme: "a,b" }) { nodes { symbol } } }'],
    ['theme', '{ basketPerformance(theme: "") { nodes { date } } }'],
    ['filters', `{ ${bitcoin} { chart(filters: ["a,b"]) { url } } }`],
  ])('%s in %.70s', async (argument, query) => {
    const { errors } = await gateway.ask(query);
    expect(errors?.map(({ extensions }) => [extensions.code, extensions.argument])).toEqual([
      ['BAD_USER_INPUT', argument],
    ]);
  });

  it('an index that does not exist is null', async () => {
    const id = Buffer.from('CryptoIndex:99999').toString('base64url');
    const { data, errors } = await gateway.ask(
      `{ index(id: "${id}") { name } node(id: "${id}") { id } }`,
    );
    expect({ data, errors }).toEqual({ data: { index: null, node: null }, errors: undefined });
  });
});

describe('rows that name no id', () => {
  it('are resolved when the name is unambiguous, and never guessed', async () => {
    const query =
      '{ topTokens(first: 60) { nodes { correlations { name match token { name } } } } }';
    const { data, errors } = await gateway.ask(query);
    expect(errors).toBeUndefined();
    const partners = data.topTokens.nodes.flatMap(({ correlations }: any) => correlations ?? []);
    const matches = new Set(partners.map(({ match }: any) => match));
    expect(matches).toEqual(new Set(['RESOLVED', 'AMBIGUOUS', 'NOT_FOUND']));
    for (const { name, match, token } of partners) {
      if (match === 'RESOLVED') expect(token.name.toLowerCase()).toBe(name.toLowerCase());
      else expect(token).toBeNull();
    }
  });
});
