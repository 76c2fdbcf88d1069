import { STATUS_CODES } from 'node:http';

import { refusal, refusals, rowsAnswer, tooManyRequests } from './answer.ts';
import type { Answer } from './answer.ts';
import { dayMs } from './data/day.ts';
import type { DataSet } from './data/data-set.ts';
import type { Endpoint, Row, Settings } from './endpoint.ts';
import type { Fault } from './faults.ts';
import type { Meter } from './meter.ts';
import { readQuery } from './query.ts';
import type { Query } from './query.ts';
import { narrowQuery, spoilRows } from './row-faults.ts';

/** What of a request decides about its answer. */
export interface Question {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly key: string | undefined;
  /** Empty when there is none. */
  readonly body: string;
}

interface ResponderParts {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly data: DataSet;
  readonly meter: Meter;
  readonly now: () => number;
  readonly spanDaysMax: number;
  readonly shuffleTies: boolean;
  readonly retryAfterSeconds: number | undefined;
  /** Names of endpoints that are answered as if they had never been. */
  readonly withdrawn: ReadonlySet<string>;
  readonly settings: Settings;
}

/** Questions to answers: the way of every request, whatever its path. */
export function createResponder(parts: ResponderParts) {
  let shuffles = 0;

  return (question: Question, fault: Fault): Answer => {
    const { method, path, query: values, key } = question;
    if (fault.status !== undefined) return failingAnswer(fault.status, fault);
    if (fault.noRows === true) return refusals.notFound;

    const plan = parts.meter.planOf(key);
    if (key === undefined || plan === undefined) return refusals.unknownKey;
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (plan.deniedEndpoints.includes(name)) return refusals.plan;
    // From here on a request costs its credit, also when the answer is 400 or 404.
    if (!parts.meter.spend(key)) return tooManyRequests(parts.retryAfterSeconds);

    const endpoint = parts.withdrawn.has(name) ? undefined : parts.endpoints.get(path);
    if (endpoint === undefined || !serves(endpoint, method)) return refusals.notFound;
    const query = readQuery(values, endpoint.parameters, parts.spanDaysMax);
    if (query === undefined) return refusals.badRequest;

    if (parts.shuffleTies) shuffles += 1;
    const world = {
      data: parts.data,
      nowMs: parts.now() - (fault.rowLagDays ?? 0) * dayMs,
      salt: shuffles,
      missing: new Set(fault.missingIds),
      settings: parts.settings,
    };
    if (endpoint.accepts?.(query, world) === false) return refusals.badRequest;
    if ('reply' in endpoint) return endpoint.reply(query, world, question.body);
    const rows = endpoint.rows(narrowQuery(query, fault), world);
    return rowsAnswer(spoilRows(pageOf(rows, query), fault));
  };
}

function serves(endpoint: Endpoint, method: string): boolean {
  if ('reply' in endpoint && endpoint.method !== undefined) return method === endpoint.method;
  return method === 'GET' || method === 'HEAD';
}

function pageOf(rows: Iterable<() => Row>, { numbers }: Query): readonly Row[] {
  const { limit, top_k: topK, page = 1 } = numbers;
  const size = limit ?? topK ?? 50;
  const built: Row[] = [];
  let skip = (page - 1) * size;
  for (const build of rows) {
    if (skip > 0) skip -= 1;
    else if (built.push(build()) === size) break;
  }
  return built;
}

function failingAnswer(status: number, { retryAfterSeconds }: Fault): Answer {
  return status === 429
    ? tooManyRequests(retryAfterSeconds)
    : refusal(status, STATUS_CODES[status] ?? 'Unknown', retryAfterSeconds);
}
