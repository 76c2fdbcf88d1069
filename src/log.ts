import { pino, type DestinationStream, type Logger } from 'pino';
import type { LineLog } from './answer/request-line.ts';
import type { Config } from './config.ts';
import { type LogOutput, standardOutput } from './log-output.ts';
import { toldOf } from './told-error.ts';

export type Log = Logger;

/** The log of a gateway, and the way past it for lines that are made by hand. */
export interface GatewayLog extends Log {
  readonly lines: LineLog;
  /** Lines that could not be written. */
  readonly lost: () => number;
}

/** JSON lines on standard output; headers, keys, variables and bodies are never handed to it. */
export function createLog(
  { level }: Config['log'],
  destination: DestinationStream & Partial<Pick<LogOutput, 'lost'>> = standardOutput(),
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
  return Object.assign(log, { lines, lost: destination.lost ?? (() => 0) });
}
