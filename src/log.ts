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

let output: DestinationStream | undefined;

/** Standard output, written in large pieces: each costs the same, however large. */
function standardOutput(): DestinationStream {
  output ??= inPieces(pino.destination({ dest: 1, sync: false, contentMode: 'buffer' }));
  return output;
}

const pieceBytes = 65_536;
/** Nobody waits longer for a line. */
const lingerMs = 20;

/** What takes pieces: of bytes as well, with `contentMode: 'buffer'`, which its types do not say. */
interface Pieces {
  write(piece: string | Buffer): boolean;
  flush(done: (error?: Error) => void): void;
  flushSync(): void;
}

/** Collects lines for a moment, as bytes; the last of them leave no later than the process. */
function inPieces(destination: Pieces) {
  let piece = Buffer.allocUnsafeSlow(pieceBytes);
  let end = 0;
  let timer: NodeJS.Timeout | undefined;
  const send = () => {
    clearTimeout(timer);
    timer = undefined;
    if (end === 0) return;
    const full = piece.subarray(0, end);
    piece = Buffer.allocUnsafeSlow(pieceBytes);
    end = 0;
    destination.write(full);
  };
  process.once('exit', () => {
    try {
      send();
      destination.flushSync();
    } catch {
      // Nobody is left to read it.
    }
  });
  return {
    write: (line: string) => {
      // A character is three bytes at most.
      const room = 3 * line.length;
      if (room > pieceBytes - end) send();
      if (room > pieceBytes) destination.write(Buffer.from(line));
      else end += piece.write(line, end);
      timer ??= setTimeout(send, lingerMs);
    },
    flush: (done: (error?: Error) => void) => {
      send();
      destination.flush(done);
    },
  };
}
