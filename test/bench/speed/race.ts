import { ask } from './asking.ts';
import type { ChildServer } from './child-server.ts';
import {
  type Comparison,
  comparisons,
  type ContestantName,
  contestants,
  type ServerName,
  servers,
} from './contestants.ts';
import type { Prepared } from './course.ts';
import { withCpuOf } from './cpu-time.ts';
import { listDocument, type Request, requestOf } from './workload.ts';
import { type LoadResult, wrk } from './wrk.ts';

export interface RaceOptions {
  readonly names: readonly ContestantName[];
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly rounds: number;
  readonly connections: number;
  readonly say: (progress: string) => void;
}

export interface Run extends LoadResult {
  /** What a request took of processor time, of all threads of the server. */
  readonly cpuMicros: number;
}

export interface Lane {
  readonly name: ContestantName;
  /** One a round. */
  readonly runs: Run[];
  /** What makes its figures worthless. */
  readonly faults: string[];
}

/** Two who are compared, measured at the same time. */
export interface Duel extends Comparison {
  /** Of each round: of who is compared, and of the reference. */
  readonly rounds: (readonly [Run, Run])[];
}

interface Entrant extends Lane {
  readonly server: ChildServer;
  readonly request: Request;
  readonly requests: string;
  /** Of a whole answer, once it was looked at. */
  bytes: number;
}

/** After each run that is measured, wrk looks at every body for so long. */
const lookSeconds = 1;
/** Sizes of good answers differ by a few digits; an error has another size altogether. */
const bytesOff = 0.03;

/**
 * Lets all run in rounds, one after the other, so that what drifts drifts for all. Then those who are
 * compared run two at a time on the core of the servers, which both get alike: a machine whose speed
 * changes within a second changes it for both.
 */
export async function race(course: Prepared, options: RaceOptions) {
  const { names, rounds, warmUpSeconds, connections, say } = options;
  const running = new Map<ServerName, ChildServer>();
  try {
    const entrants: Entrant[] = [];
    for (const name of names) {
      say(`${name}: start`);
      const { server, kind } = contestants[name];
      const child = running.get(server) ?? (await servers[server](course));
      running.set(server, child);
      const request = requestOf(kind, listDocument, course.ids);
      entrants.push({
        ...{ name, request, server: child, runs: [], faults: [], bytes: 0 },
        requests: await course.folder.writeRequests(name, [request]),
      });
    }
    for (const entrant of entrants) {
      say(`${entrant.name}: warm-up`);
      await check(entrant, course);
      const { requests } = entrant;
      const { origin } = entrant.server;
      if (warmUpSeconds > 0) await wrk({ origin, requests, connections, seconds: warmUpSeconds });
      // What was compiled and kept meanwhile must not have changed a byte.
      await check(entrant, course);
    }
    for (let round = 1; round <= rounds; round += 1) {
      for (const entrant of round % 2 === 1 ? entrants : [...entrants].reverse()) {
        const run = await measure(entrant, options, connections);
        say(`${entrant.name}: round ${round} of ${rounds}, ${toldOf(run)}`);
        entrant.runs.push(run);
        await look(entrant, course, connections);
      }
    }
    const duels = duelsOf(names);
    for (let round = 1; round <= rounds; round += 1) {
      for (const duel of duels) {
        say(`${duel.name} beside ${duel.reference}: round ${round} of ${rounds}`);
        await fight(duel, { entrants, course, options });
      }
    }
    for (const entrant of entrants) await check(entrant, course);
    return { lanes: entrants as readonly Lane[], duels: duels as readonly Duel[] };
  } finally {
    for (const child of running.values()) await child.close();
  }
}

/** One more round of two at once, with half of the connections each. */
async function fight(
  { name, reference, rounds }: Duel,
  { entrants, course, options }: Ring,
): Promise<void> {
  const [ours, theirs] = [entrantOf(name, entrants), entrantOf(reference, entrants)];
  const each = Math.ceil(options.connections / 2);
  rounds.push(await Promise.all([measure(ours, options, each), measure(theirs, options, each)]));
  await Promise.all([look(ours, course, each), look(theirs, course, each)]);
}

interface Ring {
  readonly entrants: readonly Entrant[];
  readonly course: Prepared;
  readonly options: RaceOptions;
}

function entrantOf(name: ContestantName, entrants: readonly Entrant[]): Entrant {
  const found = entrants.find((entrant) => entrant.name === name);
  if (found === undefined) throw new Error(`expected ${name} among those that run`);
  return found;
}

const toldOf = ({ perSecond }: Run) => `${Math.round(perSecond)} requests/s`;

const duelsOf = (names: readonly ContestantName[]): Duel[] =>
  comparisons
    .filter(({ name, reference }) => names.includes(name) && names.includes(reference))
    .map((comparison) => ({ ...comparison, rounds: [] }));

async function measure(entrant: Entrant, { seconds }: RaceOptions, connections: number) {
  const { server, requests, faults, bytes } = entrant;
  const load = { origin: server.origin, requests, connections, seconds };
  const { result, cpuMicros } = await withCpuOf(server, () => wrk(load));
  faults.push(...result.faults);
  if (Math.abs(result.bytesPerRequest / bytes - 1) > bytesOff) {
    faults.push(`${Math.round(result.bytesPerRequest)} bytes an answer, expected ${bytes}`);
  }
  return { ...result, cpuMicros: cpuMicros / result.requests };
}

/** Has wrk look at every body for a while. */
async function look({ server, requests, faults }: Entrant, course: Prepared, connections: number) {
  const looked = await wrk({
    ...{ origin: server.origin, requests, connections, seconds: lookSeconds },
    expected: course.expectedFile,
  });
  faults.push(...looked.faults);
}

/** Asks as one caller and as another, and compares the data byte by byte. */
async function check(entrant: Entrant, { expected, folder }: Prepared): Promise<void> {
  for (const key of [folder.keys[0] ?? '', folder.keys[1] ?? '']) {
    const { status, text, bytes } = await ask(entrant.server.origin, entrant.request, key);
    entrant.bytes = bytes;
    if (status === 200 && text.includes(expected) && !text.includes('"errors":')) continue;
    const place = `expected 200 with ${expected.slice(0, 80)}…`;
    throw new Error(`${entrant.name}: ${place}, got ${status}: ${text.slice(0, 300)}`);
  }
}
