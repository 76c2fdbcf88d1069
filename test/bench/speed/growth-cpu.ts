import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Clock ticks of a second, in which Linux tells the time a process has had. */
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU microseconds that all threads of a process have had so far, in its own code and the kernel's. */
export function cpuMicrosOf(pid: number): number {
  return (ticksOf(readFileSync(`/proc/${pid}/stat`, 'utf8')) / ticksPerSecond) * 1e6;
}

/** `utime` and `stime` of a line of `/proc/PID/stat`, whose second field may hold anything. */
export function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
