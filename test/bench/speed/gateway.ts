import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { startOptions } from '../../support/start-command.ts';
import { type ChildServer, startChildServer } from './child-server.ts';
import { pinned } from './machine.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

export interface GatewayOptions {
  readonly env: Readonly<Record<string, string>>;
  /** What Node is told before the file. */
  readonly nodeArgs?: readonly string[];
  readonly hasIpc?: boolean;
}

/** What `npm start` runs, its log read by somebody as a container's is. */
export async function startGateway(options: GatewayOptions): Promise<ChildServer> {
  const { env, nodeArgs = [], hasIpc = false } = options;
  const log = await openDrain();
  try {
    const child = await startChildServer({
      command: [process.execPath, ...startOptions, ...nodeArgs, 'dist/main.js'],
      env,
      stdout: log.fd,
      hasIpc,
    });
    return {
      ...child,
      close: async () => {
        await child.close();
        await log.close();
      },
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** A pipe whose other end throws everything away, on the core of the load. */
async function openDrain() {
  const folder = await createTemporaryFolder();
  const path = join(folder.path, 'log');
  const { status } = spawnSync('mkfifo', [path]);
  if (status !== 0) throw new Error('expected mkfifo to make a pipe for the log');
  const [program, ...args] = pinned('load', ['cat', path]);
  const reader = spawn(program, args, { stdio: 'ignore' });
  const ended = once(reader, 'close');
  // Waits for the reader, which is on its way.
  const fd = openSync(path, 'w');
  return {
    fd,
    close: async () => {
      closeSync(fd);
      await ended;
      await folder.remove();
    },
  };
}
