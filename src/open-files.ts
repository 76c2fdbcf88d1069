import { readFileSync } from 'node:fs';
import type { Config } from './config.ts';

/** For all that is neither a client's connection nor an upstream's. */
const ownFiles = 64;

/**
 * How many connections of clients there may be: beyond the limit of open files no upstream could be asked
 * for those there are. Upstreams have two files a connection, as the sandbox has the other end of it.
 */
export function connectionsWithin(
  { server, tokenMetrics }: Pick<Config, 'server' | 'tokenMetrics'>,
  filesMax = openFilesMax(),
): number {
  const room = filesMax - ownFiles - 2 * tokenMetrics.connections;
  return Math.max(1, Math.min(server.connectionsMax, room));
}

/** How many files this process may have open; Node has raised it as far as it may. */
function openFilesMax(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Infinity);
  } catch {
    // A system that does not say.
    return Infinity;
  }
}
