import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Redis } from 'ioredis';
import { vi } from 'vitest';

import { type RedisProcess, serverArgs, startRedisProcess } from './redis-process.ts';

export type TestRedisSentinel = Awaited<ReturnType<typeof startRedisSentinel>>;

const MASTER = 'mymaster';
const PASSWORD = 'ma/ster@';
const SENTINEL_PASSWORD = 'sen/tinel@';
/** A master that is silent for so long is failed over. */
const DOWN_AFTER_MS = 1_000;
const PATIENCE = { timeout: 20_000, interval: 50 };

/** A master, its replica, and three Sentinels that watch them. */
export async function startRedisSentinel() {
  const clients: Redis[] = [];
  const connect = (port: number, password: string) => {
    const client = new Redis(port, '127.0.0.1', { password, retryStrategy: () => 50 });
    client.on('error', () => {});
    clients.push(client);
    return client;
  };
  const master = await startServer({});
  const replica = await startServer({ replicaof: `127.0.0.1 ${master.port}` });
  const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(master.port)));
  const asked = sentinels.map(({ port }) => connect(port, SENTINEL_PASSWORD));
  await vi.waitUntil(async () => {
    const states = await Promise.all(asked.map((sentinel) => stateOf(sentinel)));
    return states.every(
      (state) => state.get('num-slaves') === '1' && state.get('num-other-sentinels') === '2',
    );
  }, PATIENCE);

  const addresses = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const options = new URLSearchParams({ sentinel_password: SENTINEL_PASSWORD });
  return {
    url: `redis+sentinel://:${encodeURIComponent(PASSWORD)}@${addresses}/${MASTER}?${options}`,
    master,
    replica,
    sentinels,
    /** A connection to one server that nothing but the test uses. */
    connect: ({ port }: RedisProcess) => connect(port, PASSWORD),
    stop: async () => {
      for (const client of clients) client.disconnect();
      await Promise.all([...sentinels, replica, master].map((server) => server.stop()));
    },
  };
}

const startServer = (more: Readonly<Record<string, string>>) =>
  startRedisProcess({
    args: (port, folder) =>
      serverArgs(port, folder, {
        ...{ requirepass: PASSWORD, masterauth: PASSWORD, ...more },
        'repl-diskless-sync-delay': 0,
      }),
  });

/** It writes what it finds out into its configuration, which must be a file. */
const startSentinel = (masterPort: number) =>
  startRedisProcess({
    readyWords: '+monitor master',
    args: async (port, folder) => {
      const file = join(folder, 'sentinel.conf');
      const lines = [
        `port ${port}`,
        'bind 127.0.0.1',
        `dir ${folder}`,
        `requirepass ${SENTINEL_PASSWORD}`,
        `sentinel sentinel-pass ${SENTINEL_PASSWORD}`,
        `sentinel monitor ${MASTER} 127.0.0.1 ${masterPort} 2`,
        `sentinel auth-pass ${MASTER} ${PASSWORD}`,
        `sentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}`,
        `sentinel failover-timeout ${MASTER} 5000`,
      ];
      await writeFile(file, lines.join('\n'));
      return [file, '--sentinel'];
    },
  });

async function stateOf(sentinel: Redis): Promise<ReadonlyMap<string, string>> {
  const reply = await sentinel.call('SENTINEL', 'MASTER', MASTER);
  const words = Array.isArray(reply) ? reply.map(String) : [];
  return new Map(words.flatMap((name, at) => (at % 2 === 0 ? [[name, words[at + 1] ?? '']] : [])));
}
