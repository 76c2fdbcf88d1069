import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway, tokenId } from '../support/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const bitcoin = 'token(by: { tokenMetricsId: 3375 })';

describe('what does not exist is null or empty, and no error', () => {
  it.each([
    ['an unknown number', '{ token(by: { tokenMetricsId: 424242 }) { id } }', { token: null }],
    ['a number that cannot be', '{ token(by: { tokenMetricsId: -5 }) { id } }', { token: null }],
    ['an unknown id', `{ node(id: "${tokenId(424_242)}") { id } }`, { node: null }],
    ['an unknown symbol', '{ tokensBySymbol(symbol: "NOPE") { id } }', { tokensBySymbol: [] }],
    [
      'an unknown contract',
      '{ token(by: { contract: { chain: "ethereum", address: "0x0" } }) { id } }',
      { token: null },
    ],
    [
      'a category nobody has',
      '{ tokens(filter: { categories: ["no-such"] }) { nodes { id } pageInfo { hasNextPage } } }',
      { tokens: { nodes: [], pageInfo: { hasNextPage: false } } },
    ],
  ])('%s', async (_name, query, expected) => {
    const { status, data, errors } = await gateway.ask(query);
    expect({ status, data, errors }).toEqual({ status: 200, data: expected, errors: undefined });
  });

  it('ids are answered in their order, with null for unknown ones', async () => {
    const ids = [3306, 424_242, 3375, 3306].map(tokenId);
    const query = `query ($ids: [ID!]!) {
      tokens(ids: $ids) { nodes { symbol } edges { node { symbol } } }
      nodes(ids: $ids) { ... on Token { symbol } }
    }`;
    const { data, errors } = await gateway.ask(query, { ids });
    const expected = [{ symbol: 'ETH' }, null, { symbol: 'BTC' }, { symbol: 'ETH' }];
    expect(errors).toBeUndefined();
    expect(data.tokens.nodes).toEqual(expected);
    expect(data.tokens.edges).toEqual(expected.map((node) => ({ node })));
    expect(data.nodes).toEqual(expected);
  });
});

