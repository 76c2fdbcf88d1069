import { Redis } from 'ioredis';
import { reasonOf } from './redis-reason.ts';

/** What this file needs of a logger. */
export type RedisLog = {
  readonly info: (object: object, message: string) => void;
  readonly error: (object: object, message: string) => void;
};

export type RedisOptions = {
  /**
   * No caller ever waits longer than this for Redis. Left out where every caller has a deadline of its
   * own: the client's timers take a stall of this process for one of the server, and drop it.
   */
  readonly commandTimeoutMs?: number | undefined;
  readonly log: RedisLog;
};

export type RedisConnection = {
  /** Rejects at once while Redis does not answer: every user brings an answer of its own. */
  readonly client: Redis;
  /** Settles when the first attempt to connect is over, good or bad; never rejects. */
  readonly ready: Promise<void>;
  /** Never throws, and works on a connection that is down. */
  readonly close: () => Promise<void>;
};

const CONNECT_TIMEOUT_MS = 2_000;
const RETRY_DELAY_MAX_MS = 5_000;

/** Connects to Redis so that nothing hangs while it is down, and comes back by itself. */
export function createRedis(url: string, { commandTimeoutMs, log }: RedisOptions): RedisConnection {
  const client = new Redis(url, {
    lazyConnect: true,
    // By default commands wait for a connection: with Redis down every request would.
    enableOfflineQueue: false,
    // A command that was sent may have been counted: it fails, and is not sent again.
    maxRetriesPerRequest: 0,
    // A server that hangs keeps its sockets open. Dropping ours makes it known to be down until
    // a new connection passes ioredis' ready check, which needs an answer.
    ...(commandTimeoutMs === undefined
      ? {}
      : { commandTimeout: commandTimeoutMs, socketTimeout: commandTimeoutMs }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: 10_000,
    disableClientInfo: true,
    retryStrategy: (attempt) => retryDelayMs(attempt, commandTimeoutMs ?? 0),
  });
  const watch = watchOutages(client, log);

  return {
    client,
    ready: client.connect().catch(() => {}),
    close: async () => {
      watch.end();
      // QUIT lets replies on their way arrive; on a connection that is down it fails at once.
      await client.quit().catch(() => {});
      client.disconnect();
    },
  };
}

/** Doubles up to the cap, the upper half at random, so that gateways do not return in step. */
function retryDelayMs(attempt: number, commandTimeoutMs: number): number {
  const delayMs = Math.min(100 * 2 ** Math.min(attempt - 1, 10), RETRY_DELAY_MAX_MS);
  const jitteredMs = delayMs / 2 + Math.random() * (delayMs / 2);
  // ioredis leaves the socket timer of a dead connection running: it must not end the next one.
  return Math.max(jitteredMs, commandTimeoutMs + 10);
}

/** One line when an outage begins and one when it ends, however often the connection is retried. */
function watchOutages(client: Redis, log: RedisLog): { readonly end: () => void } {
  const redis = `${client.options.host}:${client.options.port}`;
  let isDown = false;
  let isEnding = false;

  const onDown = (reason: string) => {
    if (isDown || isEnding) return;
    isDown = true;
    log.error({ redis, reason }, 'Redis does not answer; carrying on without it');
  };
  client.on('error', (error: Error) => onDown(reasonOf(error)));
  client.on('close', () => onDown('connection closed'));
  client.on('ready', () => {
    if (!isDown) return;
    isDown = false;
    log.info({ redis }, 'Redis answers again');
  });
  return {
    end: () => {
      isEnding = true;
    },
  };
}
