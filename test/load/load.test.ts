import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runMix } from './mix.ts';
import { openStage, type Stage } from './stage.ts';

/** The short form of `npm run load`. */

// Processes, on machines that are busy.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('who asks well is answered, who asks badly is told so, and figures are those of the upstream', async () => {
  const { report, documents, upstreamCallsEach, verdicts } = await runMix(stage, {
    ...{ pace: { perSecond: 60 }, warmUpSeconds: 1, seconds: 5, connections: 32, seed: 1 },
    ...{ newDocuments: 300, say: () => {} },
  });
  expect(verdicts.filter(({ isKept }) => !isKept)).toEqual([]);
  expect(verdicts).toHaveLength(4);
  expect(report.scenarios.filter(({ requests }) => requests === 0)).toEqual([]);
  expect(Object.keys(report.total.outcomes).sort()).toEqual([
    ...['200', '200 BAD_USER_INPUT', '200 PERSISTED_QUERY_NOT_FOUND', '304'],
    ...['400 BAD_REQUEST', '400 COST_LIMIT_EXCEEDED', '400 GRAPHQL_PARSE_FAILED'],
    ...['400 GRAPHQL_VALIDATION_FAILED', '401 UNAUTHENTICATED'],
    ...['404 PERSISTED_QUERY_NOT_IN_LIST', '413 BAD_REQUEST', '429 QUOTA_EXCEEDED'],
    'left before the answer',
  ]);
  expect(documents.total.outcomes).toEqual({ '200': 300 });
  // Most of what is asked for is kept or shared.
  expect(upstreamCallsEach).toBeLessThan(1);
});
