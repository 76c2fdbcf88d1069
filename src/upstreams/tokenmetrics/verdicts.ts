import { HOUR_MS } from '../../calendar.ts';
import { isWithin } from '../../clock.ts';

/** How long what was found out about an endpoint is believed. */
const believedMs = HOUR_MS;

/** What was found out about endpoints, for an hour; after that it must be found out anew. */
export function createVerdicts(now: () => number) {
  const verdicts = new Map<string, { readonly holds: boolean | 'doubted'; readonly at: number }>();
  const believed = (path: string) => {
    const verdict = verdicts.get(path);
    return verdict && isWithin(verdict.at, believedMs, now()) ? verdict.holds : undefined;
  };
  return {
    /** `undefined` when nothing is known, or not any more. */
    of(path: string): boolean | undefined {
      const holds = believed(path);
      return holds === 'doubted' ? undefined : holds;
    },
    /** Whether a verdict was taken back, and none has been given since. */
    isDoubted: (path: string): boolean => believed(path) === 'doubted',
    /** Takes a verdict back. */
    doubt(path: string): void {
      verdicts.set(path, { holds: 'doubted', at: now() });
    },
    set(path: string, holds: boolean): void {
      verdicts.set(path, { holds, at: now() });
    },
  };
}
