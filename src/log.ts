import { pino, type DestinationStream, type Logger } from 'pino';
import type { LineLog } from './answer/request-line.ts';
import type { Config } from './config.ts';
import { toldOf } from './told-error.ts';

export type Log = Logger;

/** The log of a gateway, and the way past it for lines that are made by hand. */
export interface GatewayLog extends Log {
  readonly lines: LineLog;
}

/** JSON lines on standard output; headers, keys, variables and bodies are never handed to it. */
export function createLog(
  { level }: Config['log'],
  destination: DestinationStream = standardOutput(),
): GatewayLog {
  const log = pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error: unknown) => toldOf(error) },
    },
    destination,
  );
  const lines: LineLog = {
    isTold: () => log.isLevelEnabled('info'),
    write: (line) => destination.write(line),
  };
  return Object.assign(log, { lines });
}

let output: ReturnType<typeof pino.destination> | undefined;

/** Written in large pieces, the last of which leaves no later than the process. */
function standardOutput(): DestinationStream {
  if (output !== undefined) return output;
  const made = pino.destination({
    dest: 1,
    sync: false,
    minLength: 16_000,
    periodicFlush: 20,
  });
  process.once('exit', () => {
    try {
      made.flushSync();
    } catch {
      // Nobody is left to read it.
    }
  });
  output = made;
  return made;
}
