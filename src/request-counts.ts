import type { RequestDocument } from './documents/request-document.ts';
import { codes } from './errors.ts';
import { creditsOf, type Usage } from './usage.ts';

/** How a request came to its answer: given again, by running an operation, or without either. */
export type AnswerKind = 'kept' | 'executed' | 'other';

/** What is counted of a request that was answered. */
export interface CountedRequest {
  readonly method: string;
  readonly status: number;
  /** Undefined where nothing is to be counted: probes of health are nobody's requests. */
  readonly answer: AnswerKind | undefined;
  /** The persisted document it named. */
  readonly document: RequestDocument | undefined;
  readonly usage: Usage | undefined;
  readonly errors: readonly CountedError[];
}

export interface CountedError {
  readonly extensions: Readonly<Record<string, unknown>>;
}

export interface Durations {
  /** How many took so long, by the bounds; the last are beyond all of them. */
  readonly buckets: Float64Array;
  seconds: number;
}

export interface OperationCounts {
  answers: number;
  seconds: number;
  points: number;
  creditsEstimated: number;
  creditsSpent: number;
}

export type RequestCounts = ReturnType<typeof createRequestCounts>;

/** What the gateway answers with; each other status is counted as `other`. */
export const countedStatuses: readonly number[] = [
  ...[200, 204, 304, 400, 401, 403, 404, 405, 406, 408, 413, 415, 429, 431, 500, 502, 503, 504],
];

export const durationBoundsMs: readonly number[] = [
  ...[0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000],
];

/** Operations beyond so many are counted as `other`, with those of documents in no manifest. */
export const operationsMax = 200;

const statusesMax = 600;

/**
 * Numbers that requests raise and whoever asks for metrics reads off: tens of thousands come in a second.
 * What they are counted by is ours or the operator's, never what a stranger chooses.
 */
export function createRequestCounts() {
  const statuses = {
    GET: new Float64Array(statusesMax),
    POST: new Float64Array(statusesMax),
    other: new Float64Array(statusesMax),
  };
  const durations = { kept: noDurations(), executed: noDurations(), other: noDurations() };
  const errors = new Map([...Object.keys(codes), 'other'].map((code) => [code, 0]));
  const refusals = { requests: 0, points: 0, credits: 0 };
  const others = noOperations();
  const operations = new Map([['other', others]]);

  /** Who writes a manifest chooses the names in it. */
  function operationOf(document: RequestDocument | undefined, usage: Usage): OperationCounts {
    if (document?.source !== 'trusted') return others;
    const name = usage.operation ?? document.name ?? 'other';
    const known = operations.get(name);
    if (known !== undefined) return known;
    if (operations.size > operationsMax) return others;
    const made = noOperations();
    operations.set(name, made);
    return made;
  }

  function countError({ extensions: { code, quota } }: CountedError): void {
    const name = typeof code === 'string' && errors.has(code) ? code : 'other';
    errors.set(name, (errors.get(name) ?? 0) + 1);
    if (quota === 'requests' || quota === 'points' || quota === 'credits') refusals[quota] += 1;
  }

  return {
    count: ({ method, status, answer, document, usage, errors }: CountedRequest, ms: number) => {
      if (answer === undefined) return;
      const ofMethod =
        method === 'POST' ? statuses.POST : method === 'GET' ? statuses.GET : statuses.other;
      ofMethod[status] = (ofMethod[status] ?? 0) + 1;
      const ofAnswer = durations[answer];
      const at = bucketOf(ms);
      ofAnswer.buckets[at] = (ofAnswer.buckets[at] ?? 0) + 1;
      ofAnswer.seconds += ms / 1000;
      for (const error of errors) countError(error);
      if (answer === 'other' || usage?.price === undefined) return;
      const operation = operationOf(document, usage);
      operation.answers += 1;
      operation.seconds += ms / 1000;
      operation.points += usage.price.points;
      operation.creditsEstimated += usage.price.credits;
      // What is given again spends nothing.
      if (answer === 'executed') operation.creditsSpent += creditsOf(usage);
    },
    read: () => ({ statuses, durations, errors, refusals, operations }),
  };
}

/** Most requests are in the first. */
function bucketOf(ms: number): number {
  let at = 0;
  while (ms > (durationBoundsMs[at] ?? Infinity)) at += 1;
  return at;
}

function noDurations(): Durations {
  return { buckets: new Float64Array(durationBoundsMs.length + 1), seconds: 0 };
}

function noOperations(): OperationCounts {
  return { answers: 0, seconds: 0, points: 0, creditsEstimated: 0, creditsSpent: 0 };
}
