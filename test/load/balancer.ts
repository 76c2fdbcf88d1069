import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool } from 'undici';
import { raise } from './tally.ts';

export type Balancer = Awaited<ReturnType<typeof startBalancer>>;

export interface BalancerOptions {
  /** How often each gateway is asked whether it is ready. */
  readonly checkMs: number;
}

interface Server {
  readonly origin: string;
  readonly pool: Pool;
  running: number;
  isUp: boolean;
  failedChecks: number;
}

/** As in `deploy/haproxy.cfg`. */
const fallsAfter = 2;
const triesMax = 3;
/** A gateway that is slow to say so is ready all the same. */
const checkTimeoutMs = 5000;

/** After so long it has surely noticed that a gateway is not ready: a check may just have begun. */
export const noticedAfterMs = ({ checkMs }: BalancerOptions) => (fallsAfter + 1) * checkMs;

const hopByHop = ['connection', 'keep-alive', 'transfer-encoding', 'te', 'upgrade', 'trailer'];

/**
 * Stands before gateways as `deploy/haproxy.cfg` has HAProxy do it: asks each whether it is ready, sends
 * requests to who has the fewest, and those that found nobody listening to another. A request that was
 * sent is not sent again.
 */
export async function startBalancer({ checkMs }: BalancerOptions) {
  const servers = new Map<string, Server>();
  const failures = new Map<string, number>();
  let redispatched = 0;

  async function check(server: Server): Promise<void> {
    const isReady = await fetch(`${server.origin}/health/ready`, {
      signal: AbortSignal.timeout(checkTimeoutMs),
      headers: { connection: 'close' },
    }).then(
      (response) => response.status === 200,
      () => false,
    );
    server.failedChecks = isReady ? 0 : server.failedChecks + 1;
    if (isReady) server.isUp = true;
    else if (server.failedChecks >= fallsAfter) server.isUp = false;
  }
  const checks = setInterval(() => void checkAll(), checkMs);
  const checkAll = () => Promise.all([...servers.values()].map(check));

  function next(tried: ReadonlySet<Server>): Server | undefined {
    const open = [...servers.values()].filter((server) => server.isUp && !tried.has(server));
    return open.sort((a, b) => a.running - b.running)[0];
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const left = new AbortController();
    response.once('close', () => left.abort());
    const tried = new Set<Server>();
    for (let tries = 0; tries < triesMax; tries += 1) {
      const server = next(tried);
      if (server === undefined) break;
      tried.add(server);
      server.running += 1;
      try {
        return await passTo(server, { request, body, response, signal: left.signal });
      } catch (error) {
        const { code = 'unknown', message }: Failure = Object(error);
        // Nobody listened: nothing was sent.
        if (code !== 'ECONNREFUSED') {
          if (!left.signal.aborted) raise(failures, `${code}: ${message}`);
          return fail(response, 502);
        }
        redispatched += 1;
      } finally {
        server.running -= 1;
      }
    }
    fail(response, 503);
  }

  const listener = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    origin: `http://127.0.0.1:${port}`,
    /** Requests that are under way at a gateway. */
    runningAt: (origin: string) => servers.get(origin)?.running ?? 0,
    /** Requests that went to another gateway, since nobody listened at the first. */
    redispatched: () => redispatched,
    /** Why requests were answered with 502. */
    failures: () => Object.fromEntries(failures),
    /** Gets requests once it says that it is ready. */
    async add(origin: string): Promise<void> {
      const pool = new Pool(origin, { connections: 200 });
      const server = { origin, pool, running: 0, isUp: false, failedChecks: 0 };
      servers.set(origin, server);
      while (!server.isUp) await check(server);
    },
    async remove(origin: string): Promise<void> {
      const server = servers.get(origin);
      servers.delete(origin);
      await server?.pool.destroy();
    },
    async close(): Promise<void> {
      clearInterval(checks);
      listener.closeAllConnections();
      listener.close();
      await Promise.all([...servers.values()].map(({ pool }) => pool.destroy()));
    },
  };
}

interface Passed {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

async function passTo({ pool }: Server, { request, body, response, signal }: Passed) {
  const answer = await pool.request({
    ...{ method: request.method ?? 'GET', path: request.url ?? '/', signal },
    headers: withoutHops(request.headers),
    body: body.length === 0 ? null : body,
  });
  response.writeHead(answer.statusCode, withoutHops(answer.headers));
  for await (const chunk of answer.body) response.write(chunk);
  response.end();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function withoutHops<Value>(headers: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)));
}

interface Failure {
  readonly code?: string;
  readonly message: string;
}

/** What had begun is cut: nobody is to take half of an answer for one. */
function fail(response: ServerResponse, status: 502 | 503): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'content-length': 0 }).end();
}
