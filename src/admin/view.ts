import { addDays, dayOf } from '../calendar.ts';
import type { Upstreams } from '../upstreams/index.ts';

/** What an operator may ask the upstreams. */
export type WatchedUpstreams = Pick<Upstreams, 'status' | 'spending'>;

type UpstreamStatus = Awaited<ReturnType<WatchedUpstreams['status']>>[number];
type Counts = UpstreamStatus['endpoints'][string];

export type View = Awaited<ReturnType<typeof readView>>;

const spendersMax = 5;
const nothing: Counts = { hits: 0, misses: 0, joins: 0, stale: 0, failed: 0, calls: 0 };

/** Everything at a glance. Rows and requests are this process'; budgets and spenders all gateways'. */
export async function readView(upstreams: WatchedUpstreams, nowMs: number) {
  const today = dayOf(nowMs);
  const spendersOn = async (day: string) => {
    const by = ['caller'] as const;
    return { day, ...(await upstreams.spending({ from: day, to: day, by, top: spendersMax })) };
  };
  const [statuses, ofToday, ofYesterday] = await Promise.all([
    upstreams.status(),
    spendersOn(today),
    spendersOn(addDays(today, -1)),
  ]);
  return {
    at: new Date(nowMs).toISOString(),
    upstreams: statuses.map(withFigures),
    spenders: { today: ofToday, yesterday: ofYesterday },
  };
}

function withFigures(status: UpstreamStatus) {
  const endpoints = Object.entries(status.endpoints);
  return {
    ...status,
    endpoints: Object.fromEntries(endpoints.map(([path, counts]) => [path, withRate(counts)])),
    total: withRate(endpoints.map(([, counts]) => counts).reduce(plus, nothing)),
  };
}

function plus(a: Counts, b: Counts): Counts {
  return {
    hits: a.hits + b.hits,
    misses: a.misses + b.misses,
    joins: a.joins + b.joins,
    stale: a.stale + b.stale,
    failed: a.failed + b.failed,
    calls: a.calls + b.calls,
  };
}

/** Of the keys asked for, the share answered from memory; null when none was. */
function withRate(counts: Counts) {
  const asked = counts.hits + counts.misses;
  return { ...counts, hitRate: asked === 0 ? null : Math.round((counts.hits / asked) * 1e4) / 1e4 };
}
