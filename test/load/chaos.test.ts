import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runChaos } from './chaos-run.ts';
import { phases } from './chaos-verdicts.ts';
import { runDrain } from './drain-run.ts';
import { openStage, type Stage } from './stage.ts';
import { sumOf } from './tally.ts';

/** The short form of `npm run load:chaos`. */

// Processes, on machines that are busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 90_000 });

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('no request fails while gateways are restarted or killed, or Redis is', async () => {
  const { report, verdicts } = await runChaos(stage, {
    ...{ perSecond: 60, phaseSeconds: 1, seed: 1, say: () => {} },
    // More time to be noticed than it takes, for a machine that is busy.
    ...{ checkMs: 200, drainDelayMs: 2000 },
  });
  expect(verdicts.filter(({ isKept }) => !isKept)).toEqual([]);
  expect(report.phases.map(({ name }) => name)).toEqual(Object.values(phases));
  expect(report.phases.filter(({ requests }) => requests === 0)).toEqual([]);
  // It was not killed while it had nothing to do.
  const killed = report.phases.find(({ name }) => name === phases.killed);
  expect(sumOf(killed?.retried ?? {})).toBeGreaterThan(0);
});

test('who waits for the upstream when a gateway is told to end is answered', async () => {
  const verdicts = await runDrain(stage, { requests: 30, upstreamMs: 500 });
  expect(verdicts.filter(({ isKept, isSpeed = false }) => !isKept && !isSpeed)).toEqual([]);
});
