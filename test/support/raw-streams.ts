import { once } from 'node:events';
import { answersIn, type RawAnswer } from './raw-answers.ts';
import { until, type WatchedServer } from './watched-server.ts';

/** What a client sees on one connection. */
export interface Seen {
  readonly answers: readonly RawAnswer[];
  /** Whether the server closed it before the client said that it has no more to say. */
  readonly isClosed: boolean;
  /** What came of saying so. */
  readonly last: readonly RawAnswer[];
}

/**
 * Sends chunks, each when all is done that comes of those before it, and then the end; so a server reads
 * them cut as they are given here.
 */
export async function sendStream(watched: WatchedServer, chunks: readonly Buffer[]): Promise<Seen> {
  const { client, served } = await watched.dial();
  const received: Buffer[] = [];
  let isEnded = false;
  client.on('data', (chunk: Buffer) => void received.push(chunk));
  client.once('end', () => (isEnded = true)).once('close', () => (isEnded = true));
  let sent = 0;
  const isQuiet = () =>
    isEnded ||
    (served.bytesRead >= sent &&
      !watched.isBusy() &&
      !served.writableEnded &&
      client.bytesRead === served.bytesWritten);
  const quiet = async () => {
    let turns = 0;
    // What was read may have been put off to the next turn.
    await until(() => {
      turns = isQuiet() ? turns + 1 : 0;
      return turns > 2;
    });
  };
  for (const chunk of chunks) {
    if (isEnded) break;
    client.write(chunk);
    sent += chunk.length;
    await quiet();
  }
  const isClosed = isEnded;
  const before = Buffer.concat(received.splice(0));
  if (!client.destroyed) {
    client.end();
    if (!client.closed) await once(client, 'close');
  }
  return {
    answers: answersIn(before),
    isClosed,
    last: answersIn(Buffer.concat(received)),
  };
}
