import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pinned, root } from '../bench/speed/machine.ts';
import type { Job, Order, Report, Told } from './job.ts';

const generator = resolve(import.meta.dirname, 'generator.ts');

/** Has a generator begin in a process of its own. */
export function startLoad(job: Job) {
  const command = pinned('load', [process.execPath, '--import', 'tsx', generator]);
  const [program, ...args] = command;
  const child = spawn(program, args, {
    ...{ cwd: root, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    // JSON has no Infinity.
    serialization: 'advanced',
  });
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const ended = once(child, 'exit').then(([code, signal]) => {
    process.off('exit', endWithUs);
    throw new Error(`the generator ended with ${signal ?? code} before it reported`);
  });
  const until = (kind: Told['kind']) =>
    new Promise<Told>((found) => {
      child.on('message', (told: Told) => void (told.kind === kind && found(told)));
    });
  const report = until('report').then((told) => {
    if (told.kind !== 'report' || told.report.total.requests === 0) {
      // Nothing would be wrong with any of them.
      throw new Error('expected some requests, the generator sent none');
    }
    return told.report;
  });
  const begun = until('begun');
  // Whoever waits for it is told.
  for (const promise of [report, ended]) promise.catch(() => {});
  child.send(job);
  return {
    /** From then on it sends. */
    begun: () => Promise.race([begun, ended]),
    report: () => Promise.race([report, ended]),
    /** What is answered from then on is counted in this phase. */
    async begin(phase: string): Promise<void> {
      const noted = until('noted');
      send({ phase });
      await Promise.race([noted, ended]);
    },
    end: () => send('end'),
  };

  function send(order: Order): void {
    child.send(order);
  }
}

export const runLoad = (job: Job): Promise<Report> => startLoad(job).report();
