import fc from 'fast-check';

/** Texts about which readers of HTTP have come to disagree. */
const pieces = [
  ...['\r\n', '\n', '\r', '\n\n', '\r\r\n', '\r\n ', '\r\n\t', '\r\n\r\n', '\r\n:', '\r\nx\r\n'],
  ...['\0', ' ', '  ', '\t', '\x0b', '\x0c', '\x1f', '\x7f', '\x80', '\xa0', '\xff', '\x85'],
  ...[':', ': ', ' :', ',', ';', '#', '?', '%', '%00', '/', '//', '"', '\\', '+', '-', '_'],
  ...['0', '1', '00', '0x', 'a', 'K', 'HTTP/1.0', 'HTTP/1.1', 'http://other.test', 'GET ', 'POST '],
  '\r\nTransfer-Encoding: chunked',
  '\r\ntransfer-encoding: identity',
  '\r\nContent-Length: 0',
  '\r\ncontent-length: 4',
  '\r\nContent-Length : 4',
  '\r\nhost: other',
  '\r\nConnection: close',
  '\r\nconnection: keep-alive, x-api-key',
  '\r\nUpgrade: h2c',
  '\r\nExpect: 100-continue',
  '\r\nx-api-key: no',
  '\r\nX-Odd: \xe9',
];

const edit = fc.record({
  /** A place in all of it, or one where something ends. */
  place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  isAtEnd: fc.constantFrom(true, true, false),
  replaced: fc.constantFrom(0, 0, 1, 1, 2, 7),
  piece: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...pieces) },
    { weight: 1, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.nat({ max: 255 }).map((byte) => String.fromCharCode(byte)) },
  ),
});

const ends = /[\r\n:? /,]/g;

/** Bytes with up to so many of them inserted, taken out or replaced. */
export const edited = (bytes: fc.Arbitrary<Buffer>, editsMax: number): fc.Arbitrary<Buffer> =>
  fc.tuple(bytes, fc.array(edit, { maxLength: editsMax })).map(([given, edits]) => {
    let text = given.toString('latin1');
    for (const { place, isAtEnd, replaced, piece } of edits) {
      const found = isAtEnd ? [...text.matchAll(ends)].map(({ index }) => index) : [];
      const at = found[Math.floor(place * found.length)] ?? Math.floor(place * text.length);
      text = text.slice(0, at) + piece + text.slice(at + replaced);
    }
    return Buffer.from(text, 'latin1');
  });

/** Bytes as they may come: in one chunk, or in up to so many. */
export const inChunks = (bytes: fc.Arbitrary<Buffer>, max: number): fc.Arbitrary<Buffer[]> =>
  fc
    .tuple(bytes, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: max - 1 }))
    .map(([given, places]) => {
      const cuts = places.map((place) => Math.floor(place * given.length)).sort((a, b) => a - b);
      return [0, ...cuts]
        .map((cut, index) => given.subarray(cut, cuts[index] ?? given.length))
        .filter(({ length }) => length > 0);
    });
