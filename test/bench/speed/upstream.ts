import { parseArgs } from 'node:util';
import { chosen } from './choices.ts';
import { columnsOf, counted, median, verdict } from './columns.ts';
import { ensureWrk, prepareProcess, machineHeader } from './machine.ts';
import { rowKeepings } from './row-keeping.ts';
import { gatewayLane, lists, proxyLane } from './upstream-lanes.ts';
import { measureDelay, type Measured } from './upstream-run.ts';
import { createFolder } from './workload.ts';

/**
 * `npm run bench:upstream`: what the gateway adds where every list of 20 of 1,000 tokens is another one,
 * and how many calls that takes: when nothing is kept, when rows are for a second, which is the worst
 * that nearly live data asks for, and when they are for their lifetimes, as by default.
 * Beside it a proxy that is nothing but Node answers the same lists.
 */
const { values } = parseArgs({
  options: {
    delays: { type: 'string', default: '20' },
    kept: { type: 'string', default: [...rowKeepings.keys()].join(',') },
    lists: { type: 'string', default: 'graded,names' },
    rows: { type: 'string', default: 'lean' },
    rate: { type: 'string', default: '300' },
    connections: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '5' },
  },
});
/** The rows of tokens carry lists of exchanges, dozens for a large token: `full` reads all of them. */
const listMembers = new Map([
  ['lean', 2],
  ['full', 1000],
]);
/** The bounds hold at this delay. */
const boundDelayMs = 20;
const bounds = { addedP50Ms: 3, addedP99Ms: 15, ofCeiling: 0.55, callsEach: 0.25 };

prepareProcess();
ensureWrk();
const listMembersMax = listMembers.get(values.rows);
if (listMembersMax === undefined) {
  throw new Error(`--rows: expected lean or full, got ${values.rows}`);
}
const keepings = chosen('kept', values.kept, rowKeepings);
const lanes = chosen('lists', values.lists, lists).flatMap((list) => [
  proxyLane(list),
  ...keepings.map((keeping) => gatewayLane(list, keeping)),
]);
const connections = Number(values.connections);
const perSecond = Number(values.rate);
const folder = await createFolder();
const measured: Measured[] = [];
try {
  print(
    machineHeader(),
    `workload uncached lists of 20 random of 1,000 tokens, guards on, ${values.rows} rows`,
    `load     open loop ${perSecond} requests/s, closed loop ${connections} connections, medians of ${values.rounds} runs of ${values.seconds} s`,
    '',
  );
  for (const delay of values.delays.split(',')) {
    for (const lane of lanes) {
      measured.push(
        await measureDelay({
          ...{ folder, lane, listMembersMax, perSecond, connections },
          delayMs: Number(delay),
          seconds: Number(values.seconds),
          rounds: Number(values.rounds),
          say: (progress) => process.stderr.write(`${progress}\n`),
        }),
      );
    }
  }
} finally {
  await folder.remove();
}
print(
  columnsOf([
    ['delay', 'list', 'upstream', 'alone', 'open p50', 'open p99', 'generator late p99', 'CPU µs'],
    ...measured.map(({ delayMs, lane, ownMs, aloneMs, open }) => [
      ...[`${delayMs} ms`, lane.name, ms(ownMs), ms(aloneMs)],
      ms(median(open.map(({ p50Ms }) => p50Ms))),
      ms(median(open.map(({ p99Ms }) => p99Ms))),
      ms(median(open.map(({ lateP99Ms }) => lateP99Ms))),
      counted(median(open.map(({ cpuMicros }) => cpuMicros))),
    ]),
  ]),
  '',
  columnsOf([
    ['delay', 'list', 'closed requests/s', 'p50', 'p99', 'ceiling', 'CPU µs', 'open calls each'],
    ...measured.map(({ delayMs, lane, closed, openCallsEach }) => [
      ...[`${delayMs} ms`, lane.name, counted(median(closed.map(({ perSecond }) => perSecond)))],
      ms(median(closed.map(({ p50Ms }) => p50Ms))),
      ms(median(closed.map(({ p99Ms }) => p99Ms))),
      delayMs === 0 ? 'none' : counted((connections * 1000) / delayMs),
      counted(median(closed.map(({ cpuMicros }) => cpuMicros))),
      openCallsEach.toFixed(2),
    ]),
  ]),
  '',
  columnsOf([['figure', 'measured', 'bound', 'verdict'], ...measured.flatMap(verdictsOf)]),
);
const faults = measured.flatMap((one) => one.faults);
if (faults.length > 0) {
  print('', 'These answers were wrong, so the figures are void:', ...faults);
  process.exitCode = 1;
}

function verdictsOf({ delayMs, lane, ownMs, open, closed, closedCallsEach }: Measured) {
  if (!lane.hasBounds) return [];
  const at = `at ${delayMs} ms, ${lane.name}`;
  const isBound = delayMs === boundDelayMs;
  const atMost = (name: string, figure: number, bound: number, unit = '') => [
    `${name} ${at}`,
    `${figure.toFixed(2)}${unit}`,
    ...(isBound ? [`≤ ${bound}${unit}`, verdict(figure <= bound)] : ['', '']),
  ];
  // Over one answer of the upstream as it comes without a gateway.
  const p50 = median(open.map(({ p50Ms }) => p50Ms)) - ownMs;
  const p99 = median(open.map(({ p99Ms }) => p99Ms)) - ownMs;
  const rows = [
    atMost('added p50', p50, bounds.addedP50Ms, ' ms'),
    atMost('added p99', p99, bounds.addedP99Ms, ' ms'),
    atMost('upstream calls a request, closed loop', closedCallsEach, bounds.callsEach),
  ];
  if (delayMs === 0) return rows;
  const share = median(closed.map((run) => run.perSecond)) / ((connections * 1000) / delayMs);
  return [
    ...rows,
    [
      `closed loop ÷ ceiling ${at}`,
      share.toFixed(2),
      ...(isBound ? [`≥ ${bounds.ofCeiling}`, verdict(share >= bounds.ofCeiling)] : ['', '']),
    ],
  ];
}

function ms(figure: number): string {
  return `${figure.toFixed(1)} ms`;
}

function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
