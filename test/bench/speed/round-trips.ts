import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../../support/redis.ts';
import { ensureSystemPackages, redisPackage } from '../../support/system-package.ts';
import { dataOf } from './asking.ts';
import { counted, verdict } from './columns.ts';
import type { Prepared } from './course.ts';
import { startGateway } from './gateway.ts';
import { type Kind, listDocument, requestOf } from './workload.ts';

/** How often a request waits for Redis when it comes alone: nothing is shared with others then. */

const requests = 300;
const callers = 50;

interface Case {
  readonly name: string;
  readonly kind: Kind;
  readonly env: Readonly<Record<string, string>>;
  readonly atMost: number;
}

const cases: readonly Case[] = [
  { name: 'hot persisted GET', kind: 'get', env: {}, atMost: 1 },
  { name: 'hot persisted POST', kind: 'persisted', env: {}, atMost: 1 },
  { name: 'executed', kind: 'persisted', env: { ANSWERS_MEMORY_MB: '0' }, atMost: 2 },
];

export async function roundTrips({ folder, ids }: Prepared, say: (progress: string) => void) {
  const [program] = ensureSystemPackages([redisPackage]);
  const redis = await startRedis(program);
  const rows = [['Redis for each request', 'round trips', 'bytes sent', 'bound', 'verdict']];
  try {
    for (const { name, kind, env, atMost } of cases) {
      say(`Redis: ${name}`);
      const counter = await startCounter(redis.url);
      const gateway = await startGateway({
        env: { ...folder.env, ...env, REDIS_URL: counter.url },
      });
      const request = requestOf(kind, listDocument, ids);
      const askAll = async () => {
        for (let index = 0; index < requests; index += 1) {
          await dataOf(gateway.origin, request, folder.keys[index % callers] ?? '');
        }
      };
      try {
        await askAll();
        const startedAt = performance.now();
        const busy = await counter.during(askAll);
        // What it says when nobody asks is not for a request.
        const idle = await counter.during(() => sleep(performance.now() - startedAt));
        const trips = (busy.trips - idle.trips) / requests;
        const bytes = (busy.bytes - idle.bytes) / requests;
        const bound = `≤ ${atMost}`;
        rows.push([name, trips.toFixed(2), counted(bytes), bound, verdict(trips <= atMost)]);
      } finally {
        await gateway.close();
        await counter.close();
      }
    }
    return rows;
  } finally {
    await redis.stop();
  }
}

/** Stands before a Redis and counts how often somebody speaks who had been answered before. */
async function startCounter(url: string) {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let [trips, bytes] = [0, 0];
  const server = createServer((client) => {
    const behind = connect(Number(port), hostname);
    let isAwaited = false;
    for (const socket of [client, behind]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        behind.destroy();
      });
    }
    client.on('data', (sent) => {
      bytes += sent.length;
      if (!isAwaited) trips += 1;
      isAwaited = true;
      behind.write(sent);
    });
    behind.on('data', (reply) => {
      isAwaited = false;
      client.write(reply);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    async during(work: () => Promise<unknown>) {
      const before = { trips, bytes };
      await work();
      return { trips: trips - before.trips, bytes: bytes - before.bytes };
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
