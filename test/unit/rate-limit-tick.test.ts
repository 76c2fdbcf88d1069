import { expect, test } from 'vitest';

import { createMemoryCounters } from '../../src/directives/memory-counters.ts';
import type { RateCounters, RateDemand } from '../../src/directives/rate-counters.ts';
import { takePerTick, type Uses } from '../../src/directives/tick.ts';

const A_MINUTE = { limit: 3, durationSeconds: 60 };
const AN_HOUR = { limit: 100, durationSeconds: 3600 };

/** Counters that remember what was asked of them. */
function recordingCounters() {
  const memory = createMemoryCounters({ now: () => 0 });
  const asked: (readonly RateDemand[])[] = [];
  const counters: RateCounters = {
    take: (demands) => {
      asked.push(demands);
      return Promise.resolve(memory.take(demands));
    },
  };
  return { asked, counters };
}

async function afterMicrotasks(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await Promise.resolve();
}

test('uses of one tick are summed, at whatever depth of promises they come', async () => {
  const { asked, counters } = recordingCounters();
  const take = takePerTick(counters);

  await Promise.all([
    take(A_MINUTE, 'alice', 1),
    afterMicrotasks(50).then(() => take(A_MINUTE, 'alice', 1)),
    new Promise<Uses>((resolve) => process.nextTick(() => resolve(take(A_MINUTE, 'bob', 1)))),
    take(AN_HOUR, 'alice', 1),
  ]);

  expect(asked).toEqual([
    [
      {
        ...A_MINUTE,
        wanted: new Map([
          ['alice', 2],
          ['bob', 1],
        ]),
      },
      { ...AN_HOUR, wanted: new Map([['alice', 1]]) },
    ],
  ]);
});

test('requests that arrive together count together', async () => {
  const { asked, counters } = recordingCounters();
  const take = takePerTick(counters);
  // Two callbacks of one turn of the event loop: between them promises settle and ticks run.
  const arrive = () =>
    new Promise<Uses>((resolve) => setImmediate(() => resolve(take(A_MINUTE, 'a', 1))));

  await Promise.all([arrive(), arrive()]);

  expect(asked).toEqual([[{ ...A_MINUTE, wanted: new Map([['a', 2]]) }]]);
});

test('what is granted goes to the first, and everyone learns what is left', async () => {
  const take = takePerTick(recordingCounters().counters);
  const uses = await Promise.all(Array.from({ length: 4 }, async () => take(A_MINUTE, 'alice', 1)));
  expect(uses.map(({ granted }) => granted)).toEqual([1, 1, 1, 0]);
  expect(uses[0]).toEqual({ granted: 1, left: 0, used: 3, msToReset: 60_000 });
});

test.each([
  ['fail', () => Promise.reject(new Error('broken'))],
  [
    'throw',
    () => {
      throw new Error('broken');
    },
  ],
  ['answer nothing', () => []],
])('nobody hangs when counters %s', async (_what, broken) => {
  const take = takePerTick({ take: broken });
  const uses = await Promise.allSettled(
    [A_MINUTE, AN_HOUR].map(async (rate) => take(rate, 'alice', 1)),
  );
  expect(uses.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('what is given back in a tick goes to who asks in it', async () => {
  const { asked, counters } = recordingCounters();
  const take = takePerTick(counters);
  await take(A_MINUTE, 'alice', 3);
  const counts = [2, -2, 1, -1, 1];
  const uses = await Promise.all(counts.map(async (count) => take(A_MINUTE, 'alice', count)));
  expect(uses.map(({ granted }) => granted)).toEqual([2, -2, 1, -1, 0]);
  expect(uses[0]).toMatchObject({ left: 0, used: 3 });
  expect(asked[1]).toEqual([{ ...A_MINUTE, wanted: new Map([['alice', 1]]) }]);
});

test('many uses are granted as far as there are', async () => {
  const take = takePerTick(recordingCounters().counters);
  const uses = await Promise.all([2, 2, 2].map(async (count) => take(A_MINUTE, 'alice', count)));
  expect(uses.map(({ granted }) => granted)).toEqual([2, 1, 0]);
});
