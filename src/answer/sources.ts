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
        oldestAgeSeconds: oldestMs === Infinity ? null : ageSeconds(oldestMs, nowMs),
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

/** `sourcesOf` as JSON, by hand: it is part of every answer. */
export function sourcesText({ sources }: Usage, nowMs: number): string {
  let text = '';
  for (const [name, tally] of sources) {
    const { hits, misses, joins, stale, failed, credits, oldestMs } = tally;
    if (hits + misses === 0) continue;
    const age = oldestMs === Infinity ? null : ageSeconds(oldestMs, nowMs);
    text += `${text === '' ? '' : ','}{"name":"${publicNames[name] ?? name}","state":"${stateOf(tally)}","oldestAgeSeconds":${age},"hits":${hits},"misses":${misses},"joins":${joins},"stale":${stale},"failed":${failed},"calls":${callsOf(tally)},"credits":${roundCredits(credits)}}`;
  }
  return `[${text}]`;
}

const ageSeconds = (oldestMs: number, nowMs: number) =>
  Math.max(0, Math.floor((nowMs - oldestMs) / 1000));

/** The worst that is true of what was read. */
function stateOf({ stale, failed }: Tally): 'FRESH' | 'STALE' | 'FAILED' {
  if (failed > 0) return 'FAILED';
  return stale > 0 ? 'STALE' : 'FRESH';
}
