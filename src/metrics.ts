import { Counter, Gauge, Registry } from 'prom-client';
import type { Quota } from './callers/quota/quota.ts';
import type { Step } from './upstreams/ledger/brown-out.ts';
import type { Upstreams } from './upstreams/index.ts';

type UpstreamStatus = Awaited<ReturnType<Upstreams['status']>>[number];
type Tell = (labels: Readonly<Record<string, string>>, value: number) => void;
type Write = (status: UpstreamStatus) => void;
type Declare = ReturnType<typeof createDeclare>;

/**
 * Every metric there is. Labels are upstreams, paths of our endpoints, and words of this file: never
 * what a stranger chooses, as callers and operations do.
 */
export function createMetrics({ status }: Pick<Upstreams, 'status'>, quota: Pick<Quota, 'size'>) {
  const registry = new Registry();
  const declare = createDeclare(registry);
  const writes = [
    budgetMetrics(declare),
    stateMetrics(declare),
    rowMetrics(declare),
    memoryMetrics(declare),
    redisMetrics(declare),
  ];
  const seen = new Gauge({
    name: 'assay_callers_seen',
    help: 'Callers this gateway remembers: the least recently seen are forgotten.',
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    /** Prometheus' text format, read off when it is asked for: no request pays for it. */
    async text(): Promise<string> {
      const statuses = await status();
      // Nothing is awaited until all is written, so that no other reader sees half of it.
      registry.resetMetrics();
      for (const write of writes) statuses.forEach(write);
      seen.set(quota.size());
      return registry.metrics();
    },
  };
}

function createDeclare(registry: Registry) {
  const registers = [registry];
  return {
    gauge: (name: string, help: string, ...labels: string[]): Tell => {
      const labelNames = ['upstream', ...labels];
      const gauge = new Gauge({ name: `assay_${name}`, help, labelNames, registers });
      return (values, value) => gauge.set(values, value);
    },
    counter: (name: string, help: string, ...labels: string[]): Tell => {
      const labelNames = ['upstream', ...labels];
      const counter = new Counter({ name: `assay_${name}_total`, help, labelNames, registers });
      // Credits are given back, but a counter that falls would pass for one that started anew.
      const reached = new Map<string, number>();
      return (values, total) => {
        const series = JSON.stringify(values);
        const value = Math.max(total, reached.get(series) ?? 0);
        reached.set(series, value);
        counter.inc(values, value);
      };
    },
  };
}

const stepNumbers: Readonly<Record<Step, number>> = {
  none: 0,
  'longer-lifetimes': 1,
  'stale-first': 2,
  'low-priority-refused': 3,
  'all-refused': 4,
};
const stepWords = Object.entries(stepNumbers).map(([step, number]) => `${number} ${step}`);

function budgetMetrics({ gauge, counter }: Declare): Write {
  const ofAll = 'Of all gateways that share Redis.';
  const limit = gauge('budget_limit', 'Credits of a window; none without a limit.', 'window');
  const used = gauge('budget_used', `Credits used of a window. ${ofAll}`, 'window');
  const left = gauge('budget_left', `Credits left; none without a limit. ${ofAll}`, 'window');
  const brownOut = gauge('brown_out_step', `What is given up: ${stepWords.join(', ')}.`);
  const drawn = counter('credits_drawn', 'Credits of requests sent by this process.');
  const borne = counter('credits_borne', 'Credits that operations of this process have borne.');
  const reserved = gauge('credits_reserved', 'Credits reserved by operations of this process.');

  return ({ upstream, budget }) => {
    for (const window of ['minute', 'month'] as const) {
      const status = budget[window];
      const labels = { upstream, window };
      used(labels, status.used);
      if (status.limit !== null) limit(labels, status.limit);
      if (status.left !== null) left(labels, status.left);
    }
    brownOut({ upstream }, stepNumbers[budget.step]);
    drawn({ upstream }, budget.drawn);
    borne({ upstream }, budget.borne);
    reserved({ upstream }, budget.reserved);
  };
}

const breakerNumbers = { closed: 0, 'half-open': 1, open: 2 } as const;

function stateMetrics({ gauge }: Declare): Write {
  const breaker = gauge('breaker_state', "The upstream's breaker: 0 closed, 1 half-open, 2 open.");
  const broken = gauge('broken_endpoints', 'Endpoints whose own breaker is not closed.');
  const paused = gauge('paused_endpoints', 'Endpoints that asked us to slow down.');
  const running = gauge('upstream_requests_running', 'Requests under way.');
  const queued = gauge('upstream_requests_queued', 'Requests that wait for those.');

  return ({ upstream, state }) => {
    const { endpoints } = state;
    breaker({ upstream }, breakerNumbers[state.breaker]);
    broken({ upstream }, endpoints.filter((at) => at.breaker !== 'closed').length);
    paused({ upstream }, endpoints.filter((at) => at.pausedSeconds > 0).length);
    running({ upstream }, state.running);
    queued({ upstream }, state.queued);
  };
}

function rowMetrics({ counter }: Declare): Write {
  const requests = counter(
    'upstream_requests',
    'Requests sent, each one credit; counted when they have been answered.',
    'endpoint',
  );
  const keys = counter(
    'rows',
    'Keys asked for: hit and miss are all of them; join and failed are some of the misses, stale some of both.',
    ...['endpoint', 'outcome'],
  );

  return ({ upstream, endpoints }) => {
    for (const [endpoint, counts] of Object.entries(endpoints)) {
      requests({ upstream, endpoint }, counts.calls);
      keys({ upstream, endpoint, outcome: 'hit' }, counts.hits);
      keys({ upstream, endpoint, outcome: 'miss' }, counts.misses);
      keys({ upstream, endpoint, outcome: 'join' }, counts.joins);
      keys({ upstream, endpoint, outcome: 'stale' }, counts.stale);
      keys({ upstream, endpoint, outcome: 'failed' }, counts.failed);
    }
  };
}

function memoryMetrics({ gauge }: Declare): Write {
  const entries = gauge('memory_rows_entries', 'Keys kept in memory.');
  const bytes = gauge('memory_rows_bytes', 'Bytes they take, about.');
  const bytesMax = gauge('memory_rows_bytes_max', 'Bytes they may take.');

  return ({ upstream, rows: { memory } }) => {
    entries({ upstream }, memory.entries);
    bytes({ upstream }, memory.bytes);
    bytesMax({ upstream }, memory.bytesMax);
  };
}

function redisMetrics({ gauge, counter }: Declare): Write {
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

  return ({ upstream, budget, rows: { shared } }) => {
    if (budget.redis !== 'none') {
      used({ upstream, use: 'budget' }, budget.redis === 'used' ? 1 : 0);
    }
    if (shared === undefined) return;
    used({ upstream, use: 'rows' }, shared.isUsed ? 1 : 0);
    keys({ upstream, outcome: 'hit' }, shared.hits);
    keys({ upstream, outcome: 'received' }, shared.received);
    failures({ upstream, reason: 'error' }, shared.errors);
    failures({ upstream, reason: 'timeout' }, shared.timeouts);
  };
}
