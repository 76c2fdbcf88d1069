import { trialName } from './decent-clients.ts';
import type { Report } from './job.ts';
import { atMost, none, timesOf, type Verdict } from './tables.ts';
import { type Figures, sumOf } from './tally.ts';
import { trialPerMinute } from './world.ts';

/** The names of what happens, in its order. */
export const phases = {
  calm: 'nothing happens',
  rolling: 'all restarted in turn',
  killed: 'one killed',
  replaced: 'another in its place',
  redisAway: 'Redis killed',
  redisBack: 'Redis back, empty',
} as const;

/** What was seen from outside of the requests. */
export interface ChaosFound {
  /** How the processes ended that were told to. */
  readonly endings: readonly string[];
  readonly awaySeconds: number;
  /** How many gateways used Redis again in time. */
  readonly sharing: number;
}

interface Judged extends ChaosFound {
  readonly report: Report;
  readonly faults: readonly string[];
  readonly replicasCount: number;
}

export function chaosVerdicts(judged: Judged): readonly Verdict[] {
  const { report, endings, sharing, faults, replicasCount } = judged;
  return [
    none('rolling restart: requests that failed', failuresOf(report, phases.rolling)),
    {
      ...{ what: 'rolling restart: how processes ended', measured: endings.join(', ') },
      ...{ bound: 'all 0', isKept: endings.every((ending) => ending === '0') },
    },
    none('one killed: failed when asked again', faultsIn(report, phases.killed)),
    none('another in its place: requests that failed', failuresOf(report, phases.replaced)),
    none('Redis away: requests that failed', failuresOf(report, phases.redisAway)),
    none('Redis back: requests that failed', failuresOf(report, phases.redisBack)),
    {
      ...{ what: 'Redis back: gateways that share again', measured: String(sharing) },
      ...{ bound: String(replicasCount), isKept: sharing === replicasCount },
    },
    atMost('requests of a trial caller that were let through', trialAllowed(report), most(judged)),
    none('wrong outcomes at any time', timesOf(report.total.faults).split(', ').filter(Boolean)),
    none(
      "failures in the gateways' logs",
      faults.filter((line) => !aboutRedis.test(line)),
    ),
  ];
}

/** It was killed: that is to be told. */
const aboutRedis = /"redis":/;

const phaseOf = ({ phases: all }: Report, wanted: string): Figures => {
  const found = all.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`expected a phase "${wanted}"`);
  return found;
};

/** Wrong at last. */
const faultsIn = (report: Report, phase: string) => told(phaseOf(report, phase).faults);

/** Wrong at last, or so that the client had to ask again. */
function failuresOf(report: Report, phase: string): readonly string[] {
  const { faults, retried } = phaseOf(report, phase);
  return [...told(faults), ...told(retried)];
}

const told = (counts: Readonly<Record<string, number>>): readonly string[] =>
  sumOf(counts) === 0 ? [] : [timesOf(counts)];

const trialAllowed = ({ scenarios }: Report): number =>
  scenarios.find(({ name }) => name === trialName)?.outcomes['200'] ?? 0;

/**
 * A full bucket, and what it got back meanwhile. While Redis is away each gateway counts alone, from what
 * it saw last: each but one may let through what all together would have.
 */
function most({ report, awaySeconds, replicasCount }: Judged): number {
  const perSecond = trialPerMinute / 60;
  const all = trialPerMinute + perSecond * secondsOf(report.total);
  const alone = trialPerMinute + perSecond * awaySeconds;
  return Math.ceil(all + (replicasCount - 1) * alone);
}

const secondsOf = ({ requests, perSecond }: Figures) => requests / perSecond;
