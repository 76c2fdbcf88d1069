import { parseArgs } from 'node:util';
import { machineHeader, prepareProcess } from '../bench/speed/machine.ts';
import { badScenarios } from './bad-clients.ts';
import { decentScenarios } from './decent-clients.ts';
import { runMix } from './mix.ts';
import { openStage } from './stage.ts';
import { figuresTable, isBroken, usageTable, verdictsTable } from './tables.ts';

/**
 * `npm run load`: a gateway under all that clients do, good and bad. Ends with 1 when an outcome is not
 * what it should be; a slow one is told in the table alone.
 */
const { values } = parseArgs({
  options: {
    'warm-up': { type: 'string', default: '10' },
    seconds: { type: 'string', default: '30' },
    rate: { type: 'string' },
    connections: { type: 'string', default: '64' },
    seed: { type: 'string', default: '1' },
    documents: { type: 'string', default: '5000' },
    only: { type: 'string' },
  },
});
const only = values.only?.split(';');

prepareProcess();
process.stdout.write(`${machineHeader()}\n\n`);
const stage = await openStage();
try {
  const names = [...decentScenarios(stage.world), ...badScenarios(stage.world)].map(
    ({ name }) => name,
  );
  const unknown = only?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) {
    throw new Error(`--only: expected names of ${names.join('; ')}; got ${unknown.join('; ')}`);
  }
  const { report, documents, usages, upstreamCallsEach, verdicts } = await runMix(stage, {
    pace: values.rate === undefined ? 'closed' : { perSecond: Number(values.rate) },
    warmUpSeconds: Number(values['warm-up']),
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    seed: Number(values.seed),
    newDocuments: Number(values.documents),
    ...(only === undefined ? {} : { only }),
    say: (progress) => process.stderr.write(`${progress}\n`),
  });
  const rows = [...report.scenarios, report.total];
  const lines = [
    figuresTable([...rows, { ...documents.total, name: 'new documents, afterwards' }]),
    '',
    `upstream requests each: ${upstreamCallsEach.toFixed(3)}`,
    `the generator: p99 ${report.lateP99Ms.toFixed(1)} ms late, ${Math.round(100 * report.busy)} % of a core`,
    '',
    ...[usageTable(usages), '', verdictsTable(verdicts)],
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (isBroken(verdicts)) process.exitCode = 1;
} finally {
  await stage.close();
}
