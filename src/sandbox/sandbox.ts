import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { isIPv6 } from 'node:net';

import { createDataSet } from './data/data-set.ts';
import { endpoints } from './endpoints/index.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { createHandler } from './handler.ts';
import { listen } from './listen.ts';
import { createMeter } from './meter.ts';
import { readPlans } from './plans.ts';
import type { Plan, PlanName } from './plans.ts';
import { createRequestLog } from './request-log.ts';
import type { SandboxRequest } from './request-log.ts';
import { createResponder } from './responder.ts';
import { createTimers } from './timers.ts';

/** How the sandbox is to behave. */
export interface SandboxOptions {
  /** Where to listen; only this machine by default. */
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Equal seeds give equal data. */
  readonly seed?: string;
  /** How many tokens there are; those of the table, about a hundred, are always there. */
  readonly tokens?: number;
  /** The clock, in milliseconds: rows reach up to its day. */
  readonly now?: () => number;
  /** The key with the unlimited plan; a new one by default. */
  readonly key?: string;
  /** Further keys and their plans. */
  readonly keys?: Readonly<Record<string, PlanName | Plan>>;
  /** The greatest accepted difference of startDate and endDate in days; Infinity accepts all. */
  readonly spanDaysMax?: number;
  /** Whether rows of the same date change places from request to request. */
  readonly shuffleTies?: boolean;
  /** Retry-After of a used-up plan; none by default. */
  readonly retryAfterSeconds?: number;
  /** Endpoints that answer 404 as if they had never been, e.g. trader-grades. */
  readonly withdrawn?: readonly string[];
  /** How many days back candles may be asked for: 30, as documented; Infinity for all history. */
  readonly candleDaysMax?: number;
  /** What price-prediction answers: scenarios, as since August 2025, or forecasts, as before. */
  readonly pricePrediction?: 'scenarios' | 'forecasts';
}

/** A running sandbox. */
export interface Sandbox {
  /** Without /v2 or /v3 and without a slash at its end. */
  readonly url: string;
  readonly key: string;
  /** The last 10,000 requests, oldest first. */
  readonly requests: readonly SandboxRequest[];
  clearRequests(): void;
  readonly faults: Faults;
  /** Credits that the key has spent in the current month. */
  creditsOf(key: string): number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** Starts a server that speaks the vendor's REST API over invented data. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', port = 0, seed = 'assay', now = Date.now } = options;
  const { key = `tm-${randomUUID()}` } = options;
  const log = createRequestLog();
  const faults = createFaults();
  const timers = createTimers();
  const meter = createMeter(readPlans({ [key]: 'unlimited', ...options.keys }), now);
  const respond = createResponder({
    endpoints,
    data: createDataSet(seed, options.tokens),
    meter,
    now,
    spanDaysMax: options.spanDaysMax ?? 29,
    shuffleTies: options.shuffleTies ?? false,
    retryAfterSeconds: options.retryAfterSeconds,
    withdrawn: new Set(options.withdrawn),
    settings: {
      candleDaysMax: options.candleDaysMax ?? 30,
      pricePrediction: options.pricePrediction ?? 'scenarios',
    },
  });

  const handler = createHandler({
    respond,
    takeFault: (path) => faults.take(path),
    meter,
    log: (request) => log.add(request),
    timers,
    now,
  });

  const server = createServer(handler);
  const listeningPort = await listen(server, { host, port });
  return {
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${listeningPort}`,
    key,
    requests: log.requests,
    clearRequests: () => log.clear(),
    faults: { set: (...set) => faults.set(...set), clear: () => faults.clear() },
    creditsOf: (of) => meter.spent(of),
    close: () =>
      new Promise((resolve) => {
        timers.stop();
        // Closed already is closed: the only error there can be.
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
