import {
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';

export interface SpanQueueOptions {
  readonly exporter: SpanExporter;
  /** Spans that may wait for it. */
  readonly waitingMax: number;
  /** Spans that are handed to it at once. */
  readonly batchMax: number;
  /** A span found no place. */
  readonly onLost: () => void;
}

/** Hands spans on in batches. The SDK would drop those that find no place without telling anybody. */
export function createSpanQueue(options: SpanQueueOptions): SpanProcessor {
  const { exporter, waitingMax, batchMax, onLost } = options;
  let waiting = 0;
  const batches = new BatchSpanProcessor({
    exporter: {
      export: (spans, done) => {
        waiting -= spans.length;
        exporter.export(spans, done);
      },
      shutdown: () => exporter.shutdown(),
    },
    maxQueueSize: waitingMax,
    maxExportBatchSize: batchMax,
  });
  return {
    onStart: () => {},
    onEnd: (span) => {
      if (waiting >= waitingMax) return onLost();
      waiting += 1;
      batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
}
