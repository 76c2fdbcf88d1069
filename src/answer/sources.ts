import { callsOf, roundCredits, type Tally, type Usage } from '../usage.ts';

/** What an upstream is called in answers. */
const publicNames: Readonly<Record<string, string>> = { tokenMetrics: 'TOKEN_METRICS' };

/** Where an answer's data came from, how old it is and what it took. */
export function sourcesOf({ sources }: Usage, nowMs: number) {
  return [...sources]
    .filter(([, { hits, misses }]) => hits + misses > 0)
    .map(([name, tally]) => {
      const { hits, misses, joins, stale, failed, credits, oldestMs } = tally;
      return {
        name: publicNames[name] ?? name,
        state: stateOf(tally),
        oldestAgeSeconds:
          oldestMs === Infinity ? null : Math.max(0, Math.floor((nowMs - oldestMs) / 1000)),
        hits,
        misses,
        joins,
        stale,
        failed,
        calls: callsOf(tally),
        credits: roundCredits(credits),
      };
    });
}

/** The worst that is true of what was read. */
function stateOf({ stale, failed }: Tally): 'FRESH' | 'STALE' | 'FAILED' {
  if (failed > 0) return 'FAILED';
  return stale > 0 ? 'STALE' : 'FRESH';
}
