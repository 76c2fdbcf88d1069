import { expect, test } from 'vitest';
import { chaosVerdicts, phases } from './chaos-verdicts.ts';
import type { Report } from './job.ts';
import { trialName } from './decent-clients.ts';
import type { Figures } from './tally.ts';

type Counts = Readonly<Record<string, number>>;

const figures = (name: string, more: Partial<Figures> = {}): Figures => ({
  ...{ name, requests: 600, perSecond: 10, p50Ms: 1, p90Ms: 1, p99Ms: 1, maxMs: 1 },
  ...{ outcomes: { '200': 600 }, retried: {}, faults: {} },
  ...more,
});

/** What is not kept when some phases were not as they should be, in a minute's run. */
function broken(more: Readonly<Record<string, Partial<Figures>>>, trial: Counts = { '200': 20 }) {
  const report: Report = {
    total: figures('all'),
    scenarios: [figures(trialName, { outcomes: trial })],
    phases: Object.values(phases).map((name) => figures(name, more[name])),
    ...{ lateP99Ms: 0, busy: 0 },
  };
  const seen = { endings: ['0', '0', '0'], sharing: 3, awaySeconds: 6, faults: [] };
  const verdicts = chaosVerdicts({ ...seen, report, replicasCount: 3 });
  return verdicts.filter(({ isKept }) => !isKept).map(({ what }) => what);
}

const again = { retried: { '502 without data': 2 } };
const failed = { faults: { '502 without data': 1 } };

test('who may be asked again after a kill may not after a restart', () => {
  expect(broken({})).toEqual([]);
  expect(broken({ [phases.killed]: again })).toEqual([]);
  expect(broken({ [phases.killed]: failed })).toEqual(['one killed: failed when asked again']);
  expect(broken({ [phases.rolling]: again })).toEqual(['rolling restart: requests that failed']);
  expect(broken({ [phases.redisAway]: again, [phases.redisBack]: failed })).toEqual([
    'Redis away: requests that failed',
    'Redis back: requests that failed',
  ]);
});

test('a caller gets a bucket, what it gets back, and while Redis is away as much of each of the others', () => {
  // 10 + 10 in a minute, and for two gateways 10 + 1 in six seconds.
  expect(broken({}, { '200': 42 })).toEqual([]);
  expect(broken({}, { '200': 43 })).toEqual(['requests of a trial caller that were let through']);
});
