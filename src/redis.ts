import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenRedis } from './redis/client.ts';
import { openCluster } from './redis/cluster.ts';
import type { RedisLog } from './redis/outage.ts';
import type { RoundTrips } from './redis/round-trips.ts';
import { openServer } from './redis/server.ts';
import { parseRedisUrl } from './redis/url.ts';

export type RedisOptions = {
  /**
   * No caller ever waits longer than this for Redis. Left out where every caller has a deadline of its
   * own: the client's timers take a stall of this process for one of the server, and drop it.
   */
  readonly commandTimeoutMs?: number | undefined;
  readonly log: RedisLog;
  /** Counts what is asked. */
  readonly roundTrips?: RoundTrips | undefined;
};

export type RedisConnection = OpenRedis & {
  /** Never throws, and works on a connection that is down. */
  readonly close: () => Promise<void>;
};

const CONNECT_TIMEOUT_MS = 2_000;
const RETRY_DELAY_MAX_MS = 5_000;
/**
 * Where another server takes over from one that hangs, its connection is not waited for any longer. No
 * stall of this process should last as long.
 */
const SILENCE_MAX_MS = 2_000;

/** Connects to Redis so that nothing hangs while it is down, and comes back by itself. */
export function createRedis(url: string, options: RedisOptions): RedisConnection {
  const { commandTimeoutMs, log, roundTrips } = options;
  const target = parseRedisUrl(url);
  const silenceMs = commandTimeoutMs ?? (target.kind === 'single' ? undefined : SILENCE_MAX_MS);
  const settings = {
    log,
    timing: {
      // A server that hangs keeps its sockets open. Dropping ours makes it known to be down until
      // a new connection passes ioredis' ready check, which needs an answer.
      ...(commandTimeoutMs === undefined ? {} : { commandTimeout: commandTimeoutMs }),
      ...(silenceMs === undefined ? {} : { socketTimeout: silenceMs }),
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepAlive: 10_000,
      disableClientInfo: true,
    },
    retryDelayMs,
  };
  const { outage, ...open } =
    target.kind === 'cluster' ? openCluster(target, settings) : openServer(target, settings);

  return {
    ...open,
    client: Object.assign(open.client, { roundTrips }),
    close: async () => {
      outage.close();
      // QUIT lets replies on their way arrive; on a connection that is down it fails at once.
      const isQuit = open.client.quit().catch(() => {});
      // One that hangs and has no timers is not waited for.
      await Promise.race([isQuit, sleep(CONNECT_TIMEOUT_MS, undefined, { ref: false })]);
      open.client.disconnect();
    },
  };
}

/** Doubles up to the cap, the upper half at random, so that gateways do not return in step. */
function retryDelayMs(attempt: number): number {
  const delayMs = Math.min(100 * 2 ** Math.min(attempt - 1, 10), RETRY_DELAY_MAX_MS);
  return Math.round(delayMs / 2 + Math.random() * (delayMs / 2));
}
