import type { Config } from './config.ts';
import type { Log } from './log.ts';

/** Connections to Redis, where there is one. */
export async function connectRedis(settings: Config['redis'], log: Log) {
  if (settings === undefined) return {};
  const { createRedis } = await import('./redis.ts');
  const url = settings.url.reveal();
  return {
    redis: createRedis(url, { commandTimeoutMs: settings.commandTimeoutMs, log }),
    // Rows, budgets and quotas wait for Redis by their own deadlines, so their connection has none.
    untimedRedis: createRedis(url, { log }),
  };
}
