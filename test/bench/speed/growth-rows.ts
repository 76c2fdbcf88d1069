import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { GrowthOptions } from './growth-load.ts';
import { flat, type Growth, type Measured } from './growth-slope.ts';
import { pinned } from './machine.ts';

const run = promisify(execFile);
const script = resolve(import.meta.dirname, 'servers/rows-in-memory.mjs');

const sizes = [1000, 10_000, 100_000, 1_000_000];
/** More than a million rows take. */
const heapMb = 8192;

/** How many rows are in memory; no HTTP, only the loaders, the row cache and what is between them. */
export async function measureRows({ seconds, say }: GrowthOptions): Promise<Growth> {
  const measured: Measured[] = [];
  for (const size of sizes) {
    say(`${size} rows in memory`);
    const [program, ...args] = pinned('server', [
      ...[process.execPath, `--max-old-space-size=${heapMb}`, script],
      ...[size, seconds].map(String),
    ]);
    const { stdout } = await run(program, args);
    const told: readonly Measured[] = JSON.parse(stdout);
    measured.push(...told);
  }
  return { what: 'rows in memory', bound: flat, measured };
}
