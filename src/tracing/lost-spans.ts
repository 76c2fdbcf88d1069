import type { Log } from '../log.ts';
import type { LostSpans } from './trace.ts';

export interface LostSpansOptions {
  readonly log: Pick<Log, 'warn'>;
  /** In milliseconds, on a clock that is not set. */
  readonly now?: () => number;
}

const toldEveryMs = 60_000;

/** Counts spans that nobody will see. */
export function createLostSpans({ log, now = () => performance.now() }: LostSpansOptions) {
  const counts = { 'queue-full': 0, 'not-taken': 0 };
  let toldAtMs = -Infinity;
  let untold = 0;
  return {
    /** More was recorded than is sent: a line tells of it, one a minute at most. */
    countOverflow: (): void => {
      counts['queue-full'] += 1;
      untold += 1;
      if (now() - toldAtMs < toldEveryMs) return;
      log.warn({ lost: untold }, 'spans are lost: more are recorded than the collector takes');
      toldAtMs = now();
      untold = 0;
    },
    /** They were sent, and not taken. */
    countRefused: (spans: number): void => {
      counts['not-taken'] += spans;
    },
    read: (): LostSpans => counts,
  };
}
