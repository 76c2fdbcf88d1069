import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { brotliCompressSync, brotliDecompress, constants, createBrotliCompress } from 'node:zlib';
import { spacesBlock } from './brotli-spaces.ts';

/**
 * What the decoder of RFC 7932 carries from one meta-block into the next: what it has written, how
 * much of it, and the last four distances of copies. So the tail is compressed behind a stand-in that
 * is as long as the prefix with spaces after it, and stays right behind any prefix because
 *
 * - spaces fill every prefix to the same offset: words of the static dictionary are counted from there;
 * - the last two bytes, which choose how literals are coded, are spaces;
 * - no pair of the stand-in's bytes comes twice: nothing in it is a copy, so the distances are those
 *   every stream begins with, as they are after a prefix that is not compressed;
 * - its other bytes are in no JSON text: nothing in the tail is a copy of them.
 *
 * None of this is trusted: what was made is decoded behind a prefix that differs from the stand-in in
 * every byte but the spaces, and used only when the tail comes out.
 */
export interface BrotliTail {
  readonly offset: number;
  readonly compressed: Uint8Array;
}

/** The tail begins at a multiple of it: prefixes of about one length share what is kept. */
const offsetStep = 256;
const spacesMin = 2;
const offsetMax = 1536;
const headerBytes = 3;
/** All of most answers; decoders need not have memory for more. */
const windowBits = 18;
const params = {
  // 6 to 8 take up to twice the time for half a percent, 9 ten times.
  [constants.BROTLI_PARAM_QUALITY]: 5,
  [constants.BROTLI_PARAM_LGWIN]: windowBits,
};

/** Where the tail begins behind such a prefix; undefined for one that it cannot stand behind. */
export function brotliOffsetOf(prefixBytes: number): number | undefined {
  const offset = Math.ceil((prefixBytes + spacesMin) / offsetStep) * offsetStep;
  return prefixBytes === 0 || offset > offsetMax ? undefined : offset;
}

export async function makeBrotliTail(tail: Buffer, offset: number): Promise<BrotliTail> {
  const { standIn, compressed: head } = standInOf(offset);
  const encoder = createBrotliCompress({ params });
  encoder.write(standIn);
  encoder.flush(constants.BROTLI_OPERATION_FLUSH);
  encoder.end(tail);
  const stream = await buffer(encoder);
  if (!stream.subarray(0, head.length).equals(head)) {
    throw new Error(`expected the ${head.length} bytes of the stand-in first, got others`);
  }
  // A copy: the view would keep the whole buffer it was written to.
  const made = { offset, compressed: new Uint8Array(stream.subarray(head.length)) };
  const other = Buffer.alloc(offset - spacesMin, 'x');
  const decoded = await decompress(spliceBrotli(other, made));
  if (!decoded.subarray(offset).equals(tail)) {
    throw new Error(`expected the tail behind another prefix, got other bytes`);
  }
  return made;
}

/** The prefix as it is, spaces up to the offset, then the tail. */
export function spliceBrotli(prefix: Buffer, { offset, compressed }: BrotliTail): Buffer {
  const spaces = spacesBlock(offset - prefix.length);
  const spacesAt = headerBytes + prefix.length;
  const tailAt = spacesAt + spaces.length;
  const stream = Buffer.allocUnsafe(tailAt + compressed.length);
  // WBITS in four bits, then a meta-block: not the last, length less one in 16 bits, not compressed.
  const window = ((windowBits - 17) << 1) | 1;
  stream.writeUIntLE(window | ((prefix.length - 1) << 7) | (1 << 23), 0, headerBytes);
  prefix.copy(stream, headerBytes);
  stream.set(spaces, spacesAt);
  stream.set(compressed, tailAt);
  return stream;
}

const decompress = promisify(brotliDecompress);

interface StandIn {
  readonly standIn: Buffer;
  readonly compressed: Buffer;
}

const standIns = new Map<number, StandIn>();

function standInOf(offset: number): StandIn {
  const known = standIns.get(offset);
  if (known !== undefined) return known;
  const standIn = Buffer.alloc(offset, ' ');
  Buffer.from(pairs(foreignBytes())).copy(standIn, 0, 0, offset - spacesMin);
  const finishFlush = constants.BROTLI_OPERATION_FLUSH;
  const made = { standIn, compressed: brotliCompressSync(standIn, { params, finishFlush }) };
  standIns.set(offset, made);
  return made;
}

/** Bytes of no JSON text in UTF-8: control characters, and what is never part of a character. */
function foreignBytes(): number[] {
  const controls = Array.from({ length: 0x20 }, (_, byte) => byte);
  const whitespace = [0x09, 0x0a, 0x0d];
  const never = Array.from({ length: 11 }, (_, index) => 0xf5 + index);
  return [...controls.filter((byte) => !whitespace.includes(byte)), 0xc0, 0xc1, ...never];
}

/** A sequence in which every pair of these bytes comes once: it is as many bytes as their square. */
function pairs(bytes: readonly number[]): number[] {
  return bytes.flatMap((first, index) => [
    first,
    ...bytes.slice(index + 1).flatMap((second) => [first, second]),
  ]);
}
