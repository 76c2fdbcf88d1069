import type { Step } from '../upstreams/ledger/brown-out.ts';
import type { Upstreams } from '../upstreams/index.ts';
import type { Declare } from './declare.ts';

export type UpstreamStatus = Awaited<ReturnType<Upstreams['status']>>[number];
type Write = (status: UpstreamStatus) => void;

/** What an upstream is asked, what that costs and what is kept of it; all have the label `upstream`. */
export function upstreamMetrics(declare: Declare): Write {
  const writes = [
    budgetMetrics(declare),
    stateMetrics(declare),
    rowMetrics(declare),
    memoryMetrics(declare),
  ];
  return (status) => writes.forEach((write) => write(status));
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