describe('a bad value is BAD_USER_INPUT and names its argument', () => {
  it.each([
    ['id', '{ node(id: "xyz") { id } }'],
    ['id', `{ node(id: "${Buffer.from('Planet:1').toString('base64url')}") { id } }`],
    ['ids', '{ nodes(ids: ["VG9rZW46MzM3NQ", "!"]) { id } }'],
    ['ids', `{ tokens(ids: [${'"VG9rZW46MzM3NQ",'.repeat(101)}]) { nodes { id } } }`],
    ['by.id', '{ token(by: { id: "3375" }) { id } }'],
    ['by.contract.chain', '{ token(by: { contract: { chain: "a,b", address: "0x0" } }) { id } }'],
    ['first', '{ tokens(first: -1) { nodes { id } } }'],
    ['first', '{ topTokens(first: 0) { nodes { id } } }'],
    ['first', '{ tokens(first: 100000) { nodes { id } } }'],
    ['first', `{ ${bitcoin} { traderGrades(first: 367) { nodes { date } } } }`],
    ['after', '{ tokens(after: "nonsense") { nodes { id } } }'],
    ['after', `{ ${bitcoin} { traderGrades(after: "YWZ0ZXI6MTc") { nodes { date } } } }`],
    ['to', `{ ${bitcoin} { tmGrades(from: "2025-05-02", to: "2025-05-01") { nodes { date } } } }`],
    ['from', `{ ${bitcoin} { tmGrades(from: "2025-02-30") { nodes { date } } } }`],
    ['from', `{ ${bitcoin} { tmGrades(from: 20250230) { nodes { date } } } }`],
    ['from', `{ ${bitcoin} { hourlySignals(from: "2021-01-01T00:00:00Z") { nodes { hour } } } }`],
    [
      'filter.from',
      '{ tradingSignals(filter: { from: "2025-01-01", to: "2025-05-01" }) { nodes { date } } }',
    ],
    [
      'filter.to',
      '{ tradingSignals(filter: { from: "2025-01-02", to: "2025-01-01" }) { nodes { date } } }',
    ],
    ['filter.categories', '{ tokens(filter: { categories: ["a,b"] }) { nodes { id } } }'],
    ['filter.categories', '{ tokens(filter: { categories: [] }) { nodes { id } } }'],
    [
      'filter.marketCapMin',
      '{ tradingSignals(filter: { marketCapMin: "1e9" }) { nodes { date } } }',
    ],
    [
      'filter.marketCapMin',
      '{ tradingSignals(filter: { marketCapMin: "-1" }) { nodes { date } } }',
    ],
    [
      'filter',
      `{ tokens(ids: ["${tokenId(3375)}"], filter: { symbols: ["SOL"] }) { nodes { id } } }`,
    ],
    ['signal', '{ tradingSignals(signal: RISING) { nodes { date } } }'],
    ['signal', '{ tradingSignals(signal: UNKNOWN) { nodes { date } } }'],
    ['symbol', '{ tokensBySymbol(symbol: "SOL,BTC") { id } }'],
    ['symbol', '{ tokensBySymbol(symbol: "") { id } }'],
  ])('%s in %.80s', async (argument, query) => {
    const requests = await gateway.upstreamRequests(async () => {
      const { errors } = await gateway.ask(query);
      expect(errors?.map(({ extensions }) => [extensions.code, extensions.argument])).toEqual([
        ['BAD_USER_INPUT', argument],
      ]);
      expect(errors?.[0].message).toContain(`"${argument}`);
    });
    // Only the token around a bad argument may have been read.
    expect(requests.filter((path) => path !== '/tokens')).toEqual([]);
  });

  it.each([
    ['Signal', 'RISING', 'tradingSignals(signal: $value) { nodes { date } }'],
    ['Date', '2025-02-30', `${bitcoin} { tmGrades(from: $value) { nodes { date } } }`],
    ['Int', 'ten', 'tokens(first: $value) { nodes { id } }'],
    ['Int', 3_000_000_000, 'tokens(first: $value) { nodes { id } }'],
  ])('a variable of type %s that is %s', async (type, value, field) => {
    const { status, errors, data } = await gateway.ask(`query ($value: ${type}) { ${field} }`, {
      value,
    });
    expect(status).toBe(400);
    expect(data).toBeUndefined();
    expect(errors?.[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'value' });
  });
});

