import { expect, onTestFinished, test, vi } from 'vitest';
import { startGateway, tokenId } from '../support/gateway.ts';
import { bitcoin, ethereum, nobody, startPrefetching as start, ways } from './prefetch-world.ts';

vi.mock('../../src/execution/compile.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingExecuted(original),
);

/** Grades are asked for beside the tokens that a client names as long as that is sure to cost no more. */

const topTwenty = '{ topTokens(first: 20) { nodes { id } } }';
const graded = (fields: string) =>
  `query ($ids: [ID!]!) { tokens(ids: $ids) { nodes { ${fields} } } }`;

test.each(
  ways.flatMap((way) =>
    ['tm', 'fundamental', 'technology'].map((kind) => ({ way, kind, path: `/${kind}-grade` })),
  ),
)(
  'grades of twenty are asked for beside the tokens once they are known to be read by lists: $way $kind',
  async ({ way, kind, path }) => {
    const { ask, askHeld } = await start();
    const query = graded(`symbol ${kind}Grade { grade } tradingSignal { signal }`);
    const { data: top } = await ask('long', topTwenty);
    const variables = { ids: top.topTokens.nodes.map(({ id }: any) => id) };
    await ask('long', query, { variables });
    const { held, asked, data, errors, extensions } = await askHeld(way, query, 3, variables);
    expect(held).toEqual([path, '/tokens', '/trading-signals'].sort());
    expect(asked).toEqual(held);
    expect(errors).toBeUndefined();
    expect(data.tokens.nodes).toHaveLength(20);
    expect(extensions.cost.credits).toMatchObject({ spent: 3, estimated: 3 });
  },
);

test.each(ways)('grades of tokens that there are not cost no request more: %s', async (way) => {
  const { ask } = await start();
  const query = graded('tmGrade { grade }');
  const told: unknown[] = [];
  const askOf = async (...ids: readonly string[]) => {
    const { asked, extensions } = await ask(way, query, { variables: { ids } });
    told.push([asked, extensions.cost.credits.spent]);
  };
  // Nothing is known of lists; then they are shown to be read; then the first of two alone has a row.
  for (const second of [nobody, nobody, ethereum, nobody, nobody]) await askOf(bitcoin, second);
  expect(told).toEqual(Array.from({ length: 5 }, () => [['/tm-grade', '/tokens'], 2]));
});

test('grades are not asked for beside more tokens than are sure to fit their page', async () => {
  const { ask } = await start();
  const { data } = await ask('long', '{ topTokens(first: 50) { nodes { id } } }');
  const there = data.topTokens.nodes.map(({ id }: any) => id);
  const missing = Array.from({ length: 10 }, (_, index) => tokenId(900_000_000 + index));
  const query = graded('tmGrade { grade }');
  await ask('long', query, { variables: { ids: there } });
  const variables = { ids: [...there, ...missing] };
  const { asked, extensions } = await ask('long', query, { variables });
  expect(asked).toEqual(['/tm-grade', '/tokens']);
  expect(extensions.cost.credits).toMatchObject({ spent: 2, estimated: 2 });
});

test('an endpoint that stops reading lists has no grade lost for longer than a minute', async () => {
  let nowMs = Date.UTC(2026, 10, 21, 15);
  const gateway = await startGateway({ env: { ROWS_MEMORY_MB: '64' }, now: () => nowMs });
  onTestFinished(gateway.close);
  const gradesOf = async (...ids: readonly string[]) => {
    const query = graded('tmGrade { grade }');
    const { data, errors, extensions } = await gateway.ask(query, { ids });
    expect(errors).toBeUndefined();
    const { spent, estimated } = extensions.cost.credits;
    return [data.tokens.nodes.map(({ tmGrade }: any) => tmGrade !== null), { spent, estimated }];
  };
  const { data } = await gateway.ask(topTwenty);
  const [one, two, ...others] = data.topTokens.nodes.map(({ id }: any) => id);
  await gradesOf(one, two);
  gateway.sandbox.faults.set({ path: '/v2/tm-grade', firstIdOnly: true });
  const [first] = await gradesOf(...others);
  expect(first.filter(Boolean)).toHaveLength(1);
  expect(await gradesOf(...others)).toEqual([first, { spent: 0, estimated: 2 }]);
  nowMs += 60_001;
  const [all] = await gradesOf(...others);
  expect(all).toEqual(others.map(() => true));
});
