import { parseArgs } from 'node:util';
import { measureCallers } from './growth-callers.ts';
import { measureConnections } from './growth-connections.ts';
import { measureDocuments } from './growth-documents.ts';
import { measureLists } from './growth-list.ts';
import type { GrowthOptions } from './growth-load.ts';
import { measureRows } from './growth-rows.ts';
import type { Growth } from './growth-slope.ts';
import { faultsOf, figuresTable, verdictsTable } from './growth-tables.ts';
import { ensureWrk, machineHeader, prepareProcess } from './machine.ts';

/**
 * `npm run bench:growth`: what a request costs as what there is grows. Ends with 1 when an answer is
 * wrong; a cost that grows too fast is told in the table alone.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '2' },
  },
});
const dimensions = new Map<string, (options: GrowthOptions) => Promise<Growth>>([
  ['list', measureLists],
  ['tokens', measureRows],
  ['documents', measureDocuments],
  ['callers', measureCallers],
  ['connections', measureConnections],
]);
const wanted = values.only?.split(',') ?? [...dimensions.keys()];
const unknown = wanted.filter((name) => !dimensions.has(name));
if (unknown.length > 0) {
  const known = [...dimensions.keys()].join(', ');
  throw new Error(`--only: expected names of ${known}; got ${unknown.join(', ')}`);
}

prepareProcess();
ensureWrk();
const say = (progress: string) => process.stderr.write(`${progress}\n`);
print(machineHeader(), `load     runs of ${values.seconds} s`, '');
const faults: string[] = [];
for (const [name, measure] of dimensions) {
  if (!wanted.includes(name)) continue;
  const growth = await measure({ seconds: Number(values.seconds), say });
  print(figuresTable(growth), '', verdictsTable(growth), '');
  faults.push(...faultsOf(growth));
}
if (faults.length > 0) {
  print('These answers were wrong, so the figures are void:', ...faults);
  process.exitCode = 1;
}

function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
