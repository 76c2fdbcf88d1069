import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startOptions } from '../../support/start-command.ts';
import { dataOf } from './asking.ts';
import { columnsOf, median, verdict } from './columns.ts';
import { cpuMicrosOf } from './cpu-time.ts';
import { prepareProcess, machineHeader, pinned, root } from './machine.ts';
import { type CpuProfile, phasesOf, placesOf, unbundled } from './start-profile.ts';
import { createTemporaryFolder } from './temporary-folder.ts';
import { createFolder, listDocument, requestOf } from './workload.ts';

/**
 * `npm run bench:start`: from `npm start`'s command to its first answer, and what takes the time in
 * between, out of one more start under V8's profiler.
 */
const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' } } });
const atMostMs = 700;
const runs = Number(values.runs);
const maps = new Map<string, SourceMap | undefined>();

prepareProcess();
const folder = await createFolder();
const profiles = await createTemporaryFolder();
try {
  process.stdout.write(`${machineHeader()}\n\n`);
  const starts: Start[] = [];
  for (let run = 1; run <= runs; run += 1) {
    starts.push(await start());
    process.stderr.write(`start ${run} of ${runs}\r`);
  }
  const bare = [];
  for (let run = 1; run <= runs; run += 1) bare.push(await bareNode());
  const total = median(starts.map(({ answeredMs }) => answeredMs));
  print(
    ['part', 'median'],
    ['node by itself, with nothing to run', ms(median(bare))],
    ['until it says that it listens', ms(median(starts.map(({ listensMs }) => listensMs)))],
    ['until the first answer', ms(total)],
    ['CPU time of all that', ms(median(starts.map(({ cpuMs }) => cpuMs)))],
  );
  process.stdout.write(`bound ≤ ${atMostMs} ms: ${verdict(total <= atMostMs)}\n\n`);

  await start(['--cpu-prof', '--cpu-prof-interval', '200', `--cpu-prof-dir=${profiles.path}`]);
  const [file] = await readdir(profiles.path);
  if (file === undefined) throw new Error('expected a CPU profile, there is none');
  const recorded: CpuProfile = JSON.parse(await readFile(join(profiles.path, file), 'utf8'));
  const profile = unbundled(recorded, mapOf);
  const table = (title: string, parts: ReadonlyMap<string, number>, rowsMax = Infinity) =>
    print(
      [title, 'CPU'],
      ...[...parts]
        .sort(([, a], [, b]) => b - a)
        .slice(0, rowsMax)
        .map(([name, figure]) => [name, ms(figure)]),
    );
  table('what it is for, under the profiler', phasesOf(profile));
  process.stdout.write('\n');
  table('whose code runs', placesOf(profile, root), 20);
} finally {
  await folder.remove();
  await profiles.remove();
}

interface Start {
  readonly listensMs: number;
  readonly answeredMs: number;
  /** What the process had of the processor by then: others on the machine change it least. */
  readonly cpuMs: number;
}

/** Starts a gateway as operators do, asks it for the list, and lets it end in peace. */
async function start(nodeArgs: readonly string[] = []): Promise<Start> {
  const [program, ...args] = pinned('server', [
    ...[process.execPath, ...startOptions, ...nodeArgs],
    'dist/main.js',
  ]);
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: root,
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', PORT: '0', ...folder.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  try {
    const origin = await originOf(child.stdout);
    const listensMs = performance.now() - startedAt;
    const ids = ['VG9rZW46MzM3NQ', 'VG9rZW46MzMwNg'];
    await dataOf(origin, requestOf('persisted', listDocument, ids), folder.keys[0] ?? '');
    const answeredMs = performance.now() - startedAt;
    return { listensMs, answeredMs, cpuMs: cpuMicrosOf(child.pid ?? 0) / 1000 };
  } finally {
    child.kill('SIGTERM');
    await ended;
    process.off('exit', endWithUs);
  }
}

/** Where a log says that the gateway is. */
async function originOf(log: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of log) {
    text += String(chunk);
    const [, url] = /"url":"(http[^"]+)"/.exec(text) ?? [];
    if (url !== undefined) return new URL(url).origin.replace('localhost', '127.0.0.1');
  }
  throw new Error(`expected a gateway that listens, got: ${text}`);
}

/** Which files a file was made of, where it says so. */
function mapOf(url: string): SourceMap | undefined {
  if (!maps.has(url)) {
    const path = url.startsWith('file:') ? `${fileURLToPath(url)}.map` : '';
    const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    maps.set(url, text === undefined ? undefined : new SourceMap(JSON.parse(text)));
  }
  return maps.get(url);
}

async function bareNode(): Promise<number> {
  const [program, ...args] = pinned('server', [process.execPath, '-e', '0']);
  const startedAt = performance.now();
  await once(spawn(program, args, { stdio: 'ignore' }), 'close');
  return performance.now() - startedAt;
}

function print(...rows: readonly (readonly string[])[]): void {
  process.stdout.write(`${columnsOf(rows)}\n`);
}

function ms(figure: number): string {
  return `${figure.toFixed(0)} ms`;
}
