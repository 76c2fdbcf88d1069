import { roundTripBoundsMs, type RoundTrips } from '../redis/round-trips.ts';
import type { Rest } from '../redis/rest.ts';
import type { Declare, Labels } from './declare.ts';
import { histogramText } from './histogram.ts';
import type { UpstreamStatus } from './upstream-metrics.ts';

export interface RedisState {
  /** The connection of what has no deadline of its own; none without Redis. */
  readonly redis: { readonly status: string } | undefined;
  /** Of what has one: rows, budgets and quotas. None without Redis. */
  readonly rest: Pick<Rest, 'isOn'> | undefined;
  /** None without Redis. */
  readonly roundTrips: Pick<RoundTrips, 'read'> | undefined;
}

/** `declare` gives all of them the label `upstream`, which what callers may do has not. */
export function redisMetrics({ gauge, counter }: Declare, { redis, rest }: RedisState) {
  const used = gauge('redis_used', '1 while Redis is asked, 0 while away; none without it.', 'use');
  const keys = counter(
    'shared_rows',
    'Keys that Redis had (hit), or another gateway fetched while they were waited for (received).',
    'outcome',
  );
  const failures = counter(
    'shared_rows_failures',
    'Questions about rows that Redis did not answer.',
    'reason',
  );
  const tell = (labels: Labels, isUsed: boolean) => used(labels, isUsed ? 1 : 0);

  return {
    ofUpstream: ({ upstream, budget, rows: { shared } }: UpstreamStatus): void => {
      if (budget.redis !== 'none') {
        tell({ upstream, use: 'budget' }, budget.redis === 'used');
      }
      if (shared === undefined) return;
      tell({ upstream, use: 'rows' }, shared.isUsed);
      keys({ upstream, outcome: 'hit' }, shared.hits);
      keys({ upstream, outcome: 'received' }, shared.received);
      failures({ upstream, reason: 'error' }, shared.errors);
      failures({ upstream, reason: 'timeout' }, shared.timeouts);
    },
    ofCallers: (): void => {
      if (redis === undefined) return;
      tell({ use: 'quotas' }, rest?.isOn() !== true);
      tell({ use: 'rate-limits' }, redis.status === 'ready');
    },
  };
}

type Counts = ReturnType<RoundTrips['read']>;

/** What came of the commands that Redis was sent. */
export function commandMetrics({ counter }: Declare) {
  const sent = counter(
    'redis_commands',
    'Commands for Redis: carried out (answered), not carried out (refused), or without an answer (lost).',
    ...['use', 'outcome'],
  );
  return (counts: Counts): void => {
    for (const [use, { commands }] of Object.entries(counts)) {
      for (const [outcome, count] of Object.entries(commands)) sent({ use, outcome }, count);
    }
  };
}

/** How long Redis was waited for. */
export function roundTripText(counts: Counts): string {
  return histogramText({
    name: 'assay_redis_round_trip_duration_seconds',
    help: 'What answers of Redis took; commands that went out together are one round trip.',
    boundsMs: roundTripBoundsMs,
    label: 'use',
    series: counts,
  });
}
