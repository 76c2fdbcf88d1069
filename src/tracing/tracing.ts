import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { list } from '../config-values.ts';
import type { Log } from '../log.ts';
import { createExporter } from './exporter.ts';
import { createLostSpans } from './lost-spans.ts';
import { recordRequest } from './recorder.ts';
import { createSampler } from './sampler.ts';
import { readPairs, type TracingSettings } from './settings.ts';
import { createSpanQueue } from './span-queue.ts';
import type { Tracing } from './trace.ts';
import { readTraceparent } from './traceparent.ts';

export interface TracingOptions extends TracingSettings {
  /** How long the process may take to end. */
  readonly graceMs: number;
  readonly log: Log;
}

/** Spans that wait for the collector; others are lost. */
const queueMax = 2048;
/** Few enough that to write them down keeps nobody waiting. */
const batchMax = 128;
/** Names are the longest texts there are, and clients choose them. */
const textLengthMax = 200;

/** Records requests, and sends what it has recorded to a collector in batches, behind their backs. */
export function createTracing(options: TracingOptions): Tracing {
  const { url, timeoutMs, resource, graceMs, log } = options;
  const draining = new AbortController();
  const ending = new AbortController();
  const headers = options.headers === undefined ? [] : list.parse(options.headers.reveal());
  const lost = createLostSpans({ log });
  const exporter = createExporter({
    onLost: lost.countRefused,
    ...{ url, timeoutMs, log, draining: draining.signal, ending: ending.signal },
    headers: Object.fromEntries(readPairs(headers) ?? []),
  });
  const processor = createSpanQueue({
    ...{ exporter, waitingMax: queueMax, batchMax },
    onLost: lost.countOverflow,
  });
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes(resource)),
    // Who comes here is recorded: that was decided before.
    sampler: new AlwaysOnSampler(),
    spanLimits: { attributeValueLengthLimit: textLengthMax },
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('assay');
  const isRecorded = createSampler(options);

  const drain = () => {
    if (draining.signal.aborted) return;
    draining.abort();
    setTimeout(() => ending.abort(), graceMs).unref();
    void processor.forceFlush();
  };

  return {
    begin: (request) => {
      const { traceparent } = request;
      const parent = traceparent === undefined ? undefined : readTraceparent(traceparent);
      if (isRecorded(parent)) return recordRequest(tracer, request, parent);
      return parent && { traceId: parent.traceId, span: undefined };
    },
    lost: lost.read,
    drain,
    close: async () => {
      drain();
      await provider.shutdown();
      ending.abort();
    },
  };
}
