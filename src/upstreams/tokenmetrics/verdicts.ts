import { HOUR_MS } from '../../calendar.ts';

/** How long what was found out about an endpoint is believed. */
const believedMs = HOUR_MS;

/** What was found out about endpoints, for an hour; after that it must be found out anew. */
export function createVerdicts(now: () => number) {
  const verdicts = new Map<string, { readonly holds: boolean; readonly at: number }>();
  return {
    /** `undefined` when nothing is known, or not any more. */
    of(path: string): boolean | undefined {
      const verdict = verdicts.get(path);
      return verdict && now() - verdict.at < believedMs ? verdict.holds : undefined;
    },
    set(path: string, holds: boolean): void {
      verdicts.set(path, { holds, at: now() });
    },
  };
}
