import { afterEach, describe, expect, it } from 'vitest';
import { startOnFake, tokenRecord } from '../support/fake-upstream.ts';
import { startGateway, tokenId } from '../support/gateway.ts';

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((gateway) => gateway.close()));
});
async function on(...arguments_: Parameters<typeof startOnFake>) {
  const gateway = await startOnFake(...arguments_);
  open.push(gateway);
  return gateway;
}
async function onSandbox() {
  const gateway = await startGateway();
  open.push(gateway);
  return gateway;
}
const cursor = (key: string) => Buffer.from(`after:${key}`).toString('base64url');

describe('an upstream that does not do as it was asked', () => {
  it('a contract it ignores is no reason to answer another token', async () => {
    const gateway = await on(() => [
      tokenRecord(1),
      tokenRecord(2, { CONTRACT_ADDRESS: { ethereum: '0xABC' } }),
    ]);
    const by = (address: string) =>
      `token(by: { contract: { chain: "ethereum", address: "${address}" } }) { symbol }`;
    const { data } = await gateway.ask(`{ known: ${by('0xabc')} unknown: ${by('0xdef')} }`);
    expect(data).toEqual({ known: { symbol: 'T2' }, unknown: null });
  });

  it('a row that cannot be read is an error of its token, and the others are there', async () => {
    const gateway = await on(() => [tokenRecord(1), tokenRecord(2, { TOKEN_NAME: 7 })]);
    const ids = JSON.stringify([tokenId(1), tokenId(2)]);
    const { data, errors } = await gateway.ask(
      `{ tokens(ids: ${ids}) { nodes { symbol } } nodes(ids: ${ids}) { ... on Token { symbol } } }`,
    );
    expect(data).toEqual({
      tokens: { nodes: [{ symbol: 'T1' }, null] },
      nodes: [{ symbol: 'T1' }, null],
    });
    expect(errors.map(({ path, extensions }: any) => [path, extensions.code])).toEqual([
      [['tokens', 'nodes', 1], 'UPSTREAM_BAD_DATA'],
      [['nodes', 1], 'UPSTREAM_BAD_DATA'],
    ]);
  });

  it('levels are there without the price, and what needs the price says that it failed', async () => {
    const gateway = await on((path) => {
      if (path === '/tokens') return [tokenRecord(1)];
      if (path === '/price') return 500;
      return [
        {
          ...tokenRecord(1),
          HISTORICAL_RESISTANCE_SUPPORT_LEVELS: [{ date: '2025-01-01', level: 9 }],
        },
      ];
    });
    const { data, errors } = await gateway.ask(
      '{ token(by: { tokenMetricsId: 1 }) { supportResistance { levels { usd kind } support { usd } } } }',
    );
    expect(data.token.supportResistance).toEqual({
      levels: [{ usd: '9', kind: null }],
      support: null,
    });
    expect(
      errors.map(({ path, extensions }: any) => [path.at(-1), extensions.code]).sort(),
    ).toEqual([
      ['kind', 'UPSTREAM_UNAVAILABLE'],
      ['support', 'UPSTREAM_UNAVAILABLE'],
    ]);
  });

  it('a page whose last row cannot be read does not send a client back to the start', async () => {
    const page = Array.from({ length: 100 }, (_, index) =>
      tokenRecord(index + 1, index === 99 ? { TOKEN_NAME: 7 } : {}),
    );
    const gateway = await on((_path, query) => (query.get('page') === '1' ? page : []));
    const first = await gateway.ask(
      '{ tokens(first: 99) { nodes { symbol } pageInfo { endCursor } } }',
    );
    expect(first.data.tokens.nodes).toHaveLength(99);
    const { endCursor } = first.data.tokens.pageInfo;
    const { data } = await gateway.ask(
      `{ tokens(first: 1, after: "${endCursor}") { nodes { symbol } pageInfo { hasNextPage endCursor } } }`,
    );
    expect(data.tokens.nodes).toEqual([]);
    expect(data.tokens.pageInfo).toEqual({ hasNextPage: true, endCursor: cursor('99') });
    const last = await gateway.ask(
      `{ tokens(after: "${cursor('99')}") { nodes { symbol } pageInfo { hasNextPage } } }`,
    );
    expect(last.data.tokens).toEqual({ nodes: [], pageInfo: { hasNextPage: false } });
  });

  it('lists it leaves out are null, not empty', async () => {
    const gateway = await on(() => [tokenRecord(1, { EXCHANGE_LIST: null })]);
    const { data } = await gateway.ask(
      '{ topTokens { nodes { exchanges { name } categories { name } } } }',
    );
    expect(data.topTokens.nodes).toEqual([{ exchanges: null, categories: [] }]);
  });
});

