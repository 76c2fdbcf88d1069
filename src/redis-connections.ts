import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { createRest } from './redis/rest.ts';
import { createRoundTrips } from './redis/round-trips.ts';
import { budgetDeadlineOf } from './upstreams/ledger/ledger.ts';

type Settings = Pick<Config, 'redis' | 'rows' | 'admin'>;

/** Connections to Redis, where there is one. */
export async function connectRedis({ redis: settings, rows, admin }: Settings, log: Log) {
  if (settings === undefined) return {};
  const { createRedis } = await import('./redis.ts');
  const { commandTimeoutMs } = settings;
  const url = settings.url.reveal();
  // Who could not be asked for counts need not count.
  const roundTrips = admin && createRoundTrips();
  // Rows, budgets and quotas wait for Redis by their own deadlines, so their connection has none.
  const untimed = createRedis(url, { log, roundTrips });
  return {
    roundTrips,
    redis: createRedis(url, { commandTimeoutMs, log, roundTrips }),
    untimedRedis: {
      ...untimed,
      // Who has waited in vain has done so for all; who waits for less would find it late again.
      rest: createRest({
        redis: untimed.client,
        deadlineMs: Math.min(commandTimeoutMs, budgetDeadlineOf(rows.redisDeadlineMs)),
        log,
      }),
    },
  };
}
