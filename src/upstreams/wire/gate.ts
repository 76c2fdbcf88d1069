import { type BreakerChange, type BreakerState, createBreakers } from './breakers.ts';
import type { Fail } from './errand.ts';
import type { Sent } from './outcomes.ts';
import { createPauses } from './pauses.ts';
import { createSlots, type SlotsOptions } from './slots.ts';
import { unlessAborted } from './waiting.ts';

export interface GateOptions extends SlotsOptions {
  readonly now: () => number;
  readonly breakerFailures: number;
  readonly breakerMs: number;
  readonly pauseMs: (nth: number) => number;
  readonly onBreaker: (change: BreakerChange) => void;
}

export interface UpstreamState {
  readonly breaker: BreakerState;
  /** Only while open. */
  readonly nextProbeSeconds?: number;
  /** Those that are not as they should be. */
  readonly endpoints: readonly EndpointState[];
  readonly running: number;
  readonly queued: number;
}

export interface EndpointState {
  readonly path: string;
  readonly breaker: BreakerState;
  readonly nextProbeSeconds?: number;
  readonly pausedSeconds: number;
}

/** One attempt that wants to be sent. */
export interface Attempt {
  readonly path: string;
  /** Ends the waiting; what has been sent is not its business. */
  readonly signal: AbortSignal;
  /** The deadline, on the clock of `now`. */
  readonly endsAtMs: number;
  readonly fail: Fail;
  /** Pays, right before `send`; when it rejects, nothing is sent. */
  readonly draw: () => void | Promise<void>;
  readonly giveBack: () => void;
  readonly send: () => Promise<Sent>;
}

/** What stands between an attempt and an upstream: breakers, pauses, a queue, and who pays. */
export function createGate(options: GateOptions) {
  const { now, breakerFailures, breakerMs, pauseMs, onBreaker } = options;
  const slots = createSlots(options);
  const pauses = createPauses({ now, pauseMs });
  const breakers = createBreakers({ failures: breakerFailures, breakerMs, onChange: onBreaker });

  function assertUnbroken({ path, fail, signal }: Attempt): void {
    signal.throwIfAborted();
    const seconds = breakers.refusalSeconds(path);
    if (seconds !== undefined) throw fail('unavailable', { retryAfterSeconds: seconds });
  }

  /** Sends, unless paying took so long that it may not be sent any more: then undefined. */
  async function depart(attempt: Attempt) {
    const call = pauses.begin(attempt.path);
    const done: { sent?: Sent; failure?: { readonly error: unknown } } = {};
    try {
      await breakers.run(attempt.path, async (isShut) => {
        try {
          await drawn(attempt);
          if (attempt.signal.aborted || isShut() || call.isOvertaken()) attempt.giveBack();
          else done.sent = await attempt.send();
        } catch (error) {
          // Thrown further in, it would pass for a success of a probe.
          done.failure = { error };
        }
        return done.sent?.outcome ?? 'unsent';
      });
    } finally {
      call.settle(done.sent?.outcome ?? 'unsent', done.sent?.waitSeconds);
    }
    if (done.failure !== undefined) throw done.failure.error;
    return done.sent;
  }

  return {
    pausedSeconds: pauses.secondsLeft,
    pausedUntilMs: pauses.untilMs,
    refusalSeconds: breakers.refusalSeconds,

    /** Sends when it may be sent; or fails, without having been sent. */
    async pass(attempt: Attempt): Promise<Sent> {
      const { path, signal, endsAtMs, fail } = attempt;
      for (;;) {
        assertUnbroken(attempt);
        if (!(await pauses.over(path, endsAtMs, signal))) {
          throw fail('rate-limited', { retryAfterSeconds: pauses.secondsLeft(path) });
        }
        if (!(await slots.take(signal))) throw fail('unavailable', { retryAfterSeconds: 1 });
        try {
          // Much may have happened in the queue.
          assertUnbroken(attempt);
          const sent = pauses.isOn(path) ? undefined : await depart(attempt);
          if (sent !== undefined) return sent;
        } finally {
          slots.leave();
        }
      }
    },

    state(): UpstreamState {
      const paths = new Set([...breakers.endpoints.keys(), ...pauses.paths()]);
      const endpoints = [...paths].map((path) => ({
        path,
        ...(breakers.endpoints.get(path)?.state() ?? { breaker: 'closed' as const }),
        pausedSeconds: pauses.secondsLeft(path),
      }));
      return {
        ...breakers.upstream.state(),
        endpoints: endpoints.filter(
          ({ breaker, pausedSeconds }) => breaker !== 'closed' || pausedSeconds > 0,
        ),
        running: slots.running,
        queued: slots.queued,
      };
    },
  };
}

/** Waits for the payment no longer than the attempt is waited for; what is paid later is given back. */
async function drawn({ draw, giveBack, signal }: Attempt) {
  const drawing = (async () => draw())();
  try {
    await unlessAborted(drawing, signal);
  } catch (error) {
    if (signal.aborted) drawing.then(giveBack, () => undefined);
    throw error;
  }
}