describe('cursors nobody was given', () => {
  it.each([
    ['candles(interval: H1, after: "KEY") { nodes { start } }', '-271821-04-20T00:00:00.000Z'],
    ['candles(interval: H1, after: "KEY") { nodes { start } }', '2099-01-01T00:00:00.000Z'],
    ['hourlySignals(after: "KEY") { nodes { hour } }', '5'],
    ['tmGrades(after: "KEY") { nodes { date } }', '0000-01-01'],
    ['tmGrades(after: "KEY") { nodes { date } }', '2099-01-01'],
  ])('%s with %s', async (field, key) => {
    const gateway = await onSandbox();
    const query = `{ token(by: { tokenMetricsId: 3375 }) { ${field.replace('KEY', cursor(key))} } }`;
    const { status, errors } = await gateway.ask(query);
    expect(status).toBe(200);
    expect(errors?.map(({ extensions }) => [extensions.code, extensions.argument])).toEqual([
      ['BAD_USER_INPUT', 'after'],
    ]);
  });
});

describe('series end where they end', () => {
  it('without `from`, at the first page that has no row', async () => {
    const gateway = await onSandbox();
    let after: string | null = null;
    let days = 0;
    let pages = 0;
    for (let more = true; more; pages += 1) {
      const { data } = await gateway.ask(
        `{ token(by: { tokenMetricsId: 3375 }) { tmGrades(first: 366${after ? `, after: "${after}"` : ''}) {
          nodes { date } pageInfo { hasNextPage endCursor } } } }`,
      );
      const { nodes, pageInfo } = data.token.tmGrades;
      days += nodes.length;
      after = pageInfo.endCursor;
      more = pageInfo.hasNextPage;
    }
    expect(days).toBeGreaterThan(2000);
    expect(pages).toBe(Math.ceil(days / 366) + 1);
  });

  it('candles of days begin no earlier than `from` and no later than `to`', async () => {
    const gateway = await startGateway({ now: () => Date.UTC(2026, 10, 21, 12) });
    open.push(gateway);
    const { data } = await gateway.ask(
      '{ token(by: { tokenMetricsId: 3375 }) { candles(from: "2026-11-17T20:00:00Z", to: "2026-11-19T02:00:00Z") { nodes { start } } } }',
    );
    expect(data.token.candles.nodes).toEqual([
      { start: '2026-11-19T00:00:00.000Z' },
      { start: '2026-11-18T00:00:00.000Z' },
    ]);
  });

  it('a position of a basket is as old as its day', async () => {
    const gateway = await onSandbox();
    const { data } = await gateway.ask(
      '{ basketPositions(kind: TRADER, first: 1) { nodes { date asOf } } }',
    );
    const [{ date, asOf }] = data.basketPositions.nodes;
    expect(asOf).toBe(`${date}T00:00:00.000Z`);
  });
});

describe('the indices that hold a token', () => {
  it('are priced by how many indices there are, once that is known', async () => {
    const gateway = await onSandbox();
    const query = '{ topTokens(first: 20) { nodes { indices { weightPercent index { name } } } } }';
    const first = await gateway.ask(query);
    const again = await gateway.ask(query);
    expect(first.extensions.cost.credits.estimated).toBe(1 + 1 + 40);
    expect(again.extensions.cost.credits.estimated).toBe(again.extensions.cost.credits.spent);
  });
});
