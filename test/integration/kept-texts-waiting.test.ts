import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { tokenId } from '../support/gateway.ts';
import { startHeldSandbox } from '../support/held-sandbox.ts';
import { dataOf, minutes, noon } from '../support/hot-gateway.ts';
import { getOf } from '../support/two-ways.ts';
import { startWarm } from '../support/warm-gateway.ts';

vi.mock('../../src/fast-path/kept-texts.ts', async (original) =>
  (await import('../support/counted-texts.ts')).countingTexts(original),
);

/** Texts, and an operation that others are answered beside while it waits. */

const text = `query Asked($ids: [ID!]!) {
  one: token(by: { tokenMetricsId: 3375 }) { price { usd fetchedAt } }
  tokens(ids: $ids) { nodes { id price { usd fetchedAt } } }
}`;
const named = (...ids: readonly number[]) => ({
  variables: { ids: ids.map(tokenId) },
});

async function startHeld() {
  const held = await startHeldSandbox({ now: () => noon });
  onTestFinished(() => held.close());
  const warm = await startWarm({ ...held.env, ANONYMOUS: 'on' });
  await warm.warm(text, named(3375));
  for (let times = 0; times < 3; times += 1) await warm.ask(text, named(3375));
  return { ...warm, held };
}

test.each([0, 1])(
  'who waits while %i others are answered is told of each row once',
  async (others) => {
    const { ask, held } = await startHeld();
    const { open, onAsked } = held.hold();
    const waiting = ask(text, named(3375, 3306));
    await onAsked;
    for (let count = 0; count < others; count += 1) await ask(text, named(3375));
    open();
    const { extensions } = JSON.parse((await waiting).text);
    expect(extensions.sources[0]).toMatchObject({ hits: 2, misses: 2 });
  },
);

test('an operation is told one value of a row, also when it is replaced while it waits', async () => {
  const { ask, clock, held, warm } = await startHeld();
  clock.nowMs += 4 * minutes;
  const { open, onAsked } = held.hold();
  const waiting = ask(text, named(3375, 3306));
  await onAsked;
  held.hold().open();
  // Beside it there is room for what ends soon.
  await warm(
    'query Beside($ids: [ID!]!) { tokens(ids: $ids) { nodes { price { usd } } } }',
    named(3988),
  );
  for (let times = 0; times < 3; times += 1) await ask(text, named(3375));
  open();
  const { one, tokens } = dataOf(await waiting);
  expect(tokens.nodes[0].price).toEqual(one.price);
});

test('who asks at the same instant as others is told of each row once', async () => {
  const once = `{
    token(by: { tokenMetricsId: 3375 }) { symbol price { usd } }
    topTokens(first: 3) { nodes { symbol price { usd } } }
  }`;
  const { ask, port, warm } = await startWarm();
  await warm(once);
  for (let times = 0; times < 3; times += 1) await ask(once);
  const { hits } = JSON.parse((await ask(once)).text).extensions.sources[0];
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let answers = '';
  socket.on('data', (chunk) => (answers += chunk.toString()));
  const accept = 'accept: application/graphql-response+json';
  // In one piece: they are begun before the first of them is done.
  socket.write(`GET ${getOf(once)} HTTP/1.1\r\nhost: x\r\n${accept}\r\n\r\n`.repeat(3));
  await vi.waitFor(() => expect(answers.split('"hits":')).toHaveLength(4));
  const told = [...answers.matchAll(/"hits":(\d+)/g)].map(([, count]) => Number(count));
  expect(told).toEqual([hits, hits, hits]);
});
