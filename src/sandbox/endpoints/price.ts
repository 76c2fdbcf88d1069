import type { RowsEndpoint } from '../endpoint.ts';
import { list, paging } from '../parameters.ts';
import { selectTokens } from '../selection.ts';
import { byId } from '../series.ts';

/** Prices of the moment. The only rows whose symbols are in lower case. */
export const price: RowsEndpoint = {
  path: '/v2/price',
  parameters: { token_id: list, ...paging },
  *rows(query, world) {
    for (const token of byId(selectTokens(query, world))) {
      yield () => ({
        TOKEN_ID: token.id,
        CURRENT_PRICE: world.data.market.price(token, world.nowMs),
        TOKEN_NAME: token.name,
        TOKEN_SYMBOL: token.symbol.toLowerCase(),
      });
    }
  },
};
