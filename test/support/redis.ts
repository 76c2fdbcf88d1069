import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Redis of one's own: it may be killed, paused and started again at the same address. */
export type TestRedis = {
  readonly url: string;
  readonly pid: number;
  /** Ends the server for good. */
  readonly stop: () => Promise<void>;
  /** Ends the server as a crash does; `restart` brings an empty one back. */
  readonly kill: () => Promise<void>;
  /** The server hangs: its sockets stay open and nothing answers. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly restart: () => Promise<void>;
};

const ATTEMPTS_MAX = 20;

/** Starts a Redis without persistence on a free port of 127.0.0.1. */
export async function startRedis(program = 'redis-server'): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-redis-'));
  const { server: first, port } = await onFreePort((port) => launch(program, port, folder));
  let server = first;

  return {
    url: `redis://127.0.0.1:${port}`,
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
      server = await launch(program, port, folder);
    },
  };
}

/** A prefix nobody else uses, for tests that share one Redis. */
export function freshPrefix(): string {
  return `test:${randomUUID()}:`;
}

/** Below the ephemeral ports, so that no outgoing connection takes the port while its server is down. */
async function onFreePort<T>(
  start: (port: number) => Promise<T>,
): Promise<{ server: T; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = randomInt(20_000, 32_000);
    try {
      return { server: await start(port), port };
    } catch (error) {
      // Only the server itself knows whether the port was free: someone may take it in between.
      if (attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

async function launch(program: string, port: number, folder: string): Promise<ChildProcess> {
  const server = spawn(
    program,
    [
      ['--port', String(port)],
      ['--bind', '127.0.0.1'],
      ['--dir', folder],
      ['--save', ''],
      ['--appendonly', 'no'],
      ['--daemonize', 'no'],
    ].flat(),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  // The server must not outlive a run that ends without its teardown.
  const endWithUs = () => server.kill('SIGKILL');
  process.once('exit', endWithUs);
  server.once('exit', () => process.off('exit', endWithUs));
  await untilReady(server);
  return server;
}

/** Reads the server's own word: a PING could be answered by another server on the same port. */
function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`redis-server ended (${code}): ${output}`)));
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (output.includes('Ready to accept connections')) return;
      output += text;
      if (output.includes('Ready to accept connections')) resolve();
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
