import { randomUUID } from 'node:crypto';
import { remembering } from '../remembering.ts';
import type { CountedRequest, RequestCounts } from '../request-counts.ts';
import { creditsOf, type Tally, type Usage } from '../usage.ts';

/** The id a client gave its request, when that is harmless, otherwise a new one. */
export function requestIdFrom(given: string | null | undefined): string {
  return given && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

/** The name an operation was asked by, where it may be one: nobody has looked at it yet. */
export function operationNameFrom(given: unknown): string | undefined {
  return typeof given === 'string' && /^[_A-Za-z]\w{0,99}$/.test(given) ? given : undefined;
}

/** What a request asked for, as its line tells it. */
export interface AskedOperation {
  readonly operation: string | undefined;
  /** The id of its persisted document. */
  readonly document: string | undefined;
  readonly usage: Usage | undefined;
}

/** What joins the lines about a request. */
export interface RequestIds {
  readonly requestId: string;
  readonly traceId: string | undefined;
}

/** What is known of a request when it has been answered. */
export interface AnsweredRequest extends RequestIds, CountedRequest {
  readonly caller: string | undefined;
  /** When it began, by `performance.now()`. */
  readonly startedAt: number;
}

/** Where lines go as they are; nothing where they are below the level that is logged. */
export interface LineLog {
  readonly isTold: () => boolean;
  readonly write: (line: string) => void;
}

export type RequestLog = ReturnType<typeof createRequestLog>;

/**
 * Counts each request and writes one line for it: never a variable, a key or a body. By hand, because it is
 * written more often than anything else; as the log writes its own.
 */
export function createRequestLog(log: LineLog, counts?: Pick<RequestCounts, 'count'>) {
  let toldAtMs = -1;
  let time = '';
  const timeOf = (nowMs: number) => {
    if (nowMs !== toldAtMs) time = new Date(nowMs).toISOString();
    toldAtMs = nowMs;
    return time;
  };

  return (request: AnsweredRequest, asked: string): void => {
    const isTold = log.isTold();
    if (!isTold && counts === undefined) return;
    const { requestId, traceId, caller, method, status, startedAt } = request;
    const tookMs = performance.now() - startedAt;
    counts?.count(request, tookMs);
    if (!isTold) return;
    const trace = traceId === undefined ? '' : `,"traceId":"${traceId}"`;
    const who = caller === undefined ? '' : `,"caller":${quoted(caller)}`;
    log.write(
      `{"level":30,"time":"${timeOf(Date.now())}","requestId":"${requestId}"${trace}${who},"method":"${method}","status":${status},"ms":${tenthsOf(tookMs)}${asked}`,
    );
  };
}

/** To a tenth. A number with a fraction takes much longer to write than two without. */
function tenthsOf(ms: number): string {
  const tenths = Math.round(ms * 10);
  const whole = Math.floor(tenths / 10);
  return tenths === whole * 10 ? `${whole}` : `${whole}.${tenths - whole * 10}`;
}

const quoted = remembering((text: string) => JSON.stringify(text));

/** The rest of a line: what was asked for, and what it took. */
export function askedLineOf({ operation, document, usage }: AskedOperation): string {
  let line = '';
  if (operation !== undefined) line += `,"operation":${quoted(operation)}`;
  if (document !== undefined) line += `,"document":${quoted(document)}`;
  if (usage === undefined) return `${line},"msg":"request"}\n`;
  const { price } = usage;
  if (price !== undefined) {
    line += `,"points":${price.points},"creditsEstimated":${price.credits}`;
  }
  let sources = '';
  for (const [name, tally] of usage.sources) {
    if (tally.hits + tally.misses > 0) sources += `${sources && ','}"${name}":${toldOf(tally)}`;
  }
  return `${line},"creditsSpent":${creditsOf(usage)},"sources":{${sources}},"msg":"request"}\n`;
}

/** What an upstream that was read did for the operation. */
function toldOf({ hits, misses, joins, stale, failed, calls }: Tally): string {
  const called = calls.size === 0 ? '{}' : JSON.stringify(Object.fromEntries(calls));
  return `{"hits":${hits},"misses":${misses},"joins":${joins},"stale":${stale},"failed":${failed},"calls":${called}}`;
}
