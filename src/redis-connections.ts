import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { createRoundTrips } from './redis/round-trips.ts';

type Settings = Pick<Config, 'redis' | 'admin'>;

/** Connections to Redis, where there is one. */
export async function connectRedis({ redis: settings, admin }: Settings, log: Log) {
  if (settings === undefined) return {};
  const { createRedis } = await import('./redis.ts');
  const url = settings.url.reveal();
  // Who could not be asked for counts need not count.
  const roundTrips = admin && createRoundTrips();
  return {
    roundTrips,
    redis: createRedis(url, { commandTimeoutMs: settings.commandTimeoutMs, log, roundTrips }),
    // Rows, budgets and quotas wait for Redis by their own deadlines, so their connection has none.
    untimedRedis: createRedis(url, { log, roundTrips }),
  };
}
