import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** A walk over all connections each, which open files tell of as well; and what others tell of. */
const leftOut = [
  'active_handles',
  'active_handles_total',
  'active_requests',
  'active_requests_total',
  'active_resources',
  'active_resources_total',
  'heap_space_size_total_bytes',
  'heap_space_size_used_bytes',
  'heap_space_size_available_bytes',
  'eventloop_lag_min_seconds',
  'eventloop_lag_stddev_seconds',
];
const collections = ['major', 'minor', 'incremental', 'weakcb'];

let registry: Registry | undefined;

/** CPU, memory, event loop and collections: of the process, so there is one of them. */
export function processMetrics(): Registry {
  if (registry !== undefined) return registry;
  registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'assay_' });
  for (const name of leftOut) registry.removeSingleMetric(`assay_nodejs_${name}`);
  const durations = registry.getSingleMetric('assay_nodejs_gc_duration_seconds');
  if (durations instanceof Histogram) collections.forEach((kind) => durations.zero({ kind }));
  return registry;
}
