import { Pool } from 'undici';
import { type ReadScope, createTokenMetricsClient, upstreamName } from './tokenmetrics/client.ts';
import { endpoints } from './tokenmetrics/endpoints.ts';
import { createListReader } from './tokenmetrics/lists.ts';
import { createTokenMetricsLoaders } from './tokenmetrics/loaders.ts';
import { type Read, requestsFor } from './tokenmetrics/plan.ts';
import { createTokenMetricsReads } from './tokenmetrics/reads.ts';
import { createUpstream, exponentialBackoff } from './upstream.ts';

export interface UpstreamsOptions {
  readonly tokenMetrics: {
    readonly baseUrl: string;
    readonly apiKey: string;
    readonly timeoutMs: number;
    readonly retries: number;
    readonly backoffMs: number;
    readonly connections: number;
  };
  readonly now: () => number;
  readonly onDropped: (endpoint: string, reason: string, rows: number) => void;
}

/** A read of an operation's plan, as the graph's fields declare it. */
export interface PlannedRead extends Read {
  readonly upstream: string;
  readonly endpoint: string;
}

export type Loaders = ReturnType<Upstreams['loaders']>;
export type Upstreams = ReturnType<typeof createUpstreams>;

/** The largest answer worth parsing: a page of the fattest rows is a tenth of it. */
const answerBytesMax = 16 * 1024 * 1024;
const keepAliveMs = 30_000;

/** Every upstream, process-long; `loaders` makes the request-long side of them. */
export function createUpstreams({ tokenMetrics, now, onDropped }: UpstreamsOptions) {
  const pool = new Pool(new URL(tokenMetrics.baseUrl).origin, {
    connections: tokenMetrics.connections,
    keepAliveTimeout: keepAliveMs,
    maxResponseSize: answerBytesMax,
  });
  const lists = createListReader(now);
  const reads = createTokenMetricsReads({
    client: createTokenMetricsClient({
      upstream: createUpstream({
        name: upstreamName,
        dispatcher: pool,
        baseUrl: tokenMetrics.baseUrl,
        headers: { 'x-api-key': tokenMetrics.apiKey, accept: 'application/json' },
        timeoutMs: tokenMetrics.timeoutMs,
        retries: tokenMetrics.retries,
        backoffMs: exponentialBackoff(tokenMetrics.backoffMs, Math.random),
      }),
      now,
      onDropped,
    }),
    lists,
    now,
  });

  const paths = new Map(
    Object.entries(endpoints).map(([name, { path }]) => [`${upstreamName} ${name}`, path]),
  );

  return {
    loaders: (scope: ReadScope) => ({ tokenMetrics: createTokenMetricsLoaders(reads, scope) }),
    /** Requests a planned read needs at worst, each one credit. */
    requestsFor: (read: PlannedRead): number => {
      const path = paths.get(`${read.upstream} ${read.endpoint}`);
      if (path === undefined) throw new Error(`unknown endpoint ${read.upstream} ${read.endpoint}`);
      return requestsFor(read, { lists: lists.acceptsLists(path) });
    },
    close: () => pool.close(),
  };
}
