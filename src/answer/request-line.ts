import { randomUUID } from 'node:crypto';
import { creditsOf, type Usage } from '../usage.ts';

/** The id a client gave its request, when that is harmless, otherwise a new one. */
export function requestIdFrom(given: string | null | undefined): string {
  return given && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

/** The name an operation was asked by, where it may be one: nobody has looked at it yet. */
export function operationNameFrom(given: unknown): string | undefined {
  return typeof given === 'string' && /^[_A-Za-z]\w{0,99}$/.test(given) ? given : undefined;
}

/** What is known of a request when it has been answered. */
export interface AnsweredRequest {
  readonly requestId: string;
  readonly caller: string | undefined;
  readonly method: string;
  readonly status: number;
  /** When it began, by `performance.now()`. */
  readonly startedAt: number;
  readonly operation: string | undefined;
  /** The id of its persisted document. */
  readonly document: string | undefined;
  readonly usage: Usage | undefined;
}

/** The line a log gets of a request: never a variable, a key or a body. */
export function requestLineOf({ startedAt, usage, ...request }: AnsweredRequest) {
  const { requestId, caller, method, status, operation, document } = request;
  return {
    ...{ requestId, caller, method, status },
    ms: Math.round((performance.now() - startedAt) * 10) / 10,
    ...{ operation, document },
    points: usage?.price?.points,
    creditsEstimated: usage?.price?.credits,
    creditsSpent: usage && creditsOf(usage),
    sources: usage && sourcesOf(usage),
  };
}

/** What each upstream that was read did for the operation. */
function sourcesOf({ sources }: Usage) {
  const used = [...sources].filter(([, { hits, misses }]) => hits + misses > 0);
  return Object.fromEntries(
    used.map(([name, { hits, misses, joins, stale, failed, calls }]) => [
      name,
      { hits, misses, joins, stale, failed, calls: Object.fromEntries(calls) },
    ]),
  );
}
