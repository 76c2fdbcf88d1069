/** What becomes of times when somebody sets the clock of the system. */

/** The time of day as it was when the process began, and from then on as timers go: nobody sets it. */
export const steadyNow = (): number => performance.timeOrigin + performance.now();

/** Whether less than so long has passed since; a clock that is set back must not prolong it. */
export function isWithin(sinceMs: number, ms: number, nowMs: number): boolean {
  return sinceMs <= nowMs && nowMs < sinceMs + ms;
}

/** So little is no harm: what is kept lasts so much longer. */
const toleratedMs = 60_000;

/** The same clock; tells when it has been set back, before anybody is told the new time. */
export function noticingSetBack(now: () => number, onSetBack: () => void): () => number {
  let lastMs = -Infinity;
  return () => {
    const nowMs = now();
    const isSetBack = nowMs < lastMs - toleratedMs;
    lastMs = nowMs;
    if (isSetBack) onSetBack();
    return nowMs;
  };
}
