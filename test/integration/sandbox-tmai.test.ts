import { afterAll, afterEach, expect, test } from 'vitest';

import { createSandbox } from '../../src/sandbox/sandbox.ts';

const sandbox = await createSandbox({ now: () => Date.UTC(2025, 10, 20, 14, 25) });
afterEach(() => sandbox.faults.clear());
afterAll(() => sandbox.close());

async function post(body: string, signal?: AbortSignal) {
  const response = await fetch(`${sandbox.url}/v2/tmai`, {
    method: 'POST',
    body,
    headers: { 'x-api-key': sandbox.key, 'content-type': 'application/json' },
    ...(signal === undefined ? {} : { signal }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

test('a question is answered at the top and at the end of the thread', async () => {
  const { status, body } = await post('{"messages":[{"user":"Is Bitcoin any good?"}]}');
  expect(status).toBe(200);
  expect(body).toEqual({
    success: true,
    message: 'AI Chatbot response successful',
    answer: expect.stringMatching(/^Bitcoin trades at \d+ USD .* no advice\.$/),
    thread: [{ user: 'Is Bitcoin any good?' }, { chatbot: body.answer }],
  });
});

test('a conversation goes on: the last question is answered', async () => {
  const messages = [{ user: 'ETH?' }, { chatbot: 'Perhaps.' }, { user: 'And SOL?' }];
  const { body } = await post(JSON.stringify({ messages }));
  expect(body.answer).toMatch(/^Solana/);
  expect(body.thread).toEqual([{ user: 'ETH?' }, { user: 'And SOL?' }, { chatbot: body.answer }]);
});

test.each([
  ['nothing', ''],
  ['no JSON', '{"messages":'],
  ['no object', '[]'],
  ['no messages', '{}'],
  ['messages that are no list', '{"messages":"hello"}'],
  ['no message', '{"messages":[]}'],
  ['only what the chatbot said', '{"messages":[{"chatbot":"Hello"}]}'],
  ['a message of nobody', '{"messages":[{}]}'],
  ['an empty question', '{"messages":[{"user":"  "}]}'],
  ['a question that is a number', '{"messages":[{"user":1}]}'],
  ['null', 'null'],
  [
    'a question with 64 KiB of nothing after it',
    `{"messages":[{"user":"a"}]}${' '.repeat(70_000)}`,
  ],
  ['more than 64 KiB', JSON.stringify({ messages: [{ user: 'a'.repeat(65_536) }] })],
])('%s is a bad request', async (_name, body) => {
  expect(await post(body)).toEqual({
    status: 400,
    body: { success: false, message: 'Some thing wrong', length: 0, data: [] },
  });
});

test('a question of almost 64 KiB is still one', async () => {
  const { status } = await post(JSON.stringify({ messages: [{ user: 'a'.repeat(65_000) }] }));
  expect(status).toBe(200);
});

test('it can be as slow as the vendor’s', async () => {
  sandbox.faults.set({ path: '/v2/tmai', latencyMs: 60_000 });
  const question = '{"messages":[{"user":"BTC?"}]}';
  await expect(post(question, AbortSignal.timeout(50))).rejects.toThrow();
});

test('a caller who leaves in the middle of a question does no harm', async () => {
  const leaving = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"messages":'));
    },
  });
  const options = {
    method: 'POST',
    body: leaving,
    duplex: 'half',
    headers: { 'x-api-key': sandbox.key },
    signal: AbortSignal.timeout(50),
  } as const;
  await expect(fetch(`${sandbox.url}/v2/tmai`, options)).rejects.toThrow();
  expect((await post('{"messages":[{"user":"BTC?"}]}')).status).toBe(200);
});
