import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { soak } from './soak-run.ts';
import { openStage, type Stage } from './stage.ts';

/** The short form of `npm run soak`. */

// Processes, on machines that are busy.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const short = {
  windowSeconds: 1,
  pace: { perSecond: 50 },
  connections: 32,
  seed: 1,
  say: () => {},
};
/** Caches are not full after seconds; who leaks has twice as much in no time. */
const bounds = { growthMax: 1.4, p99GrowthMax: Infinity };

test('nothing grows while it is asked for the same things again and again', async () => {
  const { verdicts } = await soak(stage, { ...short, windows: 5, bounds });
  expect(verdicts.filter(({ isKept }) => !isKept)).toEqual([]);
  expect(verdicts).toHaveLength(5);
});

test('a gateway that leaks is told from one that does not', async () => {
  const leak = `
    import { openSync } from 'node:fs';
    const kept = [];
    setInterval(() => {
      kept.push(new Array(300_000).fill(0.5));
      for (let file = 0; file < 3; file += 1) openSync('/dev/null');
    }, 50).unref();
  `;
  const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(leak)}`];
  const { verdicts } = await soak(stage, { ...short, windows: 4, bounds, nodeArgs });
  const broken = verdicts.filter(({ isKept }) => !isKept).map(({ what }) => what);
  expect(broken).toEqual(['growth of the heap', 'growth of handles']);
});
