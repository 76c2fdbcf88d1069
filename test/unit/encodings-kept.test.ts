import { createHook } from 'node:async_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeBrotliTail } from '../../src/fast-path/brotli-splice.ts';
import { choose, keepEncodings } from '../../src/fast-path/encodings.ts';
import { makeGzipTail } from '../../src/fast-path/gzip-splice.ts';
import { expectBoth, prefixFor, tailFor, whenReady } from './encodings-expected.ts';

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
    const kept = keepEncodings(Buffer.from(tail));
    expect([coders(), kept.bytes()]).toEqual([0, 0]);
    expect([kept.gzip(prefix), kept.br(prefix)]).toEqual([undefined, undefined]);
    expect(kept.bytes()).toBe(0);
    await expectBoth(kept, prefix, tail);
    expect(coders()).toBeGreaterThan(0);
  });

  it('what is kept is told: nothing at first, then each variant that is ready', async () => {
    const kept = keepEncodings(Buffer.from(tailFor(Array(5000).fill('alike'))));
    const gzip = await whenReady(kept, 'gzip', prefix);
    const gzipBytes = kept.bytes();
    expect(gzipBytes).toBeGreaterThan(gzip.length - prefix.length);
    expect(gzipBytes).toBeLessThan(gzip.length + 2000);
    for (const [variant, length] of [1, 300, 600].entries()) {
      const before = kept.bytes();
      const br = await whenReady(kept, 'br', '['.repeat(length));
      expect(kept.bytes() - before, `variant ${variant}`).toBeGreaterThan(br.length - length - 15);
      expect(kept.bytes() - before, `variant ${variant}`).toBeLessThan(br.length + 2000);
    }
  });

  it('it is compressed once, however many ask meanwhile and afterwards', async () => {
    const first = countCoders();
    await expectBoth(keepEncodings(Buffer.from(tail)), prefix, tail);
    const coders = countCoders();
    const needed = first();
    const kept = keepEncodings(Buffer.from(tail));
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
    const all = Array.from({ length: 30 }, () => keepEncodings(Buffer.from(tail)));
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
  ])('%j chooses %s', (acceptEncoding, coding) => {
    expect(choose(acceptEncoding)).toBe(coding);
  });

  it('a header longer than any client has a use for is not read', () => {
    expect(choose(`gzip,${'x,'.repeat(5000)}`)).toBe('identity');
  });
});
