import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { Agent } from 'undici';
import { failureOf, left, outcomeOf } from './outcome.ts';
import type { Asked, Manner } from './scenario.ts';

const timeoutMs = 15_000;
const piecesCount = 4;
const pauseMs = 20;
const rememberedMax = 2000;

/** Sends requests to one origin, and says what came of each. Never rejects. */
export function createSender(origin: string, connections: number) {
  const agent = new Agent({
    ...{ connections, connectTimeout: timeoutMs },
    ...{ headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
  });
  const etags = createEtags();
  const { hostname, port } = new URL(origin);

  async function plainly({ method, path, headers, body }: Asked): Promise<string> {
    const etag = method === 'GET' ? etags.of(path) : undefined;
    const response = await agent.request({
      ...{ origin, method, path },
      headers: etag === undefined ? headers : { ...headers, 'if-none-match': etag },
      ...(body === '' ? {} : { body }),
    });
    const bytes = Buffer.from(await response.body.arrayBuffer());
    if (method === 'GET') etags.remember(path, response.headers['etag']);
    return outcomeOf(response.statusCode, response.headers['content-encoding'], bytes);
  }

  async function oddly(asked: Asked, manner: Manner): Promise<string> {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    try {
      await once(socket, 'connect');
      const ended = once(socket, 'end', { signal: AbortSignal.timeout(timeoutMs) });
      // Awaited later, or never.
      ended.catch(() => {});
      await manners[manner](socket, asked, hostname);
      if (manner === 'leaving') return left;
      await ended;
      return outcomeOfText(Buffer.concat(chunks));
    } finally {
      socket.destroy();
    }
  }

  return {
    send: (asked: Asked): Promise<string> =>
      (asked.manner === undefined ? plainly(asked) : oddly(asked, asked.manner)).catch(failureOf),
    close: () => agent.close(),
  };
}

const manners: Record<Manner, (socket: Socket, asked: Asked, host: string) => Promise<unknown>> = {
  async slowly(socket, asked, host) {
    const { body } = asked;
    socket.write(headOf(asked, host));
    const pieceLength = Math.ceil(body.length / piecesCount);
    for (let start = 0; start < body.length; start += pieceLength) {
      await after(pauseMs);
      socket.write(body.slice(start, start + pieceLength));
    }
  },
  async leaving(socket, asked, host) {
    await new Promise((sent) => socket.write(headOf(asked, host) + asked.body, sent));
  },
  async garbage(socket, { body }) {
    await new Promise((sent) => socket.write(body, sent));
  },
};

function headOf({ method, path, headers, body }: Asked, host: string): string {
  const all = { host, ...headers, 'content-length': body.length, connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Of an answer after which the connection was closed. */
function outcomeOfText(bytes: Buffer): string {
  const headEnd = bytes.indexOf('\r\n\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(bytes.toString('latin1')) ?? [];
  if (headEnd < 0 || status === undefined) return 'no answer: no HTTP';
  return outcomeOf(Number(status), undefined, bytes.subarray(headEnd + 4));
}

/** Every second time an answer is asked for again, it is by the tag it had. */
function createEtags() {
  const kept = new Map<string, string>();
  return {
    of(path: string): string | undefined {
      const etag = kept.get(path);
      kept.delete(path);
      return etag;
    },
    remember(path: string, etag: unknown): void {
      if (typeof etag !== 'string') return;
      const [oldest] = kept.keys();
      if (kept.size >= rememberedMax && oldest !== undefined) kept.delete(oldest);
      kept.set(path, etag);
    },
  };
}
