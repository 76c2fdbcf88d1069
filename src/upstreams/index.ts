import { Pool } from 'undici';
import { exponentialBackoff } from './retry.ts';
import {
  createTokenMetricsClient,
  type ReadScope,
  type TokenMetricsVersion,
  upstreamName,
} from './tokenmetrics/client.ts';
import { type Endpoint, endpoints } from './tokenmetrics/endpoints.ts';
import { createListReader } from './tokenmetrics/lists.ts';
import { createTokenMetricsLoaders } from './tokenmetrics/loaders.ts';
import { type Read, requestsFor } from './tokenmetrics/plan.ts';
import { createTokenMetricsReads } from './tokenmetrics/reads.ts';
import { createUpstream } from './upstream.ts';

export interface UpstreamsOptions {
  readonly tokenMetrics: {
    readonly baseUrl: string;
    readonly apiKey: string;
    readonly version: TokenMetricsVersion;
    readonly analystTimeoutMs: number;
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
  /** How long lists were when they were last read whole. */
  const lengths = new Map<string, number>();
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
      version: tokenMetrics.version,
      analystTimeoutMs: tokenMetrics.analystTimeoutMs,
      now,
      onDropped,
    }),
    lists,
    now,
    onListed: (path, rows) => lengths.set(path, rows),
  });

  const known = new Map<string, Endpoint>(Object.entries(endpoints));

  let closing: Promise<void> | undefined;

  return {
    loaders: (scope: ReadScope) => ({
      tokenMetrics: createTokenMetricsLoaders(reads, withLastingSignal(scope)),
    }),
    /** Requests a planned read needs at worst, each one credit. */
    requestsFor: (read: PlannedRead): number => {
      // Pictures and answers are one request each, whatever they are about.
      if (read.kind === 'pages' && !known.has(read.endpoint)) return read.keys * read.span;
      const endpoint = known.get(read.endpoint);
      if (endpoint === undefined || read.upstream !== upstreamName) {
        throw new Error(`unknown endpoint ${read.upstream} ${read.endpoint}`);
      }
      if (tokenMetrics.version === 'v3' && endpoint.isV2Only === true) return 0;
      return requestsFor(read, {
        lists: endpoint.reads !== 'index' && lists.acceptsLists(endpoint.path),
        rowsPerDay: endpoint.rowsPerDay,
        listed: lengths.get(endpoints.indices.path),
      });
    },
    /** Ends when the last request has: its deadline sees to that. Closed twice is closed. */
    close: () => (closing ??= pool.close()),
  };
}

/**
 * A server may lend a stand-in for a signal, which fires but does not say `aborted` to who asks later:
 * one native signal is made of it for all reads of an operation, and only if there are any.
 */
function withLastingSignal(scope: ReadScope): ReadScope {
  let signal: AbortSignal | undefined;
  return {
    ...scope,
    get signal() {
      return (signal ??= AbortSignal.any([scope.signal]));
    },
  };
}
