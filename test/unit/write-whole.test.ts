import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { writeWhole } from '../../src/direct/write-whole.ts';

let ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends) end();
  ends = [];
});

/** Both ends of a connection. */
async function connected(): Promise<readonly [near: Socket, far: Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  const accepted = once(server, 'connection');
  const far = connect({ port: address.port, host: '127.0.0.1' });
  const [near] = await accepted;
  ends.push(
    () => void far.destroy(),
    () => void near.destroy(),
    () => void server.close(),
  );
  return [near, far];
}

async function read(far: Socket, length: number): Promise<string> {
  const chunks: Buffer[] = [];
  let known = 0;
  for await (const chunk of far) {
    chunks.push(chunk);
    known += chunk.length;
    if (known >= length) break;
  }
  return Buffer.concat(chunks).toString();
}

test.each([
  ['text alone', 'answer é', ''],
  ['bytes alone', '', 'bytes é'],
  ['both', 'answer é', 'bytes é'],
  ['more than the buffer holds', 'é'.repeat(10_000), 'b'.repeat(10_000)],
])('%s', async (_name, text, bytes) => {
  const [near, far] = await connected();
  writeWhole(near, text, 'utf8', Buffer.from(bytes));
  expect(await read(far, Buffer.byteLength(text + bytes))).toBe(text + bytes);
});

test('what a client is slow to read is not written over by answers to others', async () => {
  const [[slow, slowFar], [quick, quickFar]] = [await connected(), await connected()];
  quickFar.resume();
  let expected = '';
  for (let count = 0; slow.writableLength === 0; count += 1) {
    const text = `answer ${count}: `;
    const bytes = Buffer.alloc(10_000, String(count));
    writeWhole(slow, text, 'latin1', bytes);
    expected += text + bytes.toString();
    writeWhole(quick, 'another ', 'latin1', Buffer.alloc(10_000, '-'));
  }
  // Behind what waits.
  writeWhole(slow, 'the last', 'latin1', Buffer.from(' one'));
  writeWhole(quick, 'another ', 'latin1', Buffer.alloc(10_000, '-'));
  expected += 'the last one';
  expect(await read(slowFar, expected.length)).toBe(expected);
});
