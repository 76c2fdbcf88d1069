import { promisify } from 'node:util';
import { crc32, gzip } from 'node:zlib';

/** The end of a text as DEFLATE, with what the trailer of a gzip member says of it (RFC 1952). */
export interface GzipTail {
  readonly deflated: Uint8Array;
  readonly crc: number;
  readonly bytes: number;
  /** Turns the CRC of what stands before the tail into its part of the CRC of both. */
  readonly shift: number;
}

const compress = promisify(gzip);
const headerBytes = 10;
const trailerBytes = 8;
/** A stored block says twice how long it is, in 16 bits (RFC 1951, 3.2.4). */
const storedBytesMax = 0xffff;
const storedHeaderBytes = 5;
/** Levels 7 to 9 take up to twice the time for one percent. */
const level = 6;

export async function makeGzipTail(tail: Buffer): Promise<GzipTail> {
  const member = await compress(tail, { level });
  const trailerAt = member.length - trailerBytes;
  return {
    // A copy: the view would keep the whole buffer it was written to.
    deflated: new Uint8Array(member.subarray(headerBytes, trailerAt)),
    crc: member.readUInt32LE(trailerAt),
    bytes: tail.length,
    shift: shiftOf(tail.length),
  };
}

/** One gzip member: the prefix in stored blocks, then the tail, which refers to nothing before it. */
export function spliceGzip(prefix: Buffer, { deflated, crc, bytes, shift }: GzipTail): Buffer {
  const blocks = Math.ceil(prefix.length / storedBytesMax);
  const storedBytes = blocks * storedHeaderBytes + prefix.length;
  const member = Buffer.allocUnsafe(headerBytes + storedBytes + deflated.length + trailerBytes);
  // The magic number, DEFLATE, no flags, no time; the system is unknown (255).
  let at = member.writeUIntBE(0x1f8b0800, 0, 4);
  at = member.writeUIntBE(0x0000000000ff, at, 6);
  for (let from = 0; from < prefix.length; from += storedBytesMax) {
    const length = Math.min(prefix.length - from, storedBytesMax);
    at = member.writeUInt8(0, at);
    at = member.writeUInt16LE(length, at);
    at = member.writeUInt16LE(length ^ 0xffff, at);
    at += prefix.copy(member, at, from, from + length);
  }
  member.set(deflated, at);
  at = member.writeUInt32LE((multiply(shift, crc32(prefix)) ^ crc) >>> 0, at + deflated.length);
  member.writeUInt32LE((prefix.length + bytes) % 2 ** 32, at);
  return member;
}

/** The polynomial of the CRC with its bits reversed: the highest bit is the lowest power. */
const polynomial = 0xedb88320;
const one = 0x80000000;

/** The product of two polynomials modulo that of the CRC. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= b;
    b = (b & 1) === 0 ? b >>> 1 : (b >>> 1) ^ polynomial;
  }
  return product;
}

/** So many bytes behind a text multiply its CRC by x to the power of their bits. */
function shiftOf(bytes: number): number {
  let shift = one;
  let power = one >>> 8;
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = multiply(power, shift);
    power = multiply(power, power);
  }
  return shift;
}
