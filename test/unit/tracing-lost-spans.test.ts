import { TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, onTestFinished, test } from 'vitest';
import { createLostSpans } from '../../src/tracing/lost-spans.ts';
import { createSpanQueue } from '../../src/tracing/span-queue.ts';

test('of spans that are lost one line a minute is written, with how many they were', () => {
  let nowMs = 5;
  const lines: object[] = [];
  const log = { warn: (told: object) => void lines.push(told) };
  const lost = createLostSpans({ log, now: () => nowMs });
  lost.countOverflow();
  for (nowMs of [6, 60_004]) lost.countOverflow();
  expect(lines).toEqual([{ lost: 1 }]);
  nowMs = 60_005;
  lost.countOverflow();
  expect(lines).toEqual([{ lost: 1 }, { lost: 3 }]);
  lost.countRefused(100);
  expect(lines).toHaveLength(2);
  expect(lost.read()).toEqual({ 'queue-full': 4, 'not-taken': 100 });
});

test('a span that was handed on makes room for another', async () => {
  const sent: string[] = [];
  let lost = 0;
  const queue = createSpanQueue({
    exporter: {
      export: (spans, done) => {
        sent.push(...spans.map(({ name }) => name));
        done({ code: 0 });
      },
      shutdown: () => Promise.resolve(),
    },
    ...{ waitingMax: 2, batchMax: 2, onLost: () => (lost += 1) },
  });
  const provider = new TracerProvider({ spanProcessors: [queue] });
  onTestFinished(() => provider.shutdown());
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const name of names) {
    provider.getTracer('test').startSpan(name).end();
    await queue.forceFlush();
  }
  expect([sent, lost]).toEqual([names, 0]);
});
