import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { anyPort } from '../../support/ports.ts';
import { type Core, pinned, root } from './machine.ts';

export interface ChildServer {
  readonly origin: string;
  readonly process: ChildProcess;
  close(): Promise<void>;
}

export interface ChildServerOptions {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly core?: Core;
  /** Where standard output goes; nowhere by default. */
  readonly stdout?: 'ignore' | number;
  readonly hasIpc?: boolean;
}

const readyMs = 20_000;

/** A server in a process of its own, on a port that `PORT` tells it, once it answers anything. */
export async function startChildServer(options: ChildServerOptions): Promise<ChildServer> {
  const { command, env = {}, core = 'server', stdout = 'ignore', hasIpc = false } = options;
  const port = await freePort();
  const [program, ...args] = pinned(core, command);
  const child = spawn(program, args, {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      ...env,
    },
    stdio: ['ignore', stdout, 'pipe', ...(hasIpc ? ['ipc' as const] : [])],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close');
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  void ended.then(() => process.off('exit', endWithUs));

  const origin = `http://127.0.0.1:${port}`;
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    await untilAnswered(origin, () => {
      if (child.exitCode === null && child.signalCode === null) return;
      throw new Error(`${command.join(' ')} ended before it answered: ${stderr.trim()}`);
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { origin, process: child, close };
}

async function untilAnswered(origin: string, assertAlive: () => void): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    assertAlive();
    const response = await fetch(origin).catch(() => undefined);
    await response?.arrayBuffer();
    if (response !== undefined) return;
    if (performance.now() - startedAt > readyMs) {
      throw new Error(`${origin}: expected an answer within ${readyMs} ms, got none`);
    }
    await after(20);
  }
}

const triesMax = 100;

async function freePort(): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = anyPort();
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error(`expected one of ${triesMax} ports to be free`);
}
