import type { Dispatcher } from 'undici';
import { steadyNow } from '../../clock.ts';
import type { Span } from '../../tracing/trace.ts';
import type { BreakerChange } from './breakers.ts';
import { type Errand, waited, within } from './errand.ts';
import type { UpstreamError } from '../errors.ts';
import { createGate, type UpstreamState } from './gate.ts';
import type { Sent, UpstreamAnswer } from './outcomes.ts';
import { recorded, type Traced } from './recorded-request.ts';
import { exponentialBackoff, retriedStatuses } from './retry.ts';
import { createTransport, type WireRequest } from './transport.ts';
import { sleep } from './waiting.ts';

export type { BreakerChange, UpstreamAnswer, UpstreamState };

export interface UpstreamOptions {
  readonly name: string;
  /** Speaks to the upstream's origin; a Pool in production, a MockAgent's in tests. */
  readonly dispatcher: Dispatcher;
  /** Scheme, host and path prefix, without a trailing slash: `https://api.example.com/v2`. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** One deadline over all attempts of a request and all of its waiting, in milliseconds. */
  readonly timeoutMs: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** Wait before retry n (from 1), in milliseconds, when the upstream names none. */
  readonly backoffMs: (retry: number) => number;
  /** Requests at once: no more than the dispatcher's connections, or they would queue there unseen. */
  readonly concurrency: number;
  /** Requests that may wait for those. */
  readonly queueMax?: number;
  /** Failures in a row that open a breaker. */
  readonly breakerFailures?: number;
  /** How long an open breaker waits for its next probe. */
  readonly breakerMs?: number;
  /** The first pause of an endpoint that answers 429 without Retry-After; it doubles up to a minute. */
  readonly pauseMs?: number;
  /** Told once when a breaker opens and once when it closes; must not throw. */
  readonly onBreaker?: (change: BreakerChange) => void;
  readonly random?: () => number;
  /** A clock that moves as timers do. */
  readonly now?: () => number;
}

interface Charged {
  /**
   * Called and awaited right before a request leaves the process: that is what the upstream charges
   * for. When it rejects, the request is not sent and fails with that.
   */
  readonly onAttempt: () => void | Promise<void>;
  /** Called when a request that `onAttempt` was called for has surely never reached the upstream. */
  readonly onUnsent?: () => void;
  /** What it is a part of, where that is recorded: of who waits for it, first come first. */
  readonly spans?: readonly Span[];
}

export interface UpstreamRequest extends Charged {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /**
   * Aborts when nobody waits for the answer any more: nothing is sent from then on. What has been
   * sent is paid for, and is read to its end.
   */
  readonly signal?: AbortSignal | undefined;
}

