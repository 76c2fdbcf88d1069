import type { DayRange } from '../../calendar.ts';
import type { FetchScope } from '../rows/row-set.ts';
import type { TokenMetricsClient } from './client.ts';
import type { Endpoint, Provenance } from './endpoints.ts';
import { pageRows, windowDays } from './plan.ts';
import { takeOnce, timeOf } from './token-rows.ts';

export interface RangeReadsOptions {
  readonly client: TokenMetricsClient;
}

/** Reads that no list of tokens is named for: of the whole market, or of one index. */
export function createRangeReads({ client }: RangeReadsOptions) {
  return {
    /** Every row of days that fit one request; gaps stay gaps. */
    async rangeRows<Row extends { readonly date: string }>(
      endpoint: Endpoint<Row>,
      query: Readonly<Record<string, string>>,
      { from, to }: DayRange,
      scope: FetchScope,
    ): Promise<readonly (Row & Provenance)[]> {
      const rows = new Map<string, Row & Provenance>();
      await client.pages(
        {
          endpoint,
          query: { ...query, startDate: from, endDate: to },
          rowsMax: windowDays,
          isAsked: (row) => row.date >= from && row.date <= to,
          take: takeOnce(rows, timeOf),
        },
        scope,
      );
      return [...rows.values()];
    },

    /** Every row of one index. */
    async indexRows<Row extends { readonly tokenId: number }>(
      endpoint: Endpoint<Row>,
      id: number,
      scope: FetchScope,
    ): Promise<readonly (Row & Provenance)[]> {
      const rows = new Map<number, Row & Provenance>();
      await client.pages(
        {
          endpoint,
          query: { id: String(id) },
          rowsMax: pageRows,
          isAsked: () => true,
          take: takeOnce(rows, ({ tokenId }) => tokenId),
        },
        scope,
      );
      return [...rows.values()];
    },
  };
}
