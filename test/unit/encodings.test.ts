import { brotliDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeBrotliTail, spliceBrotli } from '../../src/fast-path/brotli-splice.ts';
import { spacesBlock } from '../../src/fast-path/brotli-spaces.ts';
import { keepEncodings } from '../../src/fast-path/encodings.ts';
import { expectBoth, prefixFor, tailFor } from './encodings-expected.ts';

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

it('any prefix before any data decodes to both', async () => {
  const cases = fc.tuple(fc.array(extensions, { minLength: 1, maxLength: 4 }), data);
  await fc.assert(
    fc.asyncProperty(cases, async ([all, one]) => {
      const tail = tailFor(one);
      const kept = keepEncodings(Buffer.from(tail));
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
      const kept = keepEncodings(Buffer.from(tail));
      for (const each of [one, other]) await expectBoth(kept, prefixFor(each), tail);
    }),
    { numRuns: 100 },
  );
});

it('prefixes of every length decode, from one byte to beyond what Brotli is kept for', async () => {
  const tail = tailFor({ words: 'The information of the government is available. '.repeat(40) });
  const kept = keepEncodings(Buffer.from(tail));
  for (let length = 1; length < 1600; length += 1) {
    await expectBoth(kept, 'é'.repeat(length >> 1) + '['.repeat(length & 1), tail);
  }
});

it('gzip takes a prefix longer than a stored block, and none', async () => {
  const tail = tailFor([1, 2, 3]);
  const kept = keepEncodings(Buffer.from(tail));
  for (const bytes of [0, 65_534, 65_535, 65_536, 200_000]) {
    await expectBoth(kept, 'x'.repeat(bytes), tail);
  }
});

it('tails decode from one byte to more than the window', async () => {
  const row = (index: number) => ({ index, square: index ** 2, name: `Ünïcode token ${index}` });
  const mega = tailFor(Array.from({ length: 25_000 }, (_, index) => row(index)));
  expect(mega.length).toBeGreaterThan(1024 * 1024);
  for (const tail of ['}', '0}', 'null}', '"    "}', mega]) {
    const kept = keepEncodings(Buffer.from(tail));
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
  const standIn = Array.from({ length: 8 }, (_, byte) => `\0${String.fromCharCode(byte)}`).join('');
  const made = makeBrotliTail(Buffer.from(`"${standIn}"}`), 512);
  await expect(made).rejects.toThrow('expected the tail behind another prefix, got other bytes');
});
