import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ChildServer } from './child-server.ts';

/** Clock ticks of a second, in which Linux tells the time a process has had. */
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU microseconds that all threads of a process have had so far, in its own code and the kernel's. */
export function cpuMicrosOf(pid: number): number {
  return (ticksOf(readFileSync(`/proc/${pid}/stat`, 'utf8')) / ticksPerSecond) * 1e6;
}

export function pidOf({ process: { pid } }: ChildServer): number {
  if (pid === undefined) throw new Error('expected a process with an id');
  return pid;
}

/** Some work that a server does, and the CPU microseconds it has of all threads meanwhile. */
export async function withCpuOf<T>(server: ChildServer, work: () => Promise<T>) {
  const before = cpuMicrosOf(pidOf(server));
  const result = await work();
  return { result, cpuMicros: cpuMicrosOf(pidOf(server)) - before };
}

/** `utime` and `stime` of a line of `/proc/PID/stat`, whose second field may hold anything. */
export function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
