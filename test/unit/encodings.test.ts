import { createHook } from 'node:async_hooks';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { brotliOffsetOf, makeBrotliTail, spliceBrotli } from '../../src/fast-path/brotli-splice.ts';
import { spacesBlock } from '../../src/fast-path/brotli-spaces.ts';
import { choose, keepEncodings, type KeptEncodings } from '../../src/fast-path/encodings.ts';
import { makeGzipTail } from '../../src/fast-path/gzip-splice.ts';

const prefixFor = (extensions: unknown) => `{"extensions":${JSON.stringify(extensions)},"data":`;
const tailFor = (data: unknown) => `${JSON.stringify(data)}}`;

/** Asks until the variant is ready. */
const whenReady = (kept: KeptEncodings, coding: 'gzip' | 'br', prefix: string): Promise<Buffer> =>
  vi.waitFor(
    () => {
      const body = kept[coding](prefix);
      if (body === undefined) throw new Error(`expected ${coding} to become ready`);
      return body;
    },
    { interval: 1, timeout: 10_000 },
  );

/** What there may be between prefix and tail. */
function expectSpliced(decoded: Buffer, prefix: string, tail: string): void {
  const [head, end] = [Buffer.from(prefix), Buffer.from(tail)];
  const tailAt = decoded.length - end.length;
  expect(decoded.subarray(0, head.length).equals(head)).toBe(true);
  expect(decoded.subarray(tailAt).equals(end)).toBe(true);
  expect(decoded.toString('latin1', head.length, tailAt)).toMatch(/^ {2,257}$/);
}

async function expectBoth(kept: KeptEncodings, prefix: string, tail: string): Promise<void> {
  const gzip = await whenReady(kept, 'gzip', prefix);
  expect(gunzipSync(gzip).equals(Buffer.from(prefix + tail))).toBe(true);
  if (brotliOffsetOf(Buffer.byteLength(prefix)) === undefined) {
    return expect(kept.br(prefix)).toBeUndefined();
  }
  expectSpliced(brotliDecompressSync(await whenReady(kept, 'br', prefix)), prefix, tail);
}

/** Words and markup that the static dictionary of Brotli is made of. */
const dictionaryText = fc
  .array(
    fc.constantFrom(
      ...['The quick brown fox ', 'information', ' of the ', 'government', 'however, '],
      ...[
        '<div class="',
        '</a></li>',
        'href="http://www.',
        '.com/',
        'function(){return ',
        ' and the ',
      ],
      ...[
        'position:absolute;',
        'Категория',
        'después',
        'الموقع',
        '中文',
        ' University ',
        'available',
      ],
    ),
    { maxLength: 60 },
  )
  .map((words) => words.join(''));
const anyText = fc.string({ unit: 'binary', maxLength: 300 });
const spacedText = fc.string({
  unit: fc.constantFrom(' ', '  ', ':', '"', 'a', '\n'),
  maxLength: 40,
});
const data = fc.oneof(
  fc.jsonValue(),
  fc.array(fc.oneof(dictionaryText, anyText, spacedText, fc.double(), fc.integer())),
);
const extensions = fc.record({
  cost: fc.record({ points: fc.nat(), spent: fc.nat() }),
  more: fc.oneof(dictionaryText, anyText, fc.string({ maxLength: 1600 })),
});

describe('splicing', () => {
  it('any prefix before any data decodes to both', async () => {
    const cases = fc.tuple(fc.array(extensions, { minLength: 1, maxLength: 4 }), data);
    await fc.assert(
      fc.asyncProperty(cases, async ([all, one]) => {
        const tail = tailFor(one);
        const kept = keepEncodings(tail);
        for (const each of all) await expectBoth(kept, prefixFor(each), tail);
      }),
      { numRuns: Number(process.env['ENCODINGS_RUNS'] ?? 400) },
    );
  });

  it('data that repeats the text of the prefix decodes behind that prefix and behind others', async () => {
    const cases = fc.tuple(extensions, extensions, fc.integer({ min: 1, max: 5 }));
    await fc.assert(
      fc.asyncProperty(cases, async ([one, other, times]) => {
        const tail = tailFor([Array(times).fill(one), prefixFor(other), '      "data":    ']);
        const kept = keepEncodings(tail);
        for (const each of [one, other]) await expectBoth(kept, prefixFor(each), tail);
      }),
      { numRuns: 100 },
    );
  });

  it('prefixes of every length decode, from one byte to beyond what Brotli is kept for', async () => {
    const tail = tailFor({ words: 'The information of the government is available. '.repeat(40) });
    const kept = keepEncodings(tail);
    for (let length = 1; length < 1600; length += 1) {
      await expectBoth(kept, 'é'.repeat(length >> 1) + '['.repeat(length & 1), tail);
    }
  });

  it('gzip takes a prefix longer than a stored block, and none', async () => {
    const tail = tailFor([1, 2, 3]);
    const kept = keepEncodings(tail);
    for (const bytes of [0, 65_534, 65_535, 65_536, 200_000]) {
      await expectBoth(kept, 'x'.repeat(bytes), tail);
    }
  });

  it('tails decode from one byte to more than the window', async () => {
    const row = (index: number) => ({ index, square: index ** 2, name: `Ünïcode token ${index}` });
    const mega = tailFor(Array.from({ length: 25_000 }, (_, index) => row(index)));
    expect(mega.length).toBeGreaterThan(1024 * 1024);
    for (const tail of ['}', '0}', 'null}', '"    "}', mega]) {
      const kept = keepEncodings(tail);
      for (const more of ['', 'the '.repeat(100)]) await expectBoth(kept, prefixFor(more), tail);
    }
  });

  it('any number of spaces it may need is a block of eleven bytes at most', () => {
    for (let count = 2; count <= 321; count += 1) {
      const block = spacesBlock(count);
      expect(block.length).toBeLessThanOrEqual(11);
      // Behind one byte; then the last block, which is empty.
      const end = { offset: 1 + count, compressed: Uint8Array.of(0x03) };
      const stream = spliceBrotli(Buffer.from('['), end);
      expect(brotliDecompressSync(stream).toString()).toBe(`[${' '.repeat(count)}`);
    }
    expect(() => spacesBlock(1)).toThrow('expected 2 to 321 spaces, got 1');
    expect(() => spacesBlock(322)).toThrow('expected 2 to 321 spaces, got 322');
  });

  it('a tail that refers to what it was compressed behind is never used', async () => {
    // No JSON text has control characters; this one is a piece of the stand-in.
    const standIn = Array.from({ length: 8 }, (_, byte) => `\0${String.fromCharCode(byte)}`).join(
      '',
    );
    const made = makeBrotliTail(Buffer.from(`"${standIn}"}`), 512);
    await expect(made).rejects.toThrow('expected the tail behind another prefix, got other bytes');
  });
});

