import {
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhenResult,
  type IBackoff,
  type IHalfOpenAfterBackoffContext,
} from 'cockatiel';
import { steadyNow } from '../../clock.ts';
import type { Outcome } from './outcomes.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerChange {
  /** The path of the endpoint; undefined when it is about the whole upstream. */
  readonly endpoint: string | undefined;
  readonly breaker: 'open' | 'closed';
}

export interface BreakersOptions {
  /** Failures in a row that open a breaker. */
  readonly failures: number;
  /** From the opening to the probe, and from a probe that failed to the next. */
  readonly breakerMs: number;
  readonly onChange: (change: BreakerChange) => void;
}

/** Whether something has been decided meanwhile that forbids to send. */
type IsShut = () => boolean;
type Work = (isShut: IsShut) => Promise<Outcome>;

const upstreamPasses: ReadonlySet<unknown> = new Set(['answered', 'failing', 'limited']);
const endpointPasses: ReadonlySet<unknown> = new Set(['answered', 'limited']);
/** Neither for nor against. A probe that was answered 429 was answered, though. */
const uncountedOutcomes: ReadonlySet<Outcome> = new Set(['limited', 'unknown', 'unsent']);

/** One breaker for the upstream, one for each endpoint. */
export function createBreakers({ failures, breakerMs, onChange }: BreakersOptions) {
  const breakerOf = (endpoint: string | undefined, passes: ReadonlySet<unknown>) =>
    createBreaker({
      failures,
      breakerMs,
      isFailure: (outcome) => !passes.has(outcome),
      onChange: (breaker) => onChange({ endpoint, breaker }),
    });
  const upstream = breakerOf(undefined, upstreamPasses);
  const endpoints = new Map<string, Breaker>();
  const at = (path: string) => {
    const breaker = endpoints.get(path) ?? breakerOf(path, endpointPasses);
    endpoints.set(path, breaker);
    return breaker;
  };

  return {
    upstream,
    endpoints,
    /** Seconds until the endpoint may be tried; undefined when it may be tried now. */
    refusalSeconds: (path: string) => upstream.refusalSeconds() ?? at(path).refusalSeconds(),
    /** One attempt, when both may be tried now. */
    async run(path: string, work: Work): Promise<void> {
      await upstream.run(async (isUpstreamShut) => {
        let outcome: Outcome = 'unsent';
        await at(path).run(async (isShut) => {
          outcome = await work(() => isUpstreamShut() || isShut());
          return outcome;
        });
        return outcome;
      });
    },
  };
}

interface BreakerOptions {
  readonly failures: number;
  readonly breakerMs: number;
  readonly isFailure: (outcome: unknown) => boolean;
  readonly onChange: (breaker: 'open' | 'closed') => void;
}

export type Breaker = ReturnType<typeof createBreaker>;

/** For cockatiel, every value of a closed breaker counts; only an error it does not know does not. */
const uncounted = new Error('counts neither as success nor as failure');

function createBreaker({ failures, breakerMs, isFailure, onChange }: BreakerOptions) {
  let nextProbeAtMs = 0;
  let isOpen = false;
  const openFor = ({
    result,
  }: IHalfOpenAfterBackoffContext): IBackoff<IHalfOpenAfterBackoffContext> => {
    // A probe that was never sent is left to the next caller.
    const isUnsent = 'value' in result && result.value === 'unsent';
    nextProbeAtMs = isUnsent ? 0 : steadyNow() + breakerMs;
    // cockatiel would go by the time of day, which may be set back: who is refused is said here.
    return { duration: -Infinity, next: openFor };
  };
  const policy = circuitBreaker(handleWhenResult(isFailure), {
    halfOpenAfter: { next: openFor },
    breaker: new ConsecutiveBreaker(failures),
  });
  policy.onStateChange((state) => {
    const isOpenNow = state !== CircuitState.Closed;
    if (isOpenNow !== isOpen) onChange(isOpenNow ? 'open' : 'closed');
    isOpen = isOpenNow;
  });
  const secondsToProbe = () => Math.max(0, Math.ceil((nextProbeAtMs - steadyNow()) / 1000));

  return {
    state(): { readonly breaker: BreakerState; readonly nextProbeSeconds?: number } {
      if (policy.state === CircuitState.Closed) return { breaker: 'closed' };
      if (policy.state === CircuitState.HalfOpen) return { breaker: 'half-open' };
      return { breaker: 'open', nextProbeSeconds: secondsToProbe() };
    },

    refusalSeconds(): number | undefined {
      if (policy.state === CircuitState.Closed) return undefined;
      // cockatiel would let them wait for the probe; how long that takes nobody knows.
      if (policy.state === CircuitState.HalfOpen) return 1;
      return secondsToProbe() || undefined;
    },

    async run(work: Work): Promise<void> {
      const isProbe = policy.state !== CircuitState.Closed;
      const isShut = () => !isProbe && policy.state !== CircuitState.Closed;
      try {
        await policy.execute(async () => {
          const outcome = await work(isShut);
          // Nor does what was sent before it opened say anything about the time after.
          if (isShut() || (!isProbe && uncountedOutcomes.has(outcome))) throw uncounted;
          return outcome;
        });
      } catch (error) {
        if (error !== uncounted) throw error;
      }
    },
  };
}
