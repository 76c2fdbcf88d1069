import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type GatewayProcess = ReturnType<typeof spawnGateway>;

interface Program {
  readonly folder: string;
  /** Node unless told. */
  readonly command?: string;
  readonly args: readonly string[];
}

const unbuilt: Program = { folder: root, args: ['--import', 'tsx', 'src/main.ts'] };

/** The gateway as an operator starts it, with no environment but the one given. */
export function spawnGateway(env: Readonly<Record<string, string>> = {}, program = unbuilt) {
  const child = spawn(program.command ?? process.execPath, program.args, {
    cwd: program.folder,
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit').then(([code, signal]): Ending => ({ code, signal }));
  const ended = once(child, 'close').then(() => exited);
  // A gateway must not outlive a test run that ends without its teardown.
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  void ended.then(() => process.off('exit', endWithUs));

  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));

  /** Waits for a log line; fails when the process ends without it. */
  const untilLogged = (pattern: RegExp): Promise<string> =>
    new Promise((found, failed) => {
      const look = () => {
        const line = stdout
          .split('\n')
          .slice(0, -1)
          .find((text) => pattern.test(text));
        if (line === undefined) return;
        child.stdout.off('data', look);
        found(line);
      };
      child.stdout.on('data', look);
      look();
      void ended.then(({ code }) =>
        failed(new Error(`ended with ${code} before ${String(pattern)}: ${stdout}${stderr}`)),
      );
    });

  return {
    /** When it is gone, though not all it wrote has been read. */
    exited,
    ended,
    untilLogged,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    /** Waits until it answers; its address, without a path. */
    origin: async (): Promise<string> => {
      const line = await untilLogged(/"url":"http/);
      return new URL(String(JSON.parse(line).url)).origin;
    },
    terminate: () => void child.kill('SIGTERM'),
    signal: (name: NodeJS.Signals) => void child.kill(name),
    /** What its log is read from. */
    output: child.stdout,
    /** Ends it whatever it does. */
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
