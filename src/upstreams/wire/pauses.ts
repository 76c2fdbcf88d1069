import type { Outcome } from './outcomes.ts';
import { sleep, unlessAborted } from './waiting.ts';

export interface PausesOptions {
  readonly now: () => number;
  /** How long the nth pause in a row is, in milliseconds, when the upstream does not say. */
  readonly pauseMs: (nth: number) => number;
}

interface Pause {
  /** Of how many the last is; tells a 429 of before it from one of after it. */
  number: number;
  /** Of how many in a row. */
  streak: number;
  untilMs: number;
  /** Whether a call has come through since it ended. */
  isLifted: boolean;
  /** The call that finds out, alone. */
  trial: Promise<void> | undefined;
}

/** Endpoints that asked us to slow down: all of their calls wait, and the first one after goes alone. */
export function createPauses({ now, pauseMs }: PausesOptions) {
  const pauses = new Map<string, Pause>();
  const at = (path: string): Pause => {
    const none = { number: 0, streak: 0, untilMs: 0, isLifted: true, trial: undefined };
    const pause = pauses.get(path) ?? none;
    pauses.set(path, pause);
    return pause;
  };
  const msLeft = ({ isLifted, untilMs }: Pause) => (isLifted ? 0 : Math.max(0, untilMs - now()));

  return {
    paths: () => pauses.keys(),
    secondsLeft: (path: string): number => Math.ceil(msLeft(at(path)) / 1000),
    untilMs: (path: string): number => now() + msLeft(at(path)),
    isOn: (path: string): boolean => msLeft(at(path)) > 0 || at(path).trial !== undefined,

    /** True when the endpoint may be called; false, at once, when that will be too late. */
    async over(path: string, endsAtMs: number, signal: AbortSignal): Promise<boolean> {
      const pause = at(path);
      for (;;) {
        const ms = msLeft(pause);
        if (ms > 0 && now() + ms >= endsAtMs) return false;
        if (ms > 0) await sleep(ms, signal);
        else if (pause.trial !== undefined) await unlessAborted(pause.trial, signal);
        else return true;
      }
    },

    /** A call of an endpoint that is not paused now. */
    begin(path: string) {
      const pause = at(path);
      const { number } = pause;
      const isTrial = !pause.isLifted;
      let end = () => {};
      if (isTrial) pause.trial = new Promise((resolve) => (end = resolve));

      return {
        /** Whether the endpoint was paused after the call began. */
        isOvertaken: () => pause.number !== number,
        settle(outcome: Outcome, waitSeconds: number | undefined): void {
          if (outcome === 'limited') limit(pause, number, waitSeconds);
          else if (pause.number === number && outcome !== 'unsent' && outcome !== 'unknown') {
            pause.isLifted = true;
            if (outcome === 'answered') pause.streak = 0;
          }
          if (isTrial) pause.trial = undefined;
          end();
        },
      };
    },
  };

  function limit(pause: Pause, number: number, waitSeconds: number | undefined): void {
    // The others of those that were in flight together say the same again: it may be later, not more.
    if (pause.number !== number) {
      const untilMs = waitSeconds === undefined ? 0 : now() + waitSeconds * 1000;
      pause.untilMs = Math.max(pause.untilMs, untilMs);
      return;
    }
    pause.number += 1;
    pause.streak += 1;
    pause.untilMs =
      now() + (waitSeconds === undefined ? pauseMs(pause.streak) : waitSeconds * 1000);
    pause.isLifted = false;
  }
}