describe('a request that cannot run is a 4xx with a GraphQL error', () => {
  const deep = (levels: number) =>
    `{ ${bitcoin} ${'{ tradingSignal { token '.repeat(levels)}{ id }${' } }'.repeat(levels)} }`;

  it.each([
    ['no GraphQL', '{ tokens', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a fragment cycle',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['too deep', deep(15), 'COST_LIMIT_EXCEEDED'],
    ['very deep', deep(500), 'COST_LIMIT_EXCEEDED'],
    ['more tokens than are read', deep(3000), 'GRAPHQL_PARSE_FAILED'],
    [
      'two operations and no name',
      'query A { __typename } query B { __typename }',
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['no operation', 'fragment A on Query { __typename }', 'OPERATION_RESOLUTION_FAILURE'],
  ])('%s', async (_name, query, code) => {
    for (const round of ['first', 'second']) {
      const { status, errors, data } = await gateway.ask(query);
      expect([round, status, data]).toEqual([round, 400, undefined]);
      expect(errors?.[0].extensions.code).toBe(code);
      expect(JSON.stringify(errors)).not.toMatch(/stack|node_modules|\.ts:/);
    }
  });

  it('an operation name the document does not have', async () => {
    const { status, errors } = await gateway.ask(
      'query A { __typename } query B { __typename }',
      {},
      { body: { operationName: 'C' } },
    );
    expect(status).toBe(400);
    expect(errors?.[0].message).toBe(
      'No operation to run: expected operationName to be one of A, B, got "C".',
    );
  });

  it('fragments that multiply are refused while they are being priced', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) =>
        `fragment F${level} on Token { ${['a', 'b', 'c', 'd', 'e', 'f']
          .map((alias) => `${alias}: tradingSignal { token { ...F${level + 1} } }`)
          .join(' ')} }`,
    );
    const query = `{ ${bitcoin} { ...F0 } } ${levels.join(' ')} fragment F12 on Token { id }`;
    const requests = await gateway.upstreamRequests(async () => {
      const { status, errors } = await gateway.ask(query);
      expect(status).toBe(400);
      expect(errors?.[0].extensions.code).toBe('COST_LIMIT_EXCEEDED');
    });
    expect(requests).toEqual([]);
  });

  it.each([
    ['bad JSON', 'application/json', '{"query":', 400],
    ['an empty body', 'application/json', '', 400],
    ['JSON that is no object', 'application/json', '[]', 400],
    ['no query', 'application/json', '{}', 400],
    ['a query that is no text', 'application/json', '{"query": 7}', 400],
    [
      'variables that are no object',
      'application/json',
      '{"query":"{__typename}","variables":7}',
      400,
    ],
    ['another content type', 'text/plain', '{ __typename }', 415],
  ])('%s', async (_name, type, body, status) => {
    const response = await gateway.app.fetch('http://gateway/graphql', {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expect(response.status).toBe(status);
    const answer = await response.json();
    expect(answer.errors[0].message).toBeTypeOf('string');
    expect(answer.errors[0].extensions.code).toBe('BAD_REQUEST');
    expect(answer.data).toBeUndefined();
  });
});

describe('the price is of what runs', () => {
  it('the same document is priced anew for other variables', async () => {
    const query =
      'query ($n: Int!) { topTokens(first: $n) { nodes { traderGrades(first: 100) { nodes { date } } } } }';
    const small = await gateway.ask(query, { n: 2 });
    expect(small.errors).toBeUndefined();
    const large = await gateway.ask(query, { n: 100 });
    expect(large.errors?.[0].extensions.code).toBe('COST_LIMIT_EXCEEDED');
    const again = await gateway.ask(query, { n: 2 });
    expect(again.extensions.cost).toEqual(small.extensions.cost);
  });

  it('of several operations the named one is priced, not the first', async () => {
    const query = `
      query Cheap { topTokens(first: 1) { nodes { id } } }
      query Dear { topTokens(first: 100) { nodes { traderGrades(first: 100) { nodes { date } } } } }
    `;
    const cheap = await gateway.ask(query, {}, { body: { operationName: 'Cheap' } });
    expect(cheap.extensions.cost.points).toBe(2);
    const dear = await gateway.ask(query, {}, { body: { operationName: 'Dear' } });
    expect(dear.errors?.[0].extensions.code).toBe('COST_LIMIT_EXCEEDED');
  });

  it('what is skipped costs nothing, what a fragment repeats costs once', async () => {
    const query = `query ($no: Boolean!) {
      topTokens(first: 10) {
        nodes { ...P price { usd } ... on Token { price { asOf } } tmGrade @include(if: $no) { grade } }
      }
    } fragment P on Token { price { source } }`;
    const { extensions } = await gateway.ask(query, { no: false });
    expect(extensions.cost).toMatchObject({ points: 21, credits: { estimated: 2, spent: 2 } });
    const full = await gateway.ask(query, { no: true });
    expect(full.extensions.cost).toMatchObject({ points: 31, credits: { estimated: 3, spent: 3 } });
  });

  it('introspection costs nothing upstream', async () => {
    const { extensions } = await gateway.ask('{ __schema { queryType { name } } __typename }');
    expect(extensions.cost).toMatchObject({ points: 0, credits: { estimated: 0, spent: 0 } });
  });
});
