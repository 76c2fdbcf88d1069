import { parseArgs } from 'node:util';
import { columnsOf, counted } from '../bench/speed/columns.ts';
import { machineHeader, prepareProcess } from '../bench/speed/machine.ts';
import { soak, type Soaked } from './soak-run.ts';
import { openStage } from './stage.ts';
import { isBroken, megabytes, verdictsTable } from './tables.ts';

/**
 * `npm run soak`: a gateway under half of what it can take, for as long as it takes to see something
 * grow. Ends with 1 when memory or handles grow, or an outcome is not what it should be.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    'window-seconds': { type: 'string', default: '30' },
    'peak-seconds': { type: 'string', default: '10' },
    rate: { type: 'string' },
    connections: { type: 'string', default: '64' },
    seed: { type: 'string', default: '1' },
  },
});
const windowSeconds = Number(values['window-seconds']);

prepareProcess();
process.stdout.write(`${machineHeader()}\n\n`);
const stage = await openStage();
try {
  const soaked = await soak(stage, {
    windows: Math.ceil((Number(values.minutes) * 60) / windowSeconds),
    windowSeconds,
    pace:
      values.rate === undefined
        ? { peakSeconds: Number(values['peak-seconds']) }
        : { perSecond: Number(values.rate) },
    connections: Number(values.connections),
    seed: Number(values.seed),
    say: (progress) => process.stderr.write(`${progress}\n`),
  });
  process.stdout.write(`${figuresOf(soaked)}\n\n${verdictsTable(soaked.verdicts)}\n`);
  if (isBroken(soaked.verdicts)) process.exitCode = 1;
} finally {
  await stage.close();
}

function figuresOf({ peakPerSecond, perSecond, windows }: Soaked): string {
  const peak = peakPerSecond === undefined ? '' : `; the peak was ${counted(peakPerSecond)}`;
  const rows = windows.map(({ report: { total, lateP99Ms }, usage }, index) => [
    String(index + 1),
    counted(total.requests),
    ...[total.p50Ms, total.p99Ms, total.maxMs, lateP99Ms].map((ms) => ms.toFixed(1)),
    ...[usage.heapBytes, usage.residentBytes].map(megabytes),
    String(usage.handles),
  ]);
  const heads = ['window', 'requests', 'p50 ms', 'p99 ms', 'max ms', 'of it late'];
  return [
    `${counted(perSecond)} requests a second${peak}`,
    '',
    columnsOf([[...heads, 'heap', 'resident', 'handles'], ...rows]),
  ].join('\n');
}
