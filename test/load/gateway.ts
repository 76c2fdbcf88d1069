import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { startChildServer } from '../bench/speed/child-server.ts';
import { pinned, root } from '../bench/speed/machine.ts';
import { createTemporaryFolder } from '../bench/speed/temporary-folder.ts';
import { startOptions } from '../support/start-command.ts';
import type { Bundle } from './bundle.ts';

export type Gateway = Awaited<ReturnType<typeof startGateway>>;

export interface GatewayOptions {
  readonly bundle: Bundle;
  readonly env: Readonly<Record<string, string>>;
  /** What Node is told besides. */
  readonly nodeArgs?: readonly string[];
  /** On any core: where several run, and none is measured. */
  readonly isAnywhere?: boolean;
}

/** Takes back that a server is put on one core. */
const [pin] = pinned('server', ['node']);
const anywhere = pin === 'taskset' ? ['taskset', '-c', `0-${cpus().length - 1}`] : [];

const probe = resolve(root, 'test/bench/speed/servers/heap-probe.mjs');

/** A gateway as an operator starts it, with a listener for operators and its log read by somebody. */
export async function startGateway(options: GatewayOptions) {
  const { bundle, env, nodeArgs = [], isAnywhere = false } = options;
  const log = await openLog();
  const child = await startChildServer({
    command: [
      ...(isAnywhere ? anywhere : []),
      ...[process.execPath, ...startOptions, '--expose-gc', '--import', probe],
      ...[...nodeArgs, bundle.main],
    ],
    env: { ...env, ADMIN_PORT: '0' },
    stdout: log.fd,
    hasIpc: true,
  }).finally(log.letGo);
  const { process: running, origin } = child;
  const ended = once(running, 'exit');
  const admin = await log.admin;
  const metrics = async () => (await fetch(`${admin}/metrics`)).text();
  return {
    origin,
    metrics,
    /** Lines of its log that tell of a failure that is ours. */
    faults: (): readonly string[] => log.faults,
    /** What is in use, after everything that nobody can reach is gone. */
    async usage(): Promise<Usage> {
      const told = once(running, 'message');
      running.send('memory');
      const [{ heapUsed, rss }] = await told;
      const open = (await readdir(`/proc/${running.pid}/fd`)).length;
      const toUpstream = await connectionsTo(env['TOKENMETRICS_BASE_URL'] ?? '');
      return { heapBytes: heapUsed, residentBytes: rss, handles: open - toUpstream };
    },
    /** As an orchestrator ends it; how it ended. */
    async terminate(): Promise<string> {
      running.kill('SIGTERM');
      const [code, signal] = await ended;
      return `${signal ?? code}`;
    },
    /** As a crash ends it. */
    kill: () => child.close(),
  };
}

export interface Usage {
  readonly heapBytes: number;
  readonly residentBytes: number;
  /**
   * Files, sockets and all else that it has open, but for connections to the upstream: as many are kept
   * as were needed at once a few seconds ago, and a setting bounds them.
   */
  readonly handles: number;
}

/** How many connections lead to the port of a URL of this machine. */
async function connectionsTo(url: string): Promise<number> {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0');
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n');
  // The third field is the other end, the tenth the socket: who has closed it has none any more.
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return fields.filter(
    ([, , to = '', , , , , , , socket]) => to.endsWith(`:${port}`) && socket !== '0',
  ).length;
}

/** All samples of a counter or gauge together. */
export function metricOf(text: string, name: string): number {
  const samples = text.split('\n').filter((line) => /^\w+/.exec(line)?.[0] === name);
  return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** How many series metrics have. */
export const seriesOf = (text: string): number =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;

/** A pipe for a log, read by a program that lets through what somebody has to see. */
async function openLog() {
  const folder = await createTemporaryFolder();
  const path = join(folder.path, 'log');
  const { status } = spawnSync('mkfifo', [path]);
  if (status !== 0) throw new Error('expected mkfifo to make a pipe for the log');
  const seen = '"level":[56]0|"admin":"http';
  const [program, ...args] = pinned('load', ['grep', '--line-buffered', '-E', seen, path]);
  const reader = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const faults: string[] = [];
  const admin = new Promise<string>((found, failed) => {
    createInterface(reader.stdout)
      .on('line', (line) => {
        const { admin: url } = JSON.parse(line);
        if (url === undefined) faults.push(line);
        else found(url);
      })
      .once('close', () => failed(new Error('the gateway ended before it told of its admin')));
  });
  // Who has started nothing waits for nothing.
  admin.catch(() => {});
  reader.once('close', () => void folder.remove());
  // Waits for the reader, which is on its way.
  const fd = openSync(path, 'w');
  return { fd, admin, faults, letGo: () => closeSync(fd) };
}
