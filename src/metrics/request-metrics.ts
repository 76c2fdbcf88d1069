import type { RefusalCounts } from '../refusal-counts.ts';
import {
  countedStatuses,
  durationBoundsMs,
  operationsMax,
  type RequestCounts,
} from '../request-counts.ts';
import type { Declare } from './declare.ts';
import { histogramText } from './histogram.ts';

type Read = ReturnType<RequestCounts['read']>;

/** What requests came to; writes all that is not a histogram. */
export function requestMetrics(declare: Declare) {
  const writes = [statusMetrics(declare), errorMetrics(declare), operationMetrics(declare)];
  return (read: Read): void => writes.forEach((write) => write(read));
}

function statusMetrics({ counter }: Declare) {
  const requests = counter(
    'requests',
    'Requests answered, but for probes of health and what was no HTTP request.',
    ...['method', 'status'],
  );
  return ({ statuses }: Read): void => {
    for (const [method, counts] of Object.entries(statuses)) {
      let others = counts.reduce((sum, count) => sum + count);
      for (const status of countedStatuses) {
        const count = counts[status] ?? 0;
        others -= count;
        requests({ method, status: String(status) }, count);
      }
      requests({ method, status: 'other' }, others);
    }
  };
}

function errorMetrics({ counter }: Declare) {
  const told = counter('errors', 'Errors in answers, by their public code.', 'code');
  const refused = counter(
    'quota_refusals',
    "Operations refused because a caller's plan had too little of this left.",
    'meter',
  );
  return ({ errors, refusals }: Read): void => {
    for (const [code, count] of errors) told({ code }, count);
    for (const [meter, count] of Object.entries(refusals)) refused({ meter }, count);
  };
}

function operationMetrics({ counter }: Declare) {
  const which = `By names in manifests, ${operationsMax} of them; all else is "other".`;
  const answers = counter('operations', `Operations answered. ${which}`, 'operation');
  const seconds = counter('operation_seconds', `What they took. ${which}`, 'operation');
  const points = counter('points', `Points they were priced at. ${which}`, 'operation');
  const estimated = counter(
    'credits_estimated',
    `Credits they were estimated at. ${which}`,
    'operation',
  );
  const spent = counter(
    'credits_spent',
    `Credits they had borne when they were answered. ${which}`,
    'operation',
  );
  return ({ operations }: Read): void => {
    for (const [operation, counts] of operations) {
      answers({ operation }, counts.answers);
      seconds({ operation }, counts.seconds);
      points({ operation }, counts.points);
      estimated({ operation }, counts.creditsEstimated);
      spent({ operation }, counts.creditsSpent);
    }
  };
}

/** Who was refused before there was a request to count. */
export function refusalMetrics({ counter }: Declare) {
  const refused = counter(
    'http_refusals',
    'Connections and requests refused before they were requests.',
    'reason',
  );
  return (counts: ReturnType<RefusalCounts['read']>): void => {
    for (const [reason, count] of counts) refused({ reason }, count);
  };
}

/** How long requests took. */
export function durationText({ durations }: Read): string {
  return histogramText({
    name: 'assay_request_duration_seconds',
    help: 'What requests took: answers given again (kept), operations that ran (executed), all else (other).',
    boundsMs: durationBoundsMs,
    label: 'answer',
    series: durations,
  });
}
