import { Registry } from 'prom-client';
import type { Quota } from '../callers/quota/quota.ts';
import type { RefusalCounts } from '../refusal-counts.ts';
import type { RequestCounts } from '../request-counts.ts';
import type { LostSpans, Tracing } from '../tracing/trace.ts';
import type { Upstreams } from '../upstreams/index.ts';
import { readVersion } from '../version.ts';
import { createDeclare, type Declare } from './declare.ts';
import { commandMetrics, redisMetrics, type RedisState, roundTripText } from './redis-metrics.ts';
import { durationText, refusalMetrics, requestMetrics } from './request-metrics.ts';
import { upstreamMetrics } from './upstream-metrics.ts';

/** What metrics are read off. */
export interface Measured extends RedisState {
  /** As load balancers are told it. */
  readonly readiness: () => string;
  readonly upstreams: Pick<Upstreams, 'status'>;
  readonly quota: Pick<Quota, 'size'>;
  readonly requests: Pick<RequestCounts, 'read'>;
  readonly refusals: Pick<RefusalCounts, 'read'>;
  readonly keptAnswers: () => KeptAnswersStatus;
  /** Lines of the log that found no room. */
  readonly lostLines: () => number;
  /** None where nothing is recorded. */
  readonly tracing: Pick<Tracing, 'lost'> | undefined;
}

const noLostSpans: LostSpans = { 'queue-full': 0, 'not-taken': 0 };

export interface KeptAnswersStatus {
  readonly entries: number;
  readonly bytes: number;
  readonly bytesMax: number;
}

/**
 * Every metric of the gateway. Labels are upstreams, paths of our endpoints, names in the operator's
 * manifests and words of ours: never what a stranger chooses, as callers and other operations do.
 */
export function createMetrics({ upstreams, quota, requests, ...measured }: Measured) {
  const { keptAnswers, lostLines } = measured;
  const registry = new Registry();
  const declare = createDeclare(registry);
  const declareOfUpstream = createDeclare(registry, 'upstream');
  const ofUpstream = upstreamMetrics(declareOfUpstream);
  const ofRedis = redisMetrics(declareOfUpstream, measured);
  const ofCommands = commandMetrics(declare);
  const ofRequests = requestMetrics(declare);
  const ofRefusals = refusalMetrics(declare);
  const ofKeptAnswers = keptAnswersMetrics(declare);
  const seen = declare.gauge(
    'callers_seen',
    'Callers this gateway remembers: the least recently seen are forgotten.',
  );
  const lost = declare.counter(
    'log_lines_lost',
    'Lines of the log that nobody took and that there was no room for.',
  );
  const lostSpans = declare.counter(
    'spans_lost',
    'Spans that found no place to wait in (queue-full), or that the collector did not take (not-taken).',
    'reason',
  );
  const ready = declare.gauge(
    'ready',
    '1 while it should be given requests, otherwise 0, as /health/ready says.',
  );
  const build = declare.gauge('build_info', '1, with the version of the gateway.', 'version');
  return {
    contentType: registry.contentType,
    /** Prometheus' text format, read off when it is asked for: no request pays for it. */
    async text(): Promise<string> {
      const [statuses, version] = await Promise.all([upstreams.status(), readVersion()]);
      // Nothing is awaited until all is written, so that no other reader sees half of it.
      registry.resetMetrics();
      for (const status of statuses) {
        ofUpstream(status);
        ofRedis.ofUpstream(status);
      }
      ofRedis.ofCallers();
      const trips = measured.roundTrips?.read();
      if (trips !== undefined) ofCommands(trips);
      const read = requests.read();
      ofRequests(read);
      ofRefusals(measured.refusals.read());
      ofKeptAnswers(keptAnswers());
      seen({}, quota.size());
      lost({}, lostLines());
      const spans = measured.tracing?.lost() ?? noLostSpans;
      for (const [reason, count] of Object.entries(spans)) lostSpans({ reason }, count);
      ready({}, measured.readiness() === 'ready' ? 1 : 0);
      build({ version }, 1);
      const durations = durationText(read) + (trips === undefined ? '' : roundTripText(trips));
      return `${await registry.metrics()}\n${durations}`;
    },
  };
}

function keptAnswersMetrics({ gauge }: Declare) {
  const entries = gauge('kept_answers_entries', 'Whole answers kept in memory.');
  const bytes = gauge('kept_answers_bytes', 'Bytes they take, about.');
  const bytesMax = gauge('kept_answers_bytes_max', 'Bytes they may take.');
  return (status: KeptAnswersStatus): void => {
    entries({}, status.entries);
    bytes({}, status.bytes);
    bytesMax({}, status.bytesMax);
  };
}
