import { parseArgs } from 'node:util';
import { columnsOf, counted } from '../bench/speed/columns.ts';
import { machineHeader, prepareProcess } from '../bench/speed/machine.ts';
import { type Chaos, runChaos } from './chaos-run.ts';
import { runDrain } from './drain-run.ts';
import { openStage } from './stage.ts';
import { isBroken, timesOf, verdictsTable } from './tables.ts';
import { sumOf } from './tally.ts';

/**
 * `npm run load:chaos`: three gateways, Redis and a load balancer under load, while each in turn is
 * restarted or killed; and one that is told to end while clients wait. Ends with 1 when a promise is not kept.
 */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '200' },
    'phase-seconds': { type: 'string', default: '10' },
    'check-ms': { type: 'string', default: '1000' },
    'drain-delay-ms': { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});

prepareProcess();
process.stdout.write(`${machineHeader()}\n\n`);
const drainDelay = values['drain-delay-ms'];
const stage = await openStage();
try {
  const chaos = await runChaos(stage, {
    perSecond: Number(values.rate),
    phaseSeconds: Number(values['phase-seconds']),
    checkMs: Number(values['check-ms']),
    ...(drainDelay === undefined ? {} : { drainDelayMs: Number(drainDelay) }),
    seed: Number(values.seed),
    say: (progress) => process.stderr.write(`${progress}\n`),
  });
  process.stderr.write('one told to end while 100 wait\n');
  const drained = await runDrain(stage, { requests: 100, upstreamMs: 2000 });
  const verdicts = [...chaos.verdicts, ...drained];
  process.stdout.write(`${timeline(chaos)}\n\n${verdictsTable(verdicts)}\n`);
  if (isBroken(verdicts)) process.exitCode = 1;
} finally {
  await stage.close();
}

function timeline({ report, upstreamCalls, redispatched, broken }: Chaos): string {
  const rows = report.phases.map((phase) => [
    phase.name,
    (phase.requests / phase.perSecond).toFixed(1),
    counted(phase.requests),
    phase.p50Ms.toFixed(1),
    phase.p99Ms.toFixed(1),
    phase.maxMs.toFixed(1),
    timesOf(phase.retried) || '0',
    timesOf(phase.faults) || '0',
    ((upstreamCalls.get(phase.name) ?? 0) / phase.requests).toFixed(3),
  ]);
  const heads = ['phase', 'seconds', 'requests', 'p50 ms', 'p99 ms', 'max ms'];
  return [
    columnsOf([[...heads, 'asked again', 'failed', 'upstream each'], ...rows]),
    '',
    `outcomes: ${timesOf(report.total.outcomes)}`,
    `asked again by clients: ${sumOf(report.total.retried)}; sent to another gateway by the balancer: ${redispatched}`,
    `the balancer found connections broken: ${timesOf(broken) || '0'}`,
    `the generator: p99 ${report.lateP99Ms.toFixed(1)} ms late`,
  ].join('\n');
}
