import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSampler } from '../../src/tracing/sampler.ts';
import { readTraceparent, writeTraceparent } from '../../src/tracing/traceparent.ts';

const ids = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const sampled = { ...ids, isSampled: true };
const unsampled = { ...ids, isSampled: false };
const text = `${ids.traceId}-${ids.spanId}`;

test.each([
  [`00-${text}-01`, sampled],
  [`00-${text}-00`, unsampled],
  [`00-${text}-03`, sampled],
  [`00-${text}-fe`, unsampled],
  [`cc-${text}-01`, sampled],
  [`cc-${text}-01-what-the-future-brings`, sampled],
  [`cc-${text}-01.what-the-future-brings`, undefined],
  [`00-${text}-01-`, undefined],
  [`00-${text}-01-more`, undefined],
  [`ff-${text}-01`, undefined],
  [`00-${text.toUpperCase()}-01`, undefined],
  [`00-${'0'.repeat(32)}-${ids.spanId}-01`, undefined],
  [`00-${ids.traceId}-${'0'.repeat(16)}-01`, undefined],
  [` 00-${text}-01`, undefined],
  [`00-${text}-01\n`, undefined],
  [`00-${text}-1`, undefined],
  [`00-${text}`, undefined],
  ['', undefined],
])('the traceparent %j is read as W3C has it', (given, read) => {
  expect(readTraceparent(given)).toEqual(read);
});

test('what is written is read again, and says that it is recorded', () => {
  const hex = (length: number) =>
    fc.stringMatching(new RegExp(`^[\\da-f]{${length}}$`)).filter((id) => /[^0]/.test(id));
  fc.assert(
    fc.property(hex(32), hex(16), (traceId, spanId) => {
      const read = readTraceparent(writeTraceparent({ traceId, spanId }));
      expect(read).toEqual({ traceId, spanId, isSampled: true });
    }),
  );
});

test('of requests that nobody has decided about a share is recorded, by chance', () => {
  const drawn = [0, 0.0099, 0.01, 0.99];
  const options = { ratio: 0.01, isParentBased: true, forcedPerSecond: 10 };
  const isRecorded = createSampler({ ...options, random: () => drawn.shift() ?? NaN });
  expect(Array.from({ length: 4 }, () => isRecorded(undefined))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('only so many requests a second are recorded for being told to; others are left to chance', () => {
  let nowMs = 500;
  let drawn = 0.5;
  const isRecorded = createSampler({
    ...{ ratio: 0.4, isParentBased: true, forcedPerSecond: 2 },
    ...{ now: () => nowMs, random: () => drawn },
  });
  const asked = (times: number) => Array.from({ length: times }, () => isRecorded(sampled));
  expect(asked(4)).toEqual([true, true, false, false]);
  drawn = 0.3;
  expect(asked(1)).toEqual([true]);
  drawn = 0.5;
  nowMs = 1000;
  expect(asked(3)).toEqual([true, true, false]);
  drawn = 0.3;
  expect(isRecorded(unsampled)).toBe(false);
});

test('where parents do not decide, chance does', () => {
  const options = { isParentBased: false, forcedPerSecond: 10 };
  expect(createSampler({ ...options, ratio: 1 })(unsampled)).toBe(true);
  expect(createSampler({ ...options, ratio: 0 })(sampled)).toBe(false);
});
