import { pino, type DestinationStream } from 'pino';
import type { Config } from './config.ts';
import { toldOf } from './told-error.ts';

export type Log = ReturnType<typeof createLog>;

/** JSON lines on standard output; headers, keys, variables and bodies are never handed to it. */
export function createLog({ level }: Config['log'], destination?: DestinationStream) {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error: unknown) => toldOf(error) },
    },
    destination,
  );
}
