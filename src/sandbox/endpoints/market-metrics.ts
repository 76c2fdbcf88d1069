import { dayOf, isoDay } from '../data/day.ts';
import { firstDayOfAll } from '../data/data-set.ts';
import type { RowsEndpoint } from '../endpoint.ts';
import { dates, paging } from '../parameters.ts';

/** The whole market day by day, newest first. */
export const marketMetrics: RowsEndpoint = {
  path: '/v2/market-metrics',
  parameters: { ...dates, ...paging },
  *rows({ numbers }, { data: { totals }, nowMs }) {
    const { startDate = firstDayOfAll, endDate = Infinity } = numbers;
    const newest = Math.min(endDate, dayOf(nowMs));
    for (let day = newest; day >= Math.max(startDate, firstDayOfAll); day -= 1) {
      if (!totals.has(day)) continue;
      yield () => ({
        DATE: isoDay(day),
        TOTAL_CRYPTO_MCAP: totals.marketCap(day),
        TM_GRADE_PERC_HIGH_COINS: totals.highShare(day),
        TM_GRADE_SIGNAL: totals.signal(day),
        LAST_TM_GRADE_SIGNAL: totals.trend(day),
      });
    }
  },
};
