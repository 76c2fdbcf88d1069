import { expect, onTestFinished, test, vi } from 'vitest';
import { writeCallers } from '../support/callers-files.ts';
import { tokenId } from '../support/gateway.ts';
import {
  dataOf,
  keyed,
  minutes,
  noon,
  price,
  priceOf,
  seconds,
  tomorrow,
} from '../support/hot-gateway.ts';
import { tellOf } from '../support/two-ways.ts';
import { startWarm } from '../support/warm-gateway.ts';

vi.mock('../../src/fast-path/kept-texts.ts', async (original) =>
  (await import('../support/counted-texts.ts')).countingTexts(original),
);

/** Texts of rows in memory: what is given of them is what would be written. */

const bitcoin = '(by: { tokenMetricsId: 3375 })';
/** An answer's own id of its request is in its errors, too. */
const told = (answer: Parameters<typeof tellOf>[0]) => {
  const { text, ...rest } = tellOf(answer);
  return { ...rest, ...JSON.parse(text) };
};

test('callers whose plans differ never see each other’s fields or errors', async () => {
  const files = await writeCallers({
    all: { scopes: ['reports'] },
    twin: { scopes: ['reports'] },
    blind: { scopes: [] },
  });
  onTestFinished(files.remove);
  const text = `{ token${bitcoin} { symbol price { usd } aiReport { __typename fetchedAt } } }`;
  for (const order of [
    ['all', 'blind', 'twin'],
    ['blind', 'twin', 'all'],
  ] as const) {
    const { ask, askLong, warm } = await startWarm(files.env, tomorrow);
    await warm(text, keyed(files.keys.all));
    const given = { all: 0, twin: 0, blind: 0 };
    for (let round = 0; round < 4; round += 1) {
      for (const name of order) {
        const asked = keyed(files.keys[name]);
        const answer = await ask(text, asked);
        given[name] += answer.textsGiven;
        expect(told(answer), name).toEqual(told(await askLong(text, asked)));
        const { data, errors } = JSON.parse(answer.text);
        expect(data.token.aiReport === null, name).toBe(name === 'blind');
        const codes = errors?.map(({ extensions }: any) => extensions.code);
        expect(codes, name).toEqual(name === 'blind' ? ['FORBIDDEN'] : undefined);
      }
    }
    // What holds an error is never kept.
    expect(given).toEqual({ all: 2, twin: 2, blind: 0 });
  }
});

test('what a cache may keep follows from who asks, also of what another was told', async () => {
  const files = await writeCallers({ free: {} }, { anonymous: 'free' });
  onTestFinished(files.remove);
  const { ask, askLong, warm } = await startWarm(files.env, tomorrow);
  await warm(price(3375));
  for (let round = 0; round < 3; round += 1) {
    for (const asked of [{}, keyed(files.keys.free)]) {
      const answer = await ask(price(3375), asked);
      expect(tellOf(answer)).toEqual(tellOf(await askLong(price(3375), asked)));
      expect(answer.textsGiven).toBe(round < 2 ? 0 : 1);
    }
  }
});

const inOneAnswer = `query Asked($ids: [ID!]!) {
  tokens(ids: $ids) { nodes { symbol price { usd fetchedAt } tmGrade { grade } traderGrade { grade } } }
}`;
const ofIndex = `query Asked($id: ID!) {
  one: token${bitcoin} { symbol price { usd } traderGrade { grade } }
  other: token${bitcoin} { symbol price { usd } traderGrade { grade } }
  index(id: $id) { name holdings { token { symbol price { usd } traderGrade { grade } } } }
}`;
const series = `query Asked {
  token${bitcoin} { traderGrade { grade } tradingSignal { signal } traderGrades(first: 3) { nodes { grade date } } }
}`;
const ids = [3375, 3306, 3375, 3375].map(tokenId);

test.each([
  ['once', price(3375), {}, 1],
  ['in a list that names it thrice', inOneAnswer, { variables: { ids } }, 4],
  ['as the newest of a series, and in the series', series, {}, 3],
])('a token %s is told as it was before its text was kept', async (_name, text, asked, least) => {
  const { ask, askLong, lineOf, warm } = await startWarm();
  await warm(text, asked);
  const long = await askLong(text, asked);
  const line = await lineOf(long);
  expect(JSON.parse(long.text).errors).toBeUndefined();
  expect(JSON.parse(long.text).extensions.sources[0].hits).toBeGreaterThan(1);
  let given = 0;
  for (let round = 0; round < 5; round += 1) {
    const answer = await ask(text, asked);
    expect(tellOf(answer), `round ${round}`).toEqual(tellOf(long));
    expect(await lineOf(answer), `round ${round}`).toEqual(line);
    given = answer.textsGiven;
  }
  expect(given).toBeGreaterThanOrEqual(least);
});

