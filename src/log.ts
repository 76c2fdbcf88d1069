import { pino } from 'pino';
import type { Config } from './config.ts';

export type Log = ReturnType<typeof createLog>;

/** JSON lines on standard output; headers, keys, variables and bodies are never handed to it. */
export function createLog({ level }: Config['log']) {
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime });
}
