import { createHash } from 'node:crypto';
import type { Log } from '../log.ts';
import type { RedisClient } from '../redis/client.ts';
import type { Tally } from '../usage.ts';
import { createLedger } from './ledger/ledger.ts';
import type { SpendingQuery } from './ledger/spending.ts';
import type { Rest } from '../redis/rest.ts';
import { OperationDemand, type OperationScope } from './operation-demand.ts';
import { createPool } from './wire/pool.ts';
import { exponentialBackoff } from './wire/retry.ts';
import { createMemoryRows } from './rows/memory-rows.ts';
import { createRowCounters } from './rows/row-counts.ts';
import { createRowReader } from './rows/row-reader.ts';
import { createSharedRows } from './rows/shared-rows.ts';
import { type TokenMetricsVersion, upstreamName } from './tokenmetrics/client.ts';
import type { LifetimeSettings } from './tokenmetrics/lifetimes.ts';
import type { Read } from './tokenmetrics/plan.ts';
import { createTokenMetrics } from './tokenmetrics/tokenmetrics.ts';
import { createUpstream } from './wire/upstream.ts';

export interface UpstreamsOptions {
  readonly tokenMetrics: {
    readonly baseUrl: string;
    /** Where the data really comes from, when that is neither the URL's nor the key's to tell. */
    readonly origin?: string;
    readonly apiKey: string;
    readonly version: TokenMetricsVersion;
    readonly analystTimeoutMs: number;
    readonly timeoutMs: number;
    readonly retries: number;
    readonly backoffMs: number;
    readonly connections: number;
    readonly queueMax: number;
    readonly breakerFailures: number;
    readonly breakerMs: number;
    readonly creditsPerMinute: number | undefined;
    readonly creditsPerMonth: number | undefined;
    readonly lifetimes: LifetimeSettings;
  };
  readonly rows: { readonly bytesMax: number; readonly windowMs: number };
  /** Shares rows, flights and budgets with the other gateways that use it. */
  readonly redis:
    | {
        readonly client: RedisClient;
        readonly deadlineMs: number;
        /** Shared with whoever else asks by the same connection. */
        readonly rest: Rest;
      }
    | undefined;
  readonly log: Log;
  readonly now: () => number;
  /** From 0 to 1; spreads retries and the ends of lifetimes. */
  readonly random?: () => number;
}

/** A read of an operation's plan, as the graph's fields declare it. */
export interface PlannedRead extends Read {
  readonly upstream: string;
  readonly endpoint: string;
}

export type Loaders = ReturnType<Upstreams['open']>['loaders'];
export type Upstreams = ReturnType<typeof createUpstreams>;

/** Every upstream, process-long; `open` makes the side of them that lives as long as an operation. */
export function createUpstreams(options: UpstreamsOptions) {
  const { tokenMetrics, rows, redis, log, now, random = Math.random } = options;
  const { baseUrl, connections, timeoutMs } = tokenMetrics;
  const pool = createPool({ baseUrl, connections, timeoutMs });
  // Rows are those of a place and a generation of the API, credits those of an account.
  const { origin = `${tokenMetrics.version} ${baseUrl}`, apiKey } = tokenMetrics;
  const account = tokenMetrics.origin ?? apiKey;
  const ledger = createLedger({
    rest: redis?.rest,
    upstream: upstreamName,
    account: shortHash(account),
    perMinute: tokenMetrics.creditsPerMinute,
    perMonth: tokenMetrics.creditsPerMonth,
    redis: redis?.client,
    deadlineMs: redis?.deadlineMs,
    log,
    now,
  });
  const memory = createMemoryRows({ bytesMax: rows.bytesMax });
  const shared =
    redis &&
    createSharedRows({
      heldMaxMs: Math.max(60_000, 2 * timeoutMs),
      redis: redis.client,
      deadlineMs: redis.deadlineMs,
      rest: redis.rest,
      log,
      now,
    });
  const counters = createRowCounters();
  const upstream = createUpstream({
    ...tokenMetrics,
    name: upstreamName,
    dispatcher: pool,
    headers: { 'x-api-key': tokenMetrics.apiKey, accept: 'application/json' },
    backoffMs: exponentialBackoff(tokenMetrics.backoffMs, random),
    concurrency: connections,
    onBreaker: (change) => log.warn({ upstream: upstreamName, ...change }, 'breaker'),
  });
  const provider = createTokenMetrics({
    ...tokenMetrics,
    upstream,
    counters,
    reader: createRowReader({
      upstream: upstreamName,
      origin: shortHash(origin),
      memory,
      shared,
      windowMs: rows.windowMs,
      patienceMs: timeoutMs,
      thrift: () => ledger.step(),
      counters,
      onBackgroundFault: (fault) => {
        log.error({ err: fault }, 'gateway failed');
      },
      now,
      random,
    }),
    now,
    onDropped: (endpoint, reason, count) => {
      log.warn({ endpoint, reason, rows: count }, 'rows dropped');
    },
  });
  let closing: Promise<void> | undefined;

  return {
    /** The loaders of one operation, and what it uses; `close` when it has been answered. */
    open: (scope: OperationScope) => {
      const demand = new OperationDemand(scope, (spender) => ledger.open(spender), upstreamName);
      return {
        loaders: { tokenMetrics: provider.loaders(demand) },
        sources: new Map<string, Tally>([[upstreamName, demand.tally]]),
        close: (): void => demand.close(),
      };
    },

    /** Requests a planned read needs at worst, each one credit. */
    requestsFor: ({ upstream: name, endpoint, ...read }: PlannedRead): number => {
      if (name !== upstreamName) throw new Error(`unknown upstream ${name}`);
      return provider.requestsFor(endpoint, read);
    },

    /** How each upstream is, for an operator. */
    async status() {
      await ledger.refresh();
      return [
        {
          upstream: upstreamName,
          state: upstream.state(),
          budget: ledger.status(),
          endpoints: Object.fromEntries(counters.all()),
          rows: { memory: memory.status(), shared: shared?.status() },
        },
      ];
    },
    /** Who has spent what, by day. */
    spending: (query: SpendingQuery) => ledger.spending(query),

    /** Forgets the rows in memory, and with them all that was made of them. */
    forget: (): void => memory.clear(),

    /** Ends when the last request has: its deadline sees to that. Closed twice is closed. */
    close: () => (closing ??= closeAll()),
  };

  async function closeAll(): Promise<void> {
    // What is known is told first: a question to the analyst may take longer than we are given.
    await ledger.close();
    await pool.close();
    await shared?.close();
    await ledger.close();
  }
}

const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);
