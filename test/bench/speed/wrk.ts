import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { pinned } from './machine.ts';

const run = promisify(execFile);
const script = resolve(import.meta.dirname, 'wrk.lua');

export interface Load {
  readonly origin: string;
  /** A file of requests, as `wrk.lua` reads it. */
  readonly requests: string;
  readonly connections: number;
  readonly seconds: number;
  /** A file with what every body has to hold: such a run is looked at, not measured. */
  readonly expected?: string;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly bytesPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Why the run does not count; empty when every request was answered with success. */
  readonly faults: readonly string[];
}

/** As fast as so many connections go, from one thread. */
export async function wrk(load: Load): Promise<LoadResult> {
  const { origin, requests, connections, seconds, expected } = load;
  const [program, ...args] = pinned('load', [
    ...['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '--latency'],
    ...['-s', script, origin, '--', requests],
    ...(expected === undefined ? [] : [expected]),
  ]);
  const { stdout } = await run(program, args);
  const line = stdout.split('\n').findLast((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`expected figures of wrk, got: ${stdout}`);
  const told: Record<Figure, number> = JSON.parse(line);
  return {
    requests: told.requests,
    perSecond: told.requests / (told.microseconds / 1e6),
    bytesPerRequest: told.bytes / told.requests,
    p50Ms: told.p50 / 1000,
    p99Ms: told.p99 / 1000,
    faults: [
      ...faultNames.flatMap((name) => (told[name] > 0 ? [`${told[name]} ${name}`] : [])),
      ...(told.requests === 0 ? ['no answer at all'] : []),
    ],
  };
}

const faultNames = ['not2xx', 'connect', 'read', 'write', 'timeout', 'wrong'] as const;

type Figure = (typeof faultNames)[number] | 'requests' | 'microseconds' | 'bytes' | 'p50' | 'p99';
