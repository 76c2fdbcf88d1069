import { addDays, type DayRange, dayOf, secondsLeftOfDay, windowsOf } from '../../calendar.ts';
import type { ReadScope, TokenMetricsClient } from './client.ts';
import type { Endpoint, Provenance } from './endpoints.ts';
import { pageRows, windowDays } from './plan.ts';
import { timeOf } from './token-rows.ts';

export interface RangeReadsOptions {
  readonly client: TokenMetricsClient;
  readonly now: () => number;
}

/** Reads that no list of tokens is named for: of the whole market, or of one index. */
export function createRangeReads({ client, now }: RangeReadsOptions) {
  return {
    /** Every row in a range of days, newest first; gaps stay gaps. */
    async rangeRows<Row extends { readonly date: string }>(
      endpoint: Endpoint<Row>,
      query: Readonly<Record<string, string>>,
      range: DayRange,
      scope: ReadScope,
    ): Promise<readonly (Row & Provenance)[]> {
      const windows = await Promise.all(
        windowsOf(range, windowDays).map(({ from, to }) =>
          client.pages(
            {
              endpoint,
              query: { ...query, startDate: from, endDate: to },
              rowsMax: windowDays,
              isAsked: (row) => row.date >= from && row.date <= to,
              keyOf: timeOf,
              isComplete: () => false,
            },
            scope,
          ),
        ),
      );
      const isPast = range.to < addDays(dayOf(now()), -1);
      scope.onFresh(isPast ? 24 * 3600 : Math.min(endpoint.freshSeconds, secondsLeftOfDay(now())));
      return windows
        .flatMap(({ rows }) => rows)
        .sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0));
    },

    /** Every row of one index. */
    async indexRows<Row extends { readonly tokenId: number }>(
      endpoint: Endpoint<Row>,
      id: number,
      scope: ReadScope,
    ): Promise<readonly (Row & Provenance)[]> {
      const { rows } = await client.pages(
        {
          endpoint,
          query: { id: String(id) },
          rowsMax: pageRows,
          isAsked: () => true,
          keyOf: (row) => row.tokenId,
          isComplete: () => false,
        },
        scope,
      );
      scope.onFresh(endpoint.freshSeconds);
      return rows;
    },
  };
}
