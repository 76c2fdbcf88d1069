import { createRandom } from '../../support/random.ts';
import type { ChildServer } from './child-server.ts';
import { cpuMicrosOf, pidOf, withCpuOf } from './cpu-time.ts';
import { startGateway } from './gateway.ts';
import type { Measured } from './growth-slope.ts';
import type { Folder, Kind, Request } from './workload.ts';
import { type Load, wrk } from './wrk.ts';

export interface GrowthOptions {
  /** How long each load lasts that is measured. */
  readonly seconds: number;
  readonly say: (progress: string) => void;
}

type Env = Readonly<Record<string, string>>;

/** The two ways to an answer: it is given again, or made of rows in memory. */
export const ways = [
  { name: 'hot GET', kind: 'get', env: {} },
  { name: 'executed POST', kind: 'persisted', env: { ANSWERS_MEMORY_MB: '0' } },
] as const satisfies readonly { name: string; kind: Kind; env: Env }[];

const connectionsUsual = 64;
/** A document is read at first, compiled then, and has its answer kept: all that is in use comes so often. */
const timesAsked = 5;
const warmUpSeconds = 2;
const warmUpSecondsMax = 60;
/** After what is measured, wrk looks at every body for so long. */
const lookSeconds = 1;
/** Connections that are surely opened in a second: those that find the queue full try again later. */
const openedPerSecond = 1000;

export interface Started {
  readonly gateway: ChildServer;
  /** CPU milliseconds until it answered. */
  readonly startMs: number;
}

/** Lends a gateway to some work, and ends it. */
export async function withGateway(folder: Folder, env: Env, work: (started: Started) => unknown) {
  const gateway = await startGateway({ env: { ...folder.env, ...env } });
  try {
    await work({ gateway, startMs: cpuMicrosOf(pidOf(gateway)) / 1000 });
  } finally {
    await gateway.close();
  }
}

export interface MeasureOptions {
  readonly series: string;
  readonly size: number;
  readonly started: Started;
  readonly folder: Folder;
  /** What all are answered. */
  readonly data: unknown;
  /** All that is in use: asked for as warm-up. */
  readonly inUse: readonly Request[];
  /** What is measured; the same unless told. */
  readonly drawn?: readonly Request[];
  /** Who asks then; the callers of the folder in turns unless told. */
  readonly askers?: readonly string[];
  readonly connections?: number;
  readonly seconds: number;
}

/** What a request costs the gateway under a load, and what was wrong with its answers. */
export async function measure(options: MeasureOptions): Promise<Measured> {
  const { series, size, started, folder, data, inUse, drawn = inUse, askers, seconds } = options;
  const { gateway, startMs } = started;
  const { connections = connectionsUsual } = options;
  const load = { origin: gateway.origin, connections };
  const openingSeconds = Math.round(connections / openedPerSecond);
  await warmUp(
    { ...load, requests: await folder.writeRequests('in-use', inUse) },
    Math.max(timesAsked * inUse.length, folder.keys.length),
  );
  const requests = await folder.writeRequests('drawn', drawn, askers);
  const { result: run, cpuMicros } = await withCpuOf(gateway, () =>
    wrk({ ...load, requests, seconds: seconds + openingSeconds }),
  );
  const expected = await folder.write('expected', `"data":${JSON.stringify(data)}`);
  const looked = await wrk({
    ...{ ...load, requests, expected },
    seconds: lookSeconds + openingSeconds,
  });
  const { perSecond, p99Ms } = run;
  return {
    ...{ series, size, startMs, perSecond, p99Ms },
    cpuMicros: cpuMicros / run.requests,
    faults: [...run.faults, ...looked.faults],
  };
}

/** Until code is compiled and, with so many requests, all is kept that can be. */
async function warmUp(load: Omit<Load, 'seconds'>, requestsMin: number): Promise<void> {
  const { requests, perSecond } = await wrk({ ...load, seconds: warmUpSeconds });
  if (requests >= requestsMin) return;
  const seconds = Math.min(warmUpSecondsMax, Math.ceil(requestsMin / perSecond));
  await wrk({ ...load, seconds });
}

/** So many of them at random, the same ones in every run. */
export function draw<T>(items: readonly T[], count: number): readonly T[] {
  const random = createRandom(items.length);
  return Array.from({ length: count }, () => random.integer(0, items.length - 1)).flatMap((at) =>
    items.slice(at, at + 1),
  );
}
