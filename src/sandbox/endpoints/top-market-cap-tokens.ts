import type { RowsEndpoint } from '../endpoint.ts';
import { nameColumns } from '../names.ts';
import { paging } from '../parameters.ts';
import { selectTokens } from '../selection.ts';

/** The order is the rank; no figure says so. The page size is called top_k here. */
export const topMarketCapTokens: RowsEndpoint = {
  path: '/v2/top-market-cap-tokens',
  parameters: { top_k: paging.limit, page: paging.page },
  *rows(query, world) {
    for (const token of selectTokens(query, world)) {
      yield () => ({
        ...nameColumns(token),
        EXCHANGE_LIST: token.exchanges?.map((exchange) => ({ ...exchange })) ?? null,
        CATEGORY_LIST: token.categories.map((category) => ({ ...category })),
      });
    }
  },
};
