import { expect, onTestFinished, test, vi } from 'vitest';
import {
  bitcoin,
  ethereum,
  nobody,
  pathsOf,
  startPrefetching as start,
  ways,
} from './prefetch-world.ts';

vi.mock('../../src/execution/compile.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingExecuted(original),
);

/** What hangs on tokens that a client names is asked for together with them, by either way. */

const fields = 'symbol price { usd } tradingSignal { signal }';
const all = ['/price', '/tokens', '/trading-signals'];
const roots = [
  `{ tokens(ids: ["${bitcoin}", "${ethereum}"]) { nodes { ${fields} } } }`,
  `{ tokens(ids: ["${bitcoin}"]) { edges { node { ${fields} } } pageInfo { endCursor } } }`,
  `{ token(by: { id: "${bitcoin}" }) { ${fields} } }`,
  `{ token(by: { tokenMetricsId: 3375 }) { ${fields} } }`,
  `{ node(id: "${bitcoin}") { id ... on Token { ${fields} } } }`,
  `{ nodes(ids: ["${bitcoin}", "${ethereum}"]) { id ... on Token { ${fields} } } }`,
];

test.each(ways.flatMap((way) => roots.map((query) => ({ way, query }))))(
  'all endpoints are asked before any has answered: $way $query',
  async ({ way, query }) => {
    const { askHeld } = await start();
    const { held, asked, data, errors, extensions } = await askHeld(way, query, 3);
    expect(held).toEqual(all);
    expect(asked).toEqual(all);
    expect(errors).toBeUndefined();
    const [root] = Object.values<any>(data);
    const token = [root.nodes ?? root.edges ?? root].flat()[0];
    expect(token.node ?? token).toMatchObject({
      symbol: 'BTC',
      price: { usd: expect.any(String) },
      tradingSignal: { signal: expect.any(String) },
    });
    expect(extensions.cost.credits).toMatchObject({ spent: 3, estimated: 3 });
  },
);

test.each(ways)('only what is selected is asked for, once: %s', async (way) => {
  const { askHeld } = await start();
  const query = `query ($ids: [ID!]!, $yes: Boolean!, $no: Boolean!) {
    tokens(ids: $ids) {
      nodes { one: supportResistance { date } two: supportResistance { levels { usd } } ...Graded }
      edges {
        node {
          ... on Node { ... on Token { quantMetrics { sharpe } } }
          ... on Token @skip(if: $yes) { tradingSignal { signal } }
          pricePrediction @include(if: $no) { __typename }
          correlations @include(if: $yes) @skip(if: $no) { name }
        }
      }
    }
  }
  fragment Graded on Token { price { usd } ...Skipped @skip(if: $yes) }
  fragment Skipped on Token { traderGrade { grade } }`;
  const variables = { ids: [bitcoin, ethereum], yes: true, no: false };
  const { held, asked, errors } = await askHeld(way, query, 5, variables);
  expect(errors).toBeUndefined();
  expect(asked).toEqual([
    '/correlation',
    '/price',
    '/quantmetrics',
    '/resistance-support',
    '/tokens',
  ]);
  expect(held).toEqual(asked);
});

test.each(ways)('a field that the caller may not read is not asked for: %s', async (way) => {
  const { ask } = await start({}, []);
  const query = `{ tokens(ids: ["${bitcoin}"]) { nodes { price { usd } aiReport { summary } } } }`;
  const { asked, errors } = await ask(way, query);
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  expect(asked).toEqual(['/price', '/tokens']);
});

