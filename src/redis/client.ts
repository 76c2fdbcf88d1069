import type { Cluster, Redis, RedisOptions } from 'ioredis';
import type { Outage, RedisLog } from './outage.ts';
import type { CountingRedis } from './round-trips.ts';

/** A server, the master that Sentinels name, or a Cluster. */
export type RedisClient = (Redis | Cluster) & CountingRedis;

/** What all connections of a client have in common. */
export interface RedisSettings {
  readonly timing: Pick<
    RedisOptions,
    'commandTimeout' | 'socketTimeout' | 'connectTimeout' | 'keepAlive' | 'disableClientInfo'
  >;
  readonly retryDelayMs: (attempt: number) => number;
  readonly log: RedisLog;
}

export interface OpenRedis {
  /** Rejects at once while Redis does not answer: every user brings an answer of its own. */
  readonly client: RedisClient;
  /** Hosts and ports, for people. */
  readonly place: string;
  /** Settles when the first attempt to connect is over, good or bad; never rejects. */
  readonly ready: Promise<void>;
}

export interface WatchedRedis extends OpenRedis {
  readonly outage: Outage;
}

/**
 * Settles after the first attempt. The promise of the client may not: it goes on where no Sentinel
 * answers, and is forgotten where a Cluster is not complete.
 */
export function connectOnce(client: RedisClient): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['ready', 'error', 'close', 'end']) client.once(event, () => resolve());
    client.connect().catch(() => {});
  });
}

export function placeOf(addresses: readonly { host?: string; port?: number }[]): string {
  return addresses.map(({ host, port }) => `${host}:${port}`).join(',');
}
