import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { pinned } from './machine.ts';

const run = promisify(execFile);
const script = resolve(import.meta.dirname, 'servers/open-loop.mjs');

export interface OpenLoop {
  readonly origin: string;
  /** A file of requests, as `wrk.lua` reads it. */
  readonly requests: string;
  readonly perSecond: number;
  readonly seconds: number;
  /** The generator itself compiles and connects at first: that is not counted. */
  readonly warmUpSeconds: number;
}

export interface OpenLoopResult {
  readonly requests: number;
  /** With those of the warm-up. */
  readonly sent: number;
  /** From the moment a request was due. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of that, what the generator itself was late. */
  readonly lateP99Ms: number;
  readonly faults: readonly string[];
}

/** So many requests a second, however long each takes. */
export async function openLoop(options: OpenLoop): Promise<OpenLoopResult> {
  const [program, ...args] = pinned('load', [process.execPath, script, JSON.stringify(options)]);
  const { stdout } = await run(program, args);
  return JSON.parse(stdout);
}
