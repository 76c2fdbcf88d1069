import { chargedAlone } from '../rows/charge.ts';
import type { Demand } from '../rows/demand.ts';
import type { RowCounters } from '../rows/row-counts.ts';
import type { createRowReader } from '../rows/row-reader.ts';
import type { Upstream } from '../wire/upstream.ts';
import { createTokenMetricsClient, type TokenMetricsVersion, upstreamName } from './client.ts';
import { analystPath, type Endpoint, endpoints } from './endpoints.ts';
import type { LifetimeSettings } from './lifetimes.ts';
import { createListReader } from './lists.ts';
import { createTokenMetricsLoaders } from './loaders.ts';
import { type Read, requestsFor } from './plan.ts';
import { createTokenMetricsReaders } from './readers.ts';
import { createTokenMetricsReads } from './reads.ts';

export interface TokenMetricsOptions {
  readonly upstream: Upstream;
  readonly version: TokenMetricsVersion;
  readonly analystTimeoutMs: number;
  readonly reader: ReturnType<typeof createRowReader>;
  readonly counters: RowCounters;
  readonly lifetimes: LifetimeSettings;
  readonly now: () => number;
  readonly onDropped: (endpoint: string, reason: string, rows: number) => void;
}

/** Token Metrics, process-long: `loaders` makes the side of it that lives as long as an operation. */
export function createTokenMetrics(options: TokenMetricsOptions) {
  const { upstream, version, analystTimeoutMs, reader, counters, lifetimes, now, onDropped } =
    options;
  const client = createTokenMetricsClient({ upstream, version, analystTimeoutMs, now, onDropped });
  const lists = createListReader(now);
  /** How long lists were when they were last read whole. */
  const lengths = new Map<string, number>();
  const reads = createTokenMetricsReads({
    client,
    lists,
    now,
    onListed: (path, rows) => lengths.set(path, rows),
  });
  const readers = createTokenMetricsReaders({ reader, reads, lists, lifetimes, now });
  const known = new Map<string, Endpoint>(Object.entries(endpoints));
  const analyst = {
    upstream: upstreamName,
    endpoint: analystPath,
    counts: counters.of(analystPath),
  };

  return {
    loaders: createTokenMetricsLoaders({
      readers,
      ask: (question, demand: Demand) =>
        chargedAlone(analyst, demand, (scope) => client.ask(question, scope, demand.signal)),
    }),

    /** Requests a planned read needs at worst, each one credit. */
    requestsFor: (name: string, read: Read): number => {
      // Pictures and answers are one request each, whatever they are about.
      if (read.kind === 'pages' && !known.has(name)) return read.keys * read.span;
      const endpoint = known.get(name);
      if (endpoint === undefined) throw new Error(`unknown endpoint ${upstreamName} ${name}`);
      if (version === 'v3' && endpoint.isV2Only === true) return 0;
      return requestsFor(read, {
        lists: endpoint.reads !== 'index' && lists.acceptsLists(endpoint.path),
        rowsPerDay: endpoint.rowsPerDay,
        listed: lengths.get(endpoints.indices.path),
      });
    },
  };
}
