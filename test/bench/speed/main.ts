import { parseArgs } from 'node:util';
import { columnsOf, counted, median, verdict } from './columns.ts';
import { contestants, isContestant, type ServerName } from './contestants.ts';
import { prepareCourse, type Prepared } from './course.ts';
import { ensureWrk, prepareProcess, machineHeader } from './machine.ts';
import { ensurePeers, peerVersions } from './peers.ts';
import { type Duel, type Lane, race, type Run } from './race.ts';
import { ratioByRound } from './ratio.ts';
import { roundTrips } from './round-trips.ts';

/**
 * `npm run bench`: Assay with all its guards on beside bare Node and its peers, on one machine in one
 * run. Ends with 1 when an answer is wrong; a slow one is told in the table alone.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '10' },
    rounds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '64' },
  },
});
const ratioColumns = [
  ...['ratio', 'at once', 'bound', 'verdict', 'by round', 'by CPU'],
  ...['in turns', 'by round'],
];
const wanted = values.only?.split(',') ?? [...Object.keys(contestants), 'redis'];
// In the order of the list, whatever that of the wish.
const names = Object.keys(contestants)
  .filter(isContestant)
  .filter((name) => wanted.includes(name));
const unknown = wanted.filter((name) => !isContestant(name) && name !== 'redis');
if (unknown.length > 0) {
  const known = [...Object.keys(contestants), 'redis'].join(', ');
  throw new Error(`--only: expected names of ${known}; got ${unknown.join(', ')}`);
}
const peers: readonly ServerName[] = ['yoga', 'apollo', 'mercurius'];
const hasPeers = names.some((name) => peers.includes(contestants[name].server));

prepareProcess();
ensureWrk();
if (hasPeers) ensurePeers();
const perSecondOf = ({ perSecond }: Run) => perSecond;
const cpuMicrosOf = ({ cpuMicros }: Run) => cpuMicros;
const say = (progress: string) => process.stderr.write(`${progress}\n`);
const course = await prepareCourse();
try {
  print(machineHeader(), ...(hasPeers ? [peerVersions()] : []), workloadOf(course), '');
  if (names.length > 0) {
    const { lanes, duels } = await race(course, {
      ...{ names, say },
      seconds: Number(values.seconds),
      warmUpSeconds: Number(values['warm-up']),
      rounds: Number(values.rounds),
      connections: Number(values.connections),
    });
    const ratios = duels.map((duel) => ratioOf(duel, lanes));
    print(columnsOf(figuresOf(lanes)), '');
    if (ratios.length > 0) print(columnsOf([ratioColumns, ...ratios]), '');
    const faults = lanes.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`));
    if (faults.length > 0) {
      print('These answers were wrong, so the figures are void:', ...faults);
      process.exitCode = 1;
    }
  }
  if (wanted.includes('redis')) print(columnsOf(await roundTrips(course, say)));
} finally {
  await course.folder.remove();
}

function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

function workloadOf({ dataBytes, bodyBytes, folder, ids }: Prepared): string {
  return [
    `workload ${ids.length} tokens, ${counted(dataBytes)} bytes of data, ${counted(bodyBytes)} with extensions; ${counted(folder.keys.length)} callers`,
    `load     ${values.connections} connections, medians of ${values.rounds} rounds of ${values.seconds} s each`,
  ].join('\n');
}

function figuresOf(lanes: readonly Lane[]): string[][] {
  return [
    ['contestant', 'requests/s', 'CPU µs', 'p50 ms', 'p99 ms', 'from … to', 'what'],
    ...lanes.map(({ name, runs }) => {
      const speeds = runs.map(perSecondOf);
      return [
        name,
        counted(median(speeds)),
        median(runs.map(cpuMicrosOf)).toFixed(1),
        median(runs.map(({ p50Ms }) => p50Ms)).toFixed(2),
        median(runs.map(({ p99Ms }) => p99Ms)).toFixed(2),
        `${counted(Math.min(...speeds))} … ${counted(Math.max(...speeds))}`,
        contestants[name].what,
      ];
    }),
  ];
}

/**
 * Medians of rounds in which both ran at once; beside each how far those were apart. By CPU it is the
 * reference by ours, so that there too more is better; in turns both had the core to themselves.
 */
function ratioOf({ name, reference, atLeast, rounds }: Duel, lanes: readonly Lane[]): string[] {
  const [ours, theirs] = [rounds.map(([one]) => one), rounds.map(([, other]) => other)];
  const speed = ratioByRound(ours.map(perSecondOf), theirs.map(perSecondOf));
  const thrift = ratioByRound(theirs.map(cpuMicrosOf), ours.map(cpuMicrosOf));
  const [alone = [], theirsAlone = []] = [name, reference].map((wanted) =>
    lanes.find((lane) => lane.name === wanted)?.runs.map(perSecondOf),
  );
  const turns = ratioByRound(alone, theirsAlone);
  return [
    `${name} ÷ ${reference}`,
    speed.median.toFixed(2),
    `≥ ${atLeast.toFixed(2)}`,
    verdict(speed.median >= atLeast),
    `${speed.least.toFixed(2)} … ${speed.most.toFixed(2)}`,
    thrift.median.toFixed(2),
    turns.median.toFixed(2),
    `${turns.least.toFixed(2)} … ${turns.most.toFixed(2)}`,
  ];
}
