import { dayMs } from '../data/day.ts';
import { round2 } from '../data/rounding.ts';
import type { Token } from '../data/tokens.ts';
import type { RowsEndpoint, World } from '../endpoint.ts';
import { iconsOf } from '../icons.ts';
import { paging, portfolioType, requiredText } from '../parameters.ts';
import { holdings } from './indices-holdings.ts';
import { sectorOf } from './indices-performance.ts';

/** What the trader's or the investor's portfolio holds and how it moved today; an old path. */
export const indicesTreeMap: RowsEndpoint = {
  path: '/v2/indices-tree-map',
  parameters: { type: portfolioType, ...paging },
  rows: ({ choices }, world) => treeMapRows(choices['type'], world),
};

/** The same of one index by its name. */
export const sectorTreeMap: RowsEndpoint = {
  path: '/v2/indices-index-specific-tree-map',
  parameters: { indexName: requiredText, ...paging },
  rows: ({ texts }, world) => treeMapRows(texts['indexName'], world),
};

function* treeMapRows(sector: string | undefined, world: World) {
  const { market } = world.data;
  for (const { token, weight } of holdings(sectorOf(sector, world), world)) {
    yield () => {
      const before = market.price(token, world.nowMs - dayMs);
      return {
        NAME: token.symbol,
        ICON: iconsOf(token),
        WEIGHT: weight,
        PCT_CHANGE: round2((market.price(token, world.nowMs) / before - 1) * 100),
        CG_ID: token.slug,
        ...placeOf(token),
      };
    };
  }
}

// Chains by their numbers. Solana has none; this is what the vendor writes.
const chainIds: Readonly<Record<string, string>> = {
  ethereum: '1',
  'binance-smart-chain': '56',
  'polygon-pos': '137',
  base: '8453',
  'arbitrum-one': '42161',
  'optimistic-ethereum': '10',
  avalanche: '43114',
  solana: '1151111081099710',
};

/** Where a token lives; a chain's own coin has the address of all zeros. */
function placeOf({ addresses }: Token) {
  for (const [chain, address] of Object.entries(addresses)) {
    const id = chainIds[chain];
    if (id !== undefined) return { CHAIN_ID: id, TOKEN_ADDRESS: address };
  }
  return { CHAIN_ID: '1', TOKEN_ADDRESS: `0x${'0'.repeat(40)}` };
}
