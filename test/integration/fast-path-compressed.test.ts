import { expect, test, vi } from 'vitest';
import { request } from 'undici';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { startHot } from '../support/hot-gateway.ts';

const list = '{ topTokens(first: 30) { nodes { id symbol name tmGrade { grade rating } } } }';

const decoders = { gzip: gunzipSync, br: brotliDecompressSync } as const;

async function start() {
  const { gateway, heat, get, askLong, clock } = await startHot();
  const whole = await heat(list);
  const { target, headers } = get(list);
  /** The answer as it is sent, for who accepts this. */
  const ask = async (accepted: string, more: Readonly<Record<string, string>> = {}) => {
    const answer = await request(`http://127.0.0.1:${gateway.port}${target}`, {
      headers: { ...headers, 'accept-encoding': accepted, ...more },
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    return { status: answer.statusCode, headers: answer.headers, bytes };
  };
  /** What is kept is compressed in the background, once somebody has asked for it. */
  const untilEncoded = (coding: string) =>
    vi.waitFor(async () => {
      const answer = await ask(coding);
      expect(answer.headers['content-encoding']).toBe(coding);
      return answer;
    });
  return { ask, untilEncoded, whole, askLong, clock };
}

test.each(['gzip', 'br'] as const)(
  'a kept answer is told in %s, and is the same',
  async (coding) => {
    const { untilEncoded, whole, askLong, clock } = await start();
    const told = await untilEncoded(coding);
    const text = decoders[coding](told.bytes).toString();
    expect(JSON.parse(text)).toEqual(JSON.parse(whole.text));
    expect(told.bytes.length).toBeLessThan(whole.text.length / 2);
    expect(told.headers).toMatchObject({
      'content-length': String(told.bytes.length),
      etag: whole.headers.etag,
      vary: expect.stringMatching(/Accept-Encoding/),
    });

    // What changes from request to request is of now, though the data was compressed before.
    clock.nowMs += 90_000;
    const later = decoders[coding]((await untilEncoded(coding)).bytes).toString();
    const long = JSON.parse((await askLong(list)).text);
    expect(JSON.parse(later)).toEqual(long);
    expect(JSON.parse(later).extensions.sources[0].oldestAgeSeconds).toBe(90);
  },
);

test('who accepts no coding gets none, and who has it already gets no body', async () => {
  const { ask, untilEncoded, whole } = await start();
  await untilEncoded('gzip');
  const plain = await ask('identity');
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(plain.bytes.toString()).toBe(whole.text);
  const known = await ask('gzip', { 'if-none-match': String(whole.headers.etag) });
  expect([known.status, known.bytes.length]).toEqual([304, 0]);
  expect(known.headers['content-encoding']).toBeUndefined();
});
