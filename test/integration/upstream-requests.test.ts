import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway, tokenId } from '../support/gateway.ts';

let gateway: Gateway;
/** The ids of the hundred largest tokens of the sandbox. */
let ids: string[];

beforeAll(async () => {
  gateway = await startGateway();
  const { data } = await gateway.ask('{ topTokens(first: 100) { nodes { id } } }');
  ids = data.topTokens.nodes.map(({ id }: { id: string }) => id);
});
afterAll(() => gateway.close());

/** Asks, expects no errors, and answers what was asked upstream and what that was priced at. */
async function cost(query: string, variables: Record<string, unknown> = {}) {
  let credits = { estimated: -1, spent: -1 };
  const requests = await gateway.upstreamRequests(async () => {
    const { errors, extensions } = await gateway.ask(query, variables);
    expect(errors).toBeUndefined();
    credits = extensions.cost.credits;
  });
  return { requests, credits };
}

const fields = `
  price { usd }
  tmGrade { grade }
  traderGrade { grade }
  tradingSignal { signal }
`;

describe('a page of tokens costs the fewest upstream requests', () => {
  it('20 tokens by id with price, tmGrade, traderGrade and tradingSignal are 5 requests', async () => {
    const query = `query ($ids: [ID!]!) { tokens(ids: $ids) { nodes { symbol ${fields} } } }`;
    const { requests, credits } = await cost(query, { ids: ids.slice(0, 20) });
    expect(requests).toEqual([
      '/price',
      '/tm-grade',
      '/tokens',
      '/trader-grades',
      '/trading-signals',
    ]);
    expect(credits).toMatchObject({ estimated: 5, spent: 5 });
  });

  it('the same with every field aliased three times are still 5 requests', async () => {
    const aliased = ['a', 'b', 'c'].map((alias) =>
      fields.replaceAll(/(\w+) \{/g, `${alias}_$1: $1 {`),
    );
    const query = `query ($ids: [ID!]!) {
      ${['x', 'y', 'z'].map((root) => `${root}: tokens(ids: $ids) { nodes { symbol ${aliased.join('')} } }`).join('\n')}
    }`;
    const { requests, credits } = await cost(query, { ids: ids.slice(0, 20) });
    expect(requests).toHaveLength(5);
    expect(credits).toMatchObject({ estimated: 5, spent: 5 });
  });

  it('100 tokens with the latest trader grade are 1 + 3 requests', async () => {
    const query = 'query ($ids: [ID!]!) { tokens(ids: $ids) { nodes { traderGrade { grade } } } }';
    const { requests, credits } = await cost(query, { ids });
    expect(requests).toEqual(['/tokens', ...Array<string>(3).fill('/trader-grades')]);
    expect(credits).toMatchObject({ estimated: 4, spent: 4 });
  });

  it('100 tokens with 29 days of trader grades are 29 requests, and the price says so', async () => {
    const query = `query ($ids: [ID!]!) {
      tokens(ids: $ids) { nodes { traderGrades(first: 29) { nodes { grade } } } }
    }`;
    const { requests, credits } = await cost(query, { ids });
    expect(requests.filter((path) => path === '/trader-grades')).toHaveLength(29);
    expect(credits).toMatchObject({ estimated: 30, spent: 30 });
  });

  it('paging five times by 20 within one page of 100 is one request each', async () => {
    let after: string | null = null;
    for (let page = 0; page < 5; page += 1) {
      const query = `query ($after: String) {
        tokens(first: 20, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } }
      }`;
      const requests = await gateway.upstreamRequests(async () => {
        const { data } = await gateway.ask(query, { after });
        expect(data.tokens.nodes).toHaveLength(20);
        expect(data.tokens.pageInfo.hasNextPage).toBe(true);
        after = data.tokens.pageInfo.endCursor;
      });
      expect(requests).toEqual(['/tokens']);
    }
  });

  it('a page that crosses a page of the upstream is two requests, and the price says so', async () => {
    const first = await gateway.ask('{ tokens(first: 60) { pageInfo { endCursor } } }');
    const query = 'query ($after: String) { tokens(first: 60, after: $after) { nodes { id } } }';
    const { requests, credits } = await cost(query, {
      after: first.data.tokens.pageInfo.endCursor,
    });
    expect(requests).toEqual(['/tokens', '/tokens']);
    expect(credits).toMatchObject({ estimated: 2, spent: 2 });
  });

  it('aliased single tokens share their requests', async () => {
    const query = `{ ${ids
      .slice(0, 30)
      .map((id, index) => `t${index}: token(by: { id: "${id}" }) { symbol price { usd } }`)
      .join('\n')} }`;
    const { requests, credits } = await cost(query);
    expect(requests).toEqual(['/price', '/tokens']);
    expect(credits).toMatchObject({ estimated: 2, spent: 2 });
  });

  it('aliases of different ranges are priced each, and days they share are asked for once', async () => {
    const query = `{ token(by: { tokenMetricsId: 3375 }) {
      week: traderGrades(first: 7) { nodes { date } }
      month: traderGrades(first: 29) { nodes { date } }
      year: traderGrades(first: 290) { nodes { date } }
    } }`;
    const { credits } = await cost(query);
    // The longest holds the others: a token, and 290 days in windows of 29.
    expect(credits).toMatchObject({ estimated: 1 + 1 + 1 + 10, spent: 1 + 10 });
  });

  it('what a list already holds is not asked for again', async () => {
    const query =
      '{ tokens(first: 20) { nodes { link contracts { chain } categories { slug } } } }';
    expect((await cost(query)).requests).toEqual(['/tokens']);
    const top = '{ topTokens(first: 20) { nodes { categories { slug } exchanges { name } } } }';
    expect((await cost(top)).requests).toEqual(['/top-market-cap-tokens']);
  });

  it('what a list does not hold is one request for all its items, and the price says so', async () => {
    const query = '{ topTokens(first: 20) { nodes { link contracts { chain } } } }';
    const { requests, credits } = await cost(query);
    expect(requests).toEqual(['/tokens', '/top-market-cap-tokens']);
    expect(credits).toMatchObject({ estimated: 2, spent: 2 });
  });

  it('tokens behind two screens share their prices', async () => {
    const screen = (alias: string, signal: string) =>
      `${alias}: tradingSignals(signal: ${signal}, first: 5) { nodes { token { price { usd } } } }`;
    const { requests, credits } = await cost(
      `{ ${screen('up', 'BULLISH')} ${screen('down', 'BEARISH')} }`,
    );
    expect(requests).toEqual(['/price', '/trading-signals', '/trading-signals']);
    expect(credits).toMatchObject({ estimated: 3, spent: 3 });
  });

  it('symbols of one operation share their requests', async () => {
    const { requests, credits } = await cost(
      '{ sol: tokensBySymbol(symbol: "SOL") { name } ton: tokensBySymbol(symbol: "ton") { name } }',
    );
    expect(requests).toEqual(['/tokens', '/top-market-cap-tokens']);
    expect(credits).toMatchObject({ estimated: 2, spent: 2 });
  });

  it('hourly rows of four tokens for a day share a page', async () => {
    const query = `query ($ids: [ID!]!) {
      tokens(ids: $ids) { nodes { hourlySignals(first: 24) { nodes { hour } } } }
    }`;
    const { requests, credits } = await cost(query, { ids: ids.slice(0, 4) });
    expect(requests).toEqual(['/hourly-trading-signals', '/tokens']);
    expect(credits).toMatchObject({ estimated: 2, spent: 2 });
  });
});

describe('what does not run costs nothing', () => {
  it('a refused operation sends no upstream request and tells what is dear', async () => {
    const query =
      '{ tokens(first: 100) { nodes { traderGrades(first: 100) { nodes { grade } } } } }';
    const requests = await gateway.upstreamRequests(async () => {
      const { status, data, errors, extensions } = await gateway.ask(query);
      expect(status).toBe(400);
      expect(data).toBeUndefined();
      expect(errors).toHaveLength(1);
      expect(errors?.[0].extensions).toEqual({
        code: 'COST_LIMIT_EXCEEDED',
        points: 10_201,
        pointsLimit: 10_000,
        credits: 101,
        creditsLimit: 100,
        dearest: [
          { path: 'tokens.nodes.traderGrades', points: 100, credits: 100 },
          { path: 'tokens.nodes.traderGrades.nodes', points: 10_000, credits: 0 },
          { path: 'tokens', points: 1, credits: 1 },
        ],
      });
      expect(extensions.cost.credits).toEqual({ estimated: 101, limit: 100, spent: 0 });
    });
    expect(requests).toEqual([]);
  });

  it.each([
    ['header', { headers: { 'x-cost-dry-run': 'true' } }],
    ['extension', { body: { extensions: { cost: { dryRun: true } } } }],
  ])('a dry run by %s sends no upstream request and answers the plan', async (_name, more) => {
    const query = '{ topTokens(first: 50) { nodes { price { usd } traderGrade { grade } } } }';
    const requests = await gateway.upstreamRequests(async () => {
      const { data, errors, extensions } = await gateway.ask(query, {}, more);
      expect(errors).toBeUndefined();
      expect(data).toBeNull();
      expect(extensions.cost).toEqual({
        points: 1 + 50 + 50 + 50,
        pointsLimit: 10_000,
        credits: { estimated: 4, limit: 100, spent: 0 },
        dryRun: true,
        plan: [
          {
            upstream: 'tokenMetrics',
            endpoint: 'topMarketCapTokens',
            requests: 1,
            keys: 1,
            path: 'topTokens',
          },
          {
            upstream: 'tokenMetrics',
            endpoint: 'price',
            requests: 1,
            keys: 50,
            path: 'topTokens.nodes.price',
          },
          {
            upstream: 'tokenMetrics',
            endpoint: 'traderGrades',
            requests: 2,
            keys: 50,
            path: 'topTokens.nodes.traderGrade',
          },
        ],
      });
    });
    expect(requests).toEqual([]);
  });

  it('2,000 aliases of one field cost no more upstream than one', async () => {
    const generous = await startGateway({ env: { DOCUMENT_TOKENS_MAX: '100000' } });
    const aliases = Array.from({ length: 2000 }, (_, index) => `a${index}: price { usd }`);
    const query = `{ token(by: { tokenMetricsId: 3375 }) { ${aliases.join(' ')} } }`;
    const requests = await generous.upstreamRequests(async () => {
      const { errors, extensions } = await generous.ask(query);
      expect(errors).toBeUndefined();
      expect(extensions.cost).toMatchObject({ points: 2001, credits: { estimated: 2, spent: 2 } });
    });
    expect(requests).toEqual(['/price', '/tokens']);
    await generous.close();
  });

  it('2,000 aliases are more tokens than a document may have', async () => {
    const aliases = Array.from({ length: 2000 }, (_, index) => `a${index}: price { usd }`);
    const query = `{ token(by: { tokenMetricsId: 3375 }) { ${aliases.join(' ')} } }`;
    const requests = await gateway.upstreamRequests(async () => {
      const { status, errors } = await gateway.ask(query);
      expect(status).toBe(400);
      expect(errors?.[0].extensions.code).toBe('GRAPHQL_PARSE_FAILED');
    });
    expect(requests).toEqual([]);
  });

  it('an unknown token is null and no error', async () => {
    const { data, errors } = await gateway.ask(
      `{ token(by: { id: "${tokenId(999_999)}" }) { symbol price { usd } } tokensBySymbol(symbol: "NOPE") { id } }`,
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({ token: null, tokensBySymbol: [] });
  });
});
