import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anyPort } from './ports.ts';

/** A server of one's own: it may be killed, paused and started again at the same address. */
export interface RedisProcess {
  /** Without a password. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the server for good. */
  readonly stop: () => Promise<void>;
  /** Ends the server as a crash does; `restart` brings an empty one back. */
  readonly kill: () => Promise<void>;
  /** The server hangs: its sockets stay open and nothing answers. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly restart: () => Promise<void>;
}

export interface RedisProcessOptions {
  readonly program?: string;
  /** What follows the program's name; may write files into the folder, which is of this server alone. */
  readonly args: (port: number, folder: string) => readonly string[] | Promise<readonly string[]>;
  /** What the server writes when it may be connected to. */
  readonly readyWords?: string;
  readonly portMax?: number;
}

const ATTEMPTS_MAX = 20;

export async function startRedisProcess(options: RedisProcessOptions): Promise<RedisProcess> {
  const { program = 'redis-server', readyWords = 'Ready to accept connections' } = options;
  const folder = await mkdtemp(join(tmpdir(), 'assay-redis-'));
  const start = async (port: number) =>
    launch(program, [...(await options.args(port, folder))], readyWords);
  const first = await onFreePort(start, options.portMax);
  const { port } = first;
  let { server } = first;

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return pidOf(server);
    },
    stop: async () => {
      await end(server);
      await rm(folder, { recursive: true, force: true });
    },
    kill: () => end(server),
    pause: () => void process.kill(pidOf(server), 'SIGSTOP'),
    resume: () => void process.kill(pidOf(server), 'SIGCONT'),
    restart: async () => {
      await end(server);
      server = await start(port);
    },
  };
}

/** A server that keeps nothing on disk but what it needs to come back. */
export function serverArgs(
  port: number,
  folder: string,
  more: Readonly<Record<string, string | number>> = {},
): readonly string[] {
  const settings = {
    ...{ port, bind: '127.0.0.1', dir: folder, appendonly: 'no', daemonize: 'no' },
    ...more,
  };
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return [...words, '--save', ''];
}

async function onFreePort(
  start: (port: number) => Promise<ChildProcess>,
  portMax: number | undefined,
): Promise<{ readonly server: ChildProcess; readonly port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = anyPort(portMax);
    try {
      return { server: await start(port), port };
    } catch (error) {
      // Only the server itself knows whether the port was free: someone may take it in between.
      if (attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

async function launch(
  program: string,
  args: readonly string[],
  readyWords: string,
): Promise<ChildProcess> {
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  // The server must not outlive a run that ends without its teardown.
  const endWithUs = () => server.kill('SIGKILL');
  process.once('exit', endWithUs);
  server.once('exit', () => process.off('exit', endWithUs));
  await untilReady(server, readyWords);
  return server;
}

/** Reads the server's own word: a PING could be answered by another server on the same port. */
function untilReady(server: ChildProcess, readyWords: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`redis-server ended (${code}): ${output}`)));
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (output.includes(readyWords)) return;
      output += text;
      if (output.includes(readyWords)) resolve();
    });
  });
}

/** SIGKILL, because a paused server obeys nothing else. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}

function pidOf(server: ChildProcess): number {
  if (server.pid === undefined) throw new Error('redis-server was not started');
  return server.pid;
}