describe('keeping', () => {
  const prefix = prefixFor({ age: 1 });
  const tail = tailFor(Array.from({ length: 100 }, (_, index) => ({ index })));

  /** Counts the encoders and decoders that are made from now on. */
  function countCoders(): () => number {
    let coders = 0;
    const hook = createHook({ init: (_id, type) => void (type === 'ZLIB' && (coders += 1)) });
    hook.enable();
    onTestFinished(() => void hook.disable());
    return () => coders;
  }

  it('nothing is compressed before it is asked for, and nothing while the asker waits', async () => {
    const coders = countCoders();
    const kept = keepEncodings(tail);
    expect([coders(), kept.bytes()]).toEqual([0, 0]);
    expect([kept.gzip(prefix), kept.br(prefix)]).toEqual([undefined, undefined]);
    expect(kept.bytes()).toBe(0);
    await expectBoth(kept, prefix, tail);
    expect(kept.bytes()).toBeGreaterThan(0);
    expect(kept.bytes()).toBeLessThan(tail.length);
  });

  it('it is compressed once, however many ask meanwhile and afterwards', async () => {
    const first = countCoders();
    await expectBoth(keepEncodings(tail), prefix, tail);
    const coders = countCoders();
    const needed = first();
    const kept = keepEncodings(tail);
    for (let asked = 0; asked < 100; asked += 1) expect(kept.gzip(prefix)).toBeUndefined();
    for (let asked = 0; asked < 100; asked += 1) expect(kept.br(prefix)).toBeUndefined();
    await expectBoth(kept, prefix, tail);
    // The stand-in of an offset is compressed once for all.
    expect(coders()).toBeLessThanOrEqual(needed);
    const before = coders();
    const bytes = kept.bytes();
    for (let age = 0; age < 1000; age += 1) {
      expect(kept.gzip(prefixFor({ age }))).toBeDefined();
      expect(kept.br(prefixFor({ age }))).toBeDefined();
    }
    expect([coders(), kept.bytes()]).toEqual([before, bytes]);
  });

  it('few are compressed at once; the others are when they are asked for again', async () => {
    const coders = countCoders();
    const all = Array.from({ length: 30 }, () => keepEncodings(tail));
    for (const kept of all) expect(kept.gzip(prefix)).toBeUndefined();
    expect(coders()).toBeGreaterThan(0);
    expect(coders()).toBeLessThanOrEqual(8);
    for (const kept of all) await whenReady(kept, 'gzip', prefix);
    expect(coders()).toBe(all.length);
  });

  it('a kept variant holds its bytes and no larger buffer', async () => {
    const gzip = await makeGzipTail(Buffer.from(tail));
    const br = await makeBrotliTail(Buffer.from(tail), 256);
    expect(gzip.deflated.buffer.byteLength).toBe(gzip.deflated.length);
    expect(br.compressed.buffer.byteLength).toBe(br.compressed.length);
  });
});

describe('choosing', () => {
  it.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip, deflate, br', 'br'],
    ['deflate, gzip, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['br', 'br'],
    ['deflate', 'identity'],
    ['zstd', 'identity'],
    ['identity', 'identity'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['identity;q=0', 'identity'],
    ['identity;q=0, *;q=0.1', 'br'],
    ['identity;q=0, gzip;q=0.001', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['br;q=0, gzip;q=0', 'identity'],
    ['gzip;q=1.0, br;q=0.9', 'gzip'],
    ['gzip;q=0.8, br;q=0.8', 'br'],
    ['gzip ; q=0.5 , br;q=0.4', 'gzip'],
    ['gzip;q=0.5, identity;q=0.8', 'identity'],
    ['gzip;q=0.5, identity;q=0.5', 'gzip'],
    ['gzip;q=0.5', 'gzip'],
    ['gzip;Q=0, br;Q=0.000', 'identity'],
    ['gzip;q=2, br;q=x, *;q=', 'identity'],
    ['__proto__, constructor', 'identity'],
    [',,;;, gzip', 'gzip'],
    [`gzip,${'x,'.repeat(5000)}`, 'identity'],
  ])('%j chooses %s', (acceptEncoding, coding) => {
    expect(choose(acceptEncoding)).toBe(coding);
  });
});
