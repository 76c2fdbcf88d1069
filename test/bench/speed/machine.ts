import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { ensureSystemPackages } from '../../support/system-package.ts';

/** What the figures were measured on, and where processes are put. */

export const root = resolve(import.meta.dirname, '../../..');

/** The core of the server that is measured, and the one of all that measures it. */
export type Core = 'server' | 'load';

const canPin = cpus().length > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

/** A command line that runs on the core, where the machine has two. */
export function pinned(core: Core, command: readonly string[]): [string, ...string[]] {
  const [program = '', ...rest] = command;
  if (!canPin) return [program, ...rest];
  return ['taskset', '-c', core === 'server' ? '0' : '1', program, ...rest];
}

/** Keeps this very process off the server's core, and has it end what it started when it is told to end. */
export function prepareProcess(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // An exit, which those who have something to end listen to; a signal by itself would be none.
    process.once(signal, () => process.exit(1));
  }
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', '1', String(process.pid)]);
}

/** The load generator; it is installed where it can be. */
export function ensureWrk(): string {
  const [path = 'wrk'] = ensureSystemPackages([{ name: 'wrk', programs: ['wrk'] }]);
  return path;
}

/** The machine and the versions in one paragraph, for the head of a table. */
export function machineHeader(): string {
  const [cpu] = cpus();
  const commit = tryRun('git', ['-C', root, 'rev-parse', '--short', 'HEAD']).trim();
  const changed = tryRun('git', ['-C', root, 'status', '--porcelain', 'src', 'schema']);
  return [
    `machine  ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}`,
    // Of the last minute: figures of a machine that does something else are worth nothing.
    `busy     load average ${loadavg()[0]?.toFixed(1) ?? 'unknown'} before it began`,
    `node     ${process.version}, V8 ${process.versions.v8}`,
    `wrk      ${wrkVersion()}`,
    `cores    ${canPin ? 'server on core 0, load on core 1' : 'NOT PINNED: there is no taskset, or one core only'}`,
    `commit   ${commit || 'unknown'}${changed === '' ? '' : ' with changes'}`,
  ].join('\n');
}

/** Of a package that is installed in a folder. */
export function versionOf(folder: string, name: string): string {
  const text = readFileSync(resolve(folder, 'node_modules', name, 'package.json'), 'utf8');
  return String(JSON.parse(text).version);
}

function wrkVersion(): string {
  const { stdout } = spawnSync('wrk', ['-v'], { encoding: 'utf8' });
  return /^wrk (\S+)/.exec(stdout)?.[1] ?? 'unknown';
}

function tryRun(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
