import { isWithin } from '../clock.ts';

/** How long a Redis that failed or was late is left alone. */
const restMs = 1_000;

/** The rest of one Redis, shared by all who ask it: one of them pays for finding out. */
export interface Rest {
  begin: () => void;
  end: () => void;
  isOn: () => boolean;
}

export function createRest(now: () => number, ms = restMs): Rest {
  let beganAtMs: number | undefined;
  return {
    begin: () => {
      beganAtMs = now();
    },
    end: () => {
      beganAtMs = undefined;
    },
    isOn: () => beganAtMs !== undefined && isWithin(beganAtMs, ms, now()),
  };
}
