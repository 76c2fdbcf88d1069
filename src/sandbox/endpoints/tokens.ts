import type { RowsEndpoint } from '../endpoint.ts';
import { nameColumns } from '../names.ts';
import { identity, list, paging } from '../parameters.ts';
import { selectTokens } from '../selection.ts';
import { byId } from '../series.ts';

/** Every token there is. */
export const tokens: RowsEndpoint = {
  path: '/v2/tokens',
  parameters: { ...identity, category: list, exchange: list, blockchain_address: list, ...paging },
  *rows(query, world) {
    for (const token of byId(selectTokens(query, world))) {
      yield () => ({
        ...nameColumns(token),
        EXCHANGE_LIST: token.exchanges?.map((exchange) => ({ ...exchange })) ?? null,
        CATEGORY_LIST: token.categories.map((category) => ({ ...category })),
        TM_LINK: `https://app.tokenmetrics.com/${token.slug}`,
        CONTRACT_ADDRESS: token.addresses,
      });
    }
  },
};
