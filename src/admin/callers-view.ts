import type { Quota } from '../callers/quota/quota.ts';
import { checkNames, readTop } from './parameters.ts';

export type WatchedQuota = Pick<Quota, 'standings' | 'size'>;

/** What `/callers` is asked, or every mistake in it. */
export function readCallersQuery(
  given: URLSearchParams,
): { readonly top: number } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  checkNames(given, ['top'], problems);
  const top = readTop(given, problems);
  return problems.length > 0 ? { problems } : { top };
}

/** Who is nearest to a limit, of the callers this process remembers. */
export function readCallers(quota: WatchedQuota, top: number, nowMs: number) {
  return {
    at: new Date(nowMs).toISOString(),
    top,
    total: quota.size(),
    callers: quota.standings(top).map(({ id, plan, usedShare, requests, points, credits }) => ({
      id,
      plan: plan ?? null,
      usedShare: Math.round(usedShare * 1e4) / 1e4,
      requests: requests ?? null,
      points: points ?? null,
      credits: credits ?? null,
    })),
  };
}