test('a token of two aliases and of an index is told as it was, and its price with it', async () => {
  const { ask, askLong, lineOf, warm, clock, app } = await startWarm();
  const listed = '{ indices(first: 5) { nodes { id holdings { token { tokenMetricsId } } } } }';
  await warm(listed);
  const holder = dataOf(await askLong(listed)).indices.nodes.find(({ holdings }: any) =>
    holdings.some(({ token }: any) => token.tokenMetricsId === 3375),
  );
  const asked = { variables: { id: holder.id } };
  await warm(ofIndex, asked);
  for (let second = 0; second < 2; second += 1) {
    const long = await askLong(ofIndex, asked);
    const line = await lineOf(long);
    app.sandbox?.clearRequests();
    for (let round = 0; round < 5; round += 1) {
      const answer = await ask(ofIndex, asked);
      expect(tellOf(answer), `round ${round}`).toEqual(tellOf(long));
      expect(await lineOf(answer), `round ${round}`).toEqual(line);
      if (round > 2) expect(answer.textsGiven).toBeGreaterThan(2);
    }
    expect(app.sandbox?.requests).toEqual([]);
    clock.nowMs += 1 * seconds;
  }
});

test('the age of what was kept grows with the clock', async () => {
  const { ask, askLong, warm, clock } = await startWarm({}, noon + 900);
  await warm(price(3375));
  let given = 0;
  for (const passed of [0, 0, 0, 50, 50, 50, 0, 0, 450, 450, 31_000, 0, 0, 999, 1]) {
    clock.nowMs += passed;
    const answer = await ask(price(3375));
    given += answer.textsGiven;
    expect(tellOf(answer)).toEqual(tellOf(await askLong(price(3375))));
  }
  expect(given).toBeGreaterThan(3);
});

test('a row that is fetched anew within the second shows up at once', async () => {
  const { ask, askLong, warm, clock } = await startWarm();
  const text = price(3375);
  const listed = { variables: { ids: [tokenId(3375)] } };
  for (const [one, asked] of [
    [text, {}],
    [inOneAnswer, listed],
  ] as const)
    await warm(one, asked);
  clock.nowMs += 4 * minutes;
  for (let round = 0; round < 3; round += 1) {
    await ask(inOneAnswer, listed);
    const before = await ask(text);
    expect(priceOf(before).fetchedAt).toBe(new Date(noon).toISOString());
    expect(before.textsGiven).toBe(round < 2 ? 0 : 1);
  }
  // Beside it there is room for what ends soon.
  await warm(price(3306));
  for (let round = 0; round < 3; round += 1) {
    const after = await ask(text);
    expect(priceOf(after).fetchedAt).toBe(new Date(clock.nowMs).toISOString());
    expect(tellOf(after)).toEqual(tellOf(await askLong(text)));
    const [node] = dataOf(await ask(inOneAnswer, listed)).tokens.nodes;
    expect(node.price.fetchedAt).toBe(new Date(clock.nowMs).toISOString());
  }
});

test('a row that ends within the second is stale from then on', async () => {
  const { app, ask, askLong, warm, clock } = await startWarm({ TOKENMETRICS_RETRIES: '0' });
  const text = price(3375);
  await warm(text);
  app.sandbox?.faults.set({ path: '/v2/price', status: 500 });
  // Its lifetime ends somewhere in here, in the middle of a second.
  clock.nowMs += 265 * seconds;
  let [fresh, stale, given] = [0, 0, 0];
  while (stale < 8) {
    const answer = await ask(text);
    const long = await askLong(text);
    given += answer.textsGiven;
    expect(priceOf(answer)).toEqual(priceOf(long));
    if (priceOf(answer).stale) stale += 1;
    else fresh += 1;
    clock.nowMs += 90;
  }
  expect(given).toBeGreaterThan(fresh / 2);
  expect(fresh).toBeGreaterThan(10);
});
