import type { FetchScope } from '../rows/row-set.ts';
import type { TokenMetricsClient } from './client.ts';
import type { Endpoint, Provenance } from './endpoints.ts';
import { pageRows } from './plan.ts';
import type { Probe } from './probe.ts';

export interface ListReadsOptions {
  readonly client: TokenMetricsClient;
  readonly probe: Probe;
  /** Told how long a list is that fits a page, when it was asked for whole. */
  readonly onListed: (path: string, rows: number) => void;
}

/** Reads of lists that no token is named for, a whole page at a time. */
export function createListReads({ client, probe, onListed }: ListReadsOptions) {
  return {
    /** One whole page of an endpoint, as the upstream orders it; short when it is the last. */
    async listPage<Row>(
      endpoint: Endpoint<Row>,
      query: Readonly<Record<string, string>>,
      number: number,
      scope: FetchScope,
    ): Promise<{ readonly rows: readonly (Row & Provenance)[]; readonly isLast: boolean }> {
      const { sizeParameter = 'limit' } = endpoint;
      const { rows, sent } = await client.page(
        endpoint,
        { ...query, [sizeParameter]: String(pageRows), page: String(number) },
        scope,
      );
      // Past the last page there is nothing, and that says nothing about the endpoint.
      if (number === 1) await probe.assertServed(endpoint, sent > 0, scope);
      const isLast = sent < pageRows;
      if (number === 1 && isLast && Object.keys(query).length === 0) {
        onListed(endpoint.path, rows.length);
      }
      return { rows, isLast };
    },
  };
}
