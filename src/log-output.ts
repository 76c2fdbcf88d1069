import { fstatSync, write, writeSync } from 'node:fs';
import { Socket } from 'node:net';

/** Writes a piece, or its beginning: tells how much, or why not. */
export type WritePiece = (
  piece: Buffer,
  done: (error: Error | null | undefined, bytes: number) => void,
) => void;

export interface LogOutputOptions {
  readonly write: WritePiece;
  /** What may wait to be written. */
  readonly waitingBytesMax?: number;
  /** After a failure it is tried again so often. */
  readonly retryMs?: number;
}

export type LogOutput = ReturnType<typeof createLogOutput>;

const pieceBytes = 65_536;
/** Nobody waits longer for a line. */
const lingerMs = 20;

/**
 * Collects lines for a moment, and writes them in large pieces: each costs the same, however large. What
 * cannot be written waits, up to a bound; lines beyond it are lost, and that is told in their place.
 */
export function createLogOutput(options: LogOutputOptions) {
  const { write, waitingBytesMax = 8 * 1024 * 1024, retryMs = 250 } = options;
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let piece = Buffer.allocUnsafeSlow(pieceBytes);
  let end = 0;
  let linger: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;
  let isWriting = false;
  let lost = 0;
  let untold = 0;
  const flushed: (() => void)[] = [];

  const add = (bytes: Buffer) => {
    waiting.push(bytes);
    waitingBytes += bytes.length;
  };
  const seal = () => {
    clearTimeout(linger);
    linger = undefined;
    if (end === 0) return;
    add(piece.subarray(0, end));
    piece = Buffer.allocUnsafeSlow(pieceBytes);
    end = 0;
  };
  const send = () => {
    seal();
    pump();
  };
  const put = (line: string) => {
    // A character is three bytes at most.
    const room = 3 * line.length;
    if (room > pieceBytes - end) send();
    if (room > pieceBytes) add(Buffer.from(line));
    else end += piece.write(line, end);
    linger ??= setTimeout(send, lingerMs);
  };
  const tellLost = () => {
    if (untold === 0) return;
    const line = lostLine(untold);
    untold = 0;
    put(line);
  };

  function pump(): void {
    if (isWriting || retry !== undefined) return;
    const [first] = waiting;
    if (first === undefined) {
      for (const done of flushed.splice(0)) done();
      return tellLost();
    }
    isWriting = true;
    write(first, (error, bytes) => {
      isWriting = false;
      if (error) {
        retry = setTimeout(() => {
          retry = undefined;
          pump();
        }, retryMs).unref();
        return;
      }
      waitingBytes -= bytes;
      if (bytes < first.length) waiting[0] = first.subarray(bytes);
      else waiting.shift();
      pump();
    });
  }

  return {
    write(line: string): void {
      if (waitingBytes >= waitingBytesMax) {
        lost += 1;
        untold += 1;
        return;
      }
      tellLost();
      put(line);
    },
    /** Told when all that was written until now has been taken, which may be never. */
    flush(done: () => void): void {
      flushed.push(done);
      send();
    },
    /** Lines that were never written. */
    lost: () => lost,
    /** What is left, for the end of a process; nothing where some of it is on its way. */
    rest(): readonly Buffer[] {
      seal();
      return isWriting ? [] : waiting;
    },
  };
}

const lostLine = (lines: number) =>
  `${JSON.stringify({
    level: 40,
    time: new Date().toISOString(),
    lines,
    msg: 'lines of this log are missing here: they could not be written in time',
  })}\n`;

let output: LogOutput | undefined;

/** Standard output. Who does not read it, or has no room for it, neither stops nor ends the process. */
export function standardOutput(): LogOutput {
  if (output !== undefined) return output;
  const kind = fstatSync(1);
  const own = createLogOutput({
    write: kind.isFIFO() || kind.isSocket() ? writerToPipe() : writeFile,
  });
  output = own;
  process.once('exit', () => writeRest(own));
  return own;
}

/** What of a file or a terminal takes long is done by another thread. */
const writeFile: WritePiece = (piece, done) => write(1, piece, done);

/** A write to a full pipe would keep its thread, and the process from ending, until somebody reads. */
function writerToPipe(): WritePiece {
  let pipe: Socket | undefined;
  const open = () => {
    const opened = new Socket({ fd: 1, readable: false, writable: true });
    // Each write is told by itself.
    opened.on('error', () => {}).once('close', () => (pipe = undefined));
    return opened;
  };
  return (piece, done) => {
    pipe ??= open();
    pipe.write(piece, (error) => done(error, piece.length));
  };
}

function writeRest(own: LogOutput): void {
  try {
    for (const piece of own.rest()) writeSync(1, piece);
  } catch {
    // Nobody is left to read it.
  }
}