export interface UpstreamPost extends Charged {
  readonly path: string;
  readonly body: unknown;
  /** Aborts the request wherever it is. */
  readonly signal: AbortSignal;
  /** Its own deadline, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Upstream {
  /** GET → status and JSON, within one deadline, retrying what may pass by itself. */
  get(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** POST of JSON → status and JSON, within one deadline. Sent once: it may have been acted on. */
  post(request: UpstreamPost): Promise<UpstreamAnswer>;
}

export interface GuardedUpstream extends Upstream {
  /** How it is, for an operator. */
  state(): UpstreamState;
}

const pauseMsMax = 60_000;

/** One attempt as it goes on the wire; `signal` ends it even then. */
type Wire = Pick<WireRequest, 'method' | 'path' | 'body' | 'signal'>;

export function createUpstream(options: UpstreamOptions): GuardedUpstream {
  const { name, retries, backoffMs, random = Math.random, now = steadyNow } = options;
  // Dates of HTTP are by the time of day.
  const send = createTransport({ ...options, now: options.now ?? Date.now });
  const gate = createGate({
    concurrency: options.concurrency,
    queueMax: options.queueMax ?? 256,
    breakerFailures: options.breakerFailures ?? 5,
    breakerMs: options.breakerMs ?? 10_000,
    pauseMs: exponentialBackoff(options.pauseMs ?? 1000, random, pauseMsMax),
    onBreaker: options.onBreaker ?? (() => undefined),
    now,
  });

  function attempt(
    errand: Errand<(UpstreamRequest | UpstreamPost) & Traced>,
    wire: Wire,
  ): Promise<Sent> {
    const { request, timeoutMs, deadline, endsAtMs, signal, fail } = errand;
    const giveBack = () => request.onUnsent?.();
    return gate.pass({
      path: request.path,
      signal,
      endsAtMs,
      fail,
      draw: request.onAttempt,
      giveBack,
      send: () => {
        // What had to wait for most of its time and then runs out of it says little of the upstream.
        const isFair = endsAtMs - now() >= timeoutMs / 2;
        const { traceparent, tracestate } = request;
        const trace = { traceparent, tracestate };
        return send({ ...wire, ...trace, deadline, isFair, onUnsent: giveBack });
      },
    });
  }

  function errorOf(sent: Sent, { request, fail }: Errand<UpstreamRequest>): UpstreamError {
    const { answer, failure, outcome, waitSeconds } = sent;
    const retryAfterSeconds =
      outcome === 'limited'
        ? gate.pausedSeconds(request.path)
        : (waitSeconds ?? gate.refusalSeconds(request.path));
    return failure === undefined
      ? fail(retriedStatuses[answer.status] ?? 'unavailable', {
          status: answer.status,
          retryAfterSeconds,
        })
      : fail(failure.kind, { cause: failure.cause, retryAfterSeconds });
  }

  async function get(errand: Errand<UpstreamRequest>): Promise<UpstreamAnswer> {
    const { request, deadline, signal, isAbandoned, endsAtMs, fail } = errand;
    const query = new URLSearchParams(request.query).toString();
    const wire: Wire = {
      method: 'GET',
      path: `${request.path}${query === '' ? '' : `?${query}`}`,
      // Sent is paid for: a caller that has gone does not end it.
      signal: deadline,
    };
    let last: UpstreamError | undefined;
    for (let retry = 1; ; retry += 1) {
      const sent = await waited(errand, attempt(errand, wire), last);
      const { answer, outcome, waitSeconds } = sent;
      if (answer !== undefined && retriedStatuses[answer.status] === undefined) return answer;
      last = errorOf(sent, errand);
      if (isAbandoned()) throw fail('cancelled', { cause: last });
      if (deadline.aborted || last.kind === 'bad-data') throw last;

      const delayMs = waitSeconds === undefined ? backoffMs(retry) : waitSeconds * 1000;
      const againAtMs = outcome === 'limited' ? gate.pausedUntilMs(request.path) : now() + delayMs;
      // A retry that could only start after the deadline would spend a caller's time for nothing.
      const isTooLate = againAtMs >= endsAtMs || gate.refusalSeconds(request.path) !== undefined;
      if (retry > retries || isTooLate) throw last;
      // The gate itself waits for the end of a pause.
      if (outcome !== 'limited') {
        await waited(errand, sleep(delayMs, signal), last);
      }
    }
  }

  async function post(errand: Errand<UpstreamPost>): Promise<UpstreamAnswer> {
    const { request, signal, fail } = errand;
    const body = JSON.stringify(request.body);
    const sending = attempt(errand, { method: 'POST', path: request.path, body, signal });
    const { answer, failure } = await waited(errand, sending);
    if (failure !== undefined) throw fail(failure.kind, { cause: failure.cause });
    return answer;
  }

  const base = new URL(options.baseUrl);
  return {
    get: (asked) =>
      recorded(asked, { upstream: name, method: 'GET', base }, (request) =>
        within({ upstream: name, request, timeoutMs: options.timeoutMs, now }, get),
      ),
    post: (asked) =>
      recorded(asked, { upstream: name, method: 'POST', base }, (request) =>
        within({ upstream: name, request, timeoutMs: request.timeoutMs, now }, post),
      ),
    state: () => gate.state(),
  };
}