test.each(ways)(
  'the failure of a row is told where its field is, and only there: %s',
  async (way) => {
    const { ask, fail } = await start();
    const query = `{ tokens(ids: ["${bitcoin}", "${nobody}"]) { nodes { ${fields} } } }`;
    const before = () => fail({ path: '/v2/price', status: 500 });
    const { data, errors } = await ask(way, query, { before });
    const path = ['tokens', 'nodes', 0, 'price'];
    expect(errors).toMatchObject([{ path, extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    const tradingSignal = { signal: expect.any(String) };
    expect(data.tokens.nodes).toEqual([{ symbol: 'BTC', price: null, tradingSignal }, null]);
  },
);

test.each(ways)('the failure of rows that nobody is given is told nobody: %s', async (way) => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const { ask, fail } = await start();
  const before = () => fail({ path: '/v2/price', status: 500 });
  const found = await ask(way, `{ token(by: { id: "${nobody}" }) { ${fields} } }`, { before });
  expect([found.data, found.errors]).toEqual([{ token: null }, undefined]);
  const failing = () => fail({ status: 500 });
  const failed = await ask(way, `{ node(id: "${bitcoin}") { ... on Token { ${fields} } } }`, {
    before: failing,
  });
  expect(failed.errors).toMatchObject([{ path: ['node'] }]);
  expect(failed.errors).toHaveLength(1);
  expect(unhandled).toEqual([]);
});

test.each([
  `{ token(by: { id: "${nobody}" }) { ${fields} } }`,
  `{ tokens(ids: ["${nobody}"]) { nodes { ${fields} } } }`,
  `{ node(id: "${nobody}") { ... on Token { ${fields} } } }`,
  `{ nodes(ids: ["${nobody}"]) { ... on Token { ${fields} } } }`,
])('what a token that there is not has cost is told with it: %s', async (query) => {
  const { ask, fail } = await start();
  // The tokens are told long before all else.
  const { data, errors, extensions } = await ask('long', query, {
    before: () =>
      fail(
        { path: '/v2/tokens' },
        { path: '/v2/price', latencyMs: 100 },
        { path: '/v2/trading-signals', latencyMs: 100 },
      ),
  });
  expect(errors).toBeUndefined();
  expect(JSON.stringify(data)).toContain('null');
  expect(extensions.cost.credits).toMatchObject({ spent: 3, estimated: 3 });
});

test.each(ways)('what is read behind the tokens does not wait for a row: %s', async (way) => {
  const { ask, fail, upstream } = await start();
  const days = 'tmGrades(first: 2) { nodes { grade } }';
  const query = `{ tokens(ids: ["${bitcoin}"]) { nodes { price { usd } ${days} } } }`;
  let isSlow = false;
  const before = () => {
    isSlow = true;
    fail({ path: '/v2/price', latencyMs: 10_000 });
  };
  // Nobody waits for its answer.
  ask(way, query, { before }).catch(() => {});
  await vi.waitFor(() => {
    expect(isSlow).toBe(true);
    expect(pathsOf(upstream.asked)).toContain('/tm-grade-history');
  }, 5000);
});

test('nothing is asked about a token that is known not to exist', async () => {
  const { ask } = await start({ ROWS_MEMORY_MB: '64' });
  const of = (fields: string) => `{ tokens(ids: ["${nobody}"]) { nodes { ${fields} } } }`;
  expect((await ask('long', of('symbol'))).asked).toEqual(['/tokens']);
  expect((await ask('long', of(fields))).asked).toEqual([]);
  const both = `{ tokens(ids: ["${nobody}", "${bitcoin}"]) { nodes { price { usd } } } }`;
  const { upstream, ...gateway } = await start({ ROWS_MEMORY_MB: '64' });
  await gateway.ask('long', of('symbol'));
  expect((await gateway.ask('long', both)).asked).toEqual(['/price', '/tokens']);
  expect(upstream.asked.find((url) => url.includes('price'))).not.toContain('999999999');
});

test('the rows of a token that is in memory are asked for with those of the others', async () => {
  const { ask, askHeld } = await start({ ROWS_MEMORY_MB: '64' });
  await ask('long', `{ tokens(ids: ["${bitcoin}"]) { nodes { symbol } } }`);
  const query = `{ tokens(ids: ["${bitcoin}", "${ethereum}"]) { nodes { price { usd } } } }`;
  const { held, asked, extensions } = await askHeld('long', query, 2);
  expect(held).toEqual(['/price', '/tokens']);
  expect(asked).toEqual(held);
  expect(extensions.cost.credits).toMatchObject({ spent: 2, estimated: 2 });
});

test.each(['tokens', 'nodes'])(
  'a token of %s that there is not holds up no other',
  async (root) => {
    const { ask, fail, upstream } = await start();
    const behind = 'price { usd } tmGrades(first: 2) { nodes { grade } }';
    const ids = `(ids: ["${bitcoin}", "${nobody}"])`;
    const query =
      root === 'nodes'
        ? `{ nodes${ids} { ... on Token { ${behind} } } }`
        : `{ tokens${ids} { nodes { ${behind} } } }`;
    const before = () => fail({ path: '/v2/price', latencyMs: 3_600_000 });
    let isAnswered = false;
    void ask('long', query, { before }).then(
      () => (isAnswered = true),
      () => {},
    );
    // Asked for behind the tokens, while the prices are still on their way.
    await vi.waitFor(() => expect(pathsOf(upstream.asked)).toContain('/tm-grade-history'), 5000);
    expect(isAnswered).toBe(false);
  },
);
