import { setTimeout as sleep } from 'node:timers/promises';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { Pool } from 'undici';
import type { Log } from '../log.ts';

export interface ExporterOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** No batch is sent for longer, with all attempts. */
  readonly timeoutMs: number;
  /** From then on nothing is sent twice. */
  readonly draining: AbortSignal;
  /** Ends whatever is under way. */
  readonly ending: AbortSignal;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** So many spans were not taken. */
  readonly onLost: (spans: number) => void;
}

/** Why a batch was not taken. */
interface Failure {
  readonly status?: number;
  readonly err?: unknown;
  /** Whether it may be a moment later. */
  readonly isPassing: boolean;
}

const passing = new Set([429, 502, 503, 504]);
const firstWaitMs = 1000;

/**
 * Sends spans as JSON by OTLP over HTTP. Not by the exporter of the SDK, which cannot be told to end: a
 * collector that is gone would keep the process for as long as it retries.
 */
export function createExporter(options: ExporterOptions): SpanExporter {
  const { timeoutMs, draining, ending, log, onLost } = options;
  const { origin, pathname } = new URL(options.url);
  const pool = new Pool(origin, { connections: 1, connect: { timeout: timeoutMs } });
  const headers = { 'content-type': 'application/json', ...options.headers };
  const tell = createTeller(log);

  async function attempt(body: Uint8Array, signal: AbortSignal): Promise<Failure | undefined> {
    try {
      const { statusCode: status, body: said } = await pool.request({
        ...{ path: pathname, method: 'POST', headers, body, signal },
      });
      await said.dump();
      return status < 300 ? undefined : { status, isPassing: passing.has(status) };
    } catch (err) {
      return { err, isPassing: true };
    }
  }

  async function send(spans: ReadableSpan[]): Promise<Failure | undefined> {
    const body = JsonTraceSerializer.serializeRequest(spans);
    if (body === undefined) return { isPassing: false };
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), timeoutMs);
    const signal = AbortSignal.any([late.signal, ending]);
    const cut = AbortSignal.any([signal, draining]);
    try {
      for (let waitMs = firstWaitMs; ; waitMs *= 2) {
        const isLast = draining.aborted;
        const failure = await attempt(body, signal);
        if (failure?.isPassing !== true || isLast) return failure;
        await sleep(waitMs, undefined, { signal: cut }).catch(() => {});
        if (signal.aborted) return failure;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  const underWay = new Set<Promise<void>>();
  return {
    export(spans, done) {
      const sent = send(spans)
        .catch((err: unknown): Failure => ({ err, isPassing: false }))
        .then((failure) => {
          underWay.delete(sent);
          if (failure !== undefined) onLost(spans.length);
          tell(failure, spans.length);
          // Lost spans were told of: to who has made the batch, all is well.
          done({ code: 0 });
        });
      underWay.add(sent);
    },
    async shutdown() {
      await Promise.all(underWay);
      await pool.destroy();
    },
  };
}

/** One line when spans begin to be lost, and one when they no longer are. */
function createTeller(log: ExporterOptions['log']) {
  let lost = 0;
  return (failure: Failure | undefined, spans: number): void => {
    if (failure !== undefined) {
      const { isPassing: _isPassing, ...reason } = failure;
      if (lost === 0)
        log.warn(reason, 'the collector takes no traces: spans are lost until it does');
      lost += spans;
    } else if (lost > 0) {
      log.info({ lost }, 'the collector takes traces again');
      lost = 0;
    }
  };
}
