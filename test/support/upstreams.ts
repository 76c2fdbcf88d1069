import type { Log } from '../../src/log.ts';
import { createLog } from '../../src/log.ts';
import {
  createUpstreams,
  type Upstreams,
  type UpstreamsOptions,
} from '../../src/upstreams/index.ts';
import { callsOf, type Tally } from '../../src/usage.ts';

export interface TestUpstreamsOptions extends Partial<Omit<UpstreamsOptions, 'tokenMetrics'>> {
  readonly tokenMetrics: Partial<UpstreamsOptions['tokenMetrics']> & {
    readonly baseUrl: string;
    readonly apiKey: string;
  };
  /** Told of records that were dropped: endpoint, reason and how many. */
  readonly onDropped?: (line: string) => void;
}

/** Upstreams without a gateway in front. They keep nothing, and what expires expires on time. */
export function startUpstreams({ tokenMetrics, onDropped, ...options }: TestUpstreamsOptions) {
  return createUpstreams({
    tokenMetrics: {
      version: 'v2',
      analystTimeoutMs: 5000,
      timeoutMs: 5000,
      retries: 2,
      backoffMs: 1,
      connections: 4,
      queueMax: 256,
      breakerFailures: 5,
      breakerMs: 10_000,
      creditsPerMinute: undefined,
      creditsPerMonth: undefined,
      lifetimes: new Map(),
      ...tokenMetrics,
    },
    rows: { bytesMax: 0, windowMs: 2 },
    redis: undefined,
    log: onDropped === undefined ? createLog({ level: 'silent' }) : droppedLog(onDropped),
    now: Date.now,
    random: () => 0,
    ...options,
  });
}

/** One operation: its loaders, and what it has used so far. */
export function openOperation(upstreams: Upstreams, signal = new AbortController().signal) {
  const { loaders, sources } = upstreams.open({
    signal: () => signal,
    maxStaleMs: () => Infinity,
    spender: { caller: 'test', priority: 'normal', operation: () => 'Test' },
    estimate: () => 0,
  });
  const tally: Tally | undefined = sources.get('tokenMetrics');
  if (tally === undefined) throw new Error('expected Token Metrics among the upstreams');
  return { loaders: loaders.tokenMetrics, tally, calls: () => callsOf(tally) };
}

function droppedLog(onDropped: (line: string) => void): Log {
  const log = createLog({ level: 'silent' });
  log.warn = (object: unknown, message?: string) => {
    const { endpoint, reason, rows } = Object(object);
    if (message === 'rows dropped') onDropped([endpoint, reason, rows].join(' '));
  };
  return log;
}
