import { ask } from './asking.ts';
import type { ChildServer } from './child-server.ts';
import { type ContestantName, contestants, type ServerName, servers } from './contestants.ts';
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
 * Lets all run in rounds, one after the other, so that what drifts drifts for all, and the runs of a
 * round can be compared with each other.
 */
export async function race(course: Prepared, options: RaceOptions): Promise<readonly Lane[]> {
  const { names, rounds, seconds, warmUpSeconds, connections, say } = options;
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
        const { name, server, requests, runs, faults, bytes } = entrant;
        const { origin } = server;
        const { result: run, cpuMicros } = await withCpuOf(server, () =>
          wrk({ origin, requests, connections, seconds }),
        );
        say(`${name}: round ${round} of ${rounds}, ${Math.round(run.perSecond)} requests/s`);
        runs.push({ ...run, cpuMicros: cpuMicros / run.requests });
        faults.push(...run.faults);
        const looked = await wrk({
          ...{ origin, requests, connections, seconds: lookSeconds },
          expected: course.expectedFile,
        });
        faults.push(...looked.faults);
        if (Math.abs(run.bytesPerRequest / bytes - 1) > bytesOff) {
          faults.push(`${Math.round(run.bytesPerRequest)} bytes an answer, expected ${bytes}`);
        }
      }
    }
    for (const entrant of entrants) await check(entrant, course);
    return entrants;
  } finally {
    for (const child of running.values()) await child.close();
  }
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
