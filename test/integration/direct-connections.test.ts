import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { edited, inChunks } from '../support/byte-edits.ts';
import { startGateway } from '../support/gateway.ts';
import { noon } from '../support/hot-gateway.ts';
import { document, get, json, oddStreams, posted } from '../support/odd-streams.ts';
import { sendStream } from '../support/raw-streams.ts';
import { registrationOf } from '../support/two-ways.ts';
import { startWatched, type WatchedServer } from '../support/watched-server.ts';

/** With direct connections and without them, a client sees the same. */

const bytesOf = (text: string) => Buffer.from(text, 'latin1');

let gateway: Awaited<ReturnType<typeof startGateway>>;
let direct: WatchedServer;
let byHttp: WatchedServer;
beforeAll(async () => {
  gateway = await startGateway({ env: { ROWS_MEMORY_MB: '64', BODY_BYTES_MAX: '100000' }, now: () => noon });
  const { app } = gateway;
  direct = await startWatched({ app, isDirect: true });
  byHttp = await startWatched({ app, isDirect: false });
  const registered = bytesOf(posted(String(registrationOf(document).body)));
  // What is accepted, and what is asked for, is known from the long way.
  for (const bytes of [registered, bytesOf(get()), bytesOf(posted(json))])
    await sendStream(byHttp, [bytes]);
});
afterAll(async () => {
  await Promise.all([direct.close(), byHttp.close()]);
  await gateway.close();
});

async function expectSame(chunks: readonly Buffer[]) {
  // What can be learnt of it is learnt.
  await sendStream(byHttp, chunks);
  const [seen, expected] = [await sendStream(direct, chunks), await sendStream(byHttp, chunks)];
  expect(seen).toEqual(expected);
  return seen;
}

describe('streams of all kinds', () => {
  test.each(Object.entries(oddStreams))('%s', async (_name, texts) => {
    await expectSame(texts.map(bytesOf));
  });
});
const streams = inChunks(
  edited(
    fc
      .array(fc.constantFrom(get(), get(), posted(json), posted('{')), {
        minLength: 1,
        maxLength: 2,
      })
      .map((texts) => bytesOf(texts.join(''))),
    3,
  ),
  3,
);

test('800 streams with bytes inserted, replaced and taken out', { timeout: 120_000 }, async () => {
  const statuses = new Map<string, number>();
  const before = direct.counts.directly;
  const property = fc.asyncProperty(streams, async (chunks) => {
    for (const { status } of (await expectSame(chunks)).answers) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  await fc.assert(property, { numRuns: 800, seed: Number(process.env.SEEDX ?? 20_261_121) });
  console.log(statuses, direct.counts.directly - before);
});
