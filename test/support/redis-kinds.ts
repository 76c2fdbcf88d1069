import { startRedis } from './redis.ts';
import { startRedisCluster } from './redis-cluster.ts';
import type { RedisProcess } from './redis-process.ts';
import { startRedisSentinel } from './redis-sentinel.ts';

/** What `REDIS_URL` may name, as a user has it. */
export interface TestRedisKind {
  readonly url: string;
  /** Without these nothing is connected to; those who ask them stay connected to the others. */
  readonly servers: readonly RedisProcess[];
  readonly stop: () => Promise<void>;
}

export const redisKinds: readonly (readonly [string, () => Promise<TestRedisKind>])[] = [
  ['one server', async () => withServers(await startRedis())],
  [
    'Sentinels',
    async () => {
      const redis = await startRedisSentinel();
      return { ...redis, servers: [...redis.sentinels, redis.master, redis.replica] };
    },
  ],
  [
    'a Cluster',
    async () => {
      const redis = await startRedisCluster();
      return { ...redis, servers: redis.masters.map(({ process }) => process) };
    },
  ],
];

const withServers = (server: RedisProcess): TestRedisKind => ({
  ...{ url: server.url, stop: server.stop },
  servers: [server],
});
