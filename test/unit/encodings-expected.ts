import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, vi } from 'vitest';
import { brotliOffsetOf } from '../../src/fast-path/brotli-splice.ts';
import type { KeptEncodings } from '../../src/fast-path/encodings.ts';

export const prefixFor = (extensions: unknown) =>
  `{"extensions":${JSON.stringify(extensions)},"data":`;
export const tailFor = (data: unknown) => `${JSON.stringify(data)}}`;

/** Asks until the variant is ready. */
export const whenReady = (
  kept: KeptEncodings,
  coding: 'gzip' | 'br',
  prefix: string,
): Promise<Buffer> =>
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

export async function expectBoth(kept: KeptEncodings, prefix: string, tail: string): Promise<void> {
  const gzip = await whenReady(kept, 'gzip', prefix);
  expect(gunzipSync(gzip).equals(Buffer.from(prefix + tail))).toBe(true);
  if (brotliOffsetOf(Buffer.byteLength(prefix)) === undefined) {
    return expect(kept.br(prefix)).toBeUndefined();
  }
  expectSpliced(brotliDecompressSync(await whenReady(kept, 'br', prefix)), prefix, tail);
}
