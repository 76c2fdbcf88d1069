import { badUserInput } from '../errors.ts';
import { type FieldRead, priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { decodeNodeId } from './global-id.ts';
import { pageConnection, sliceOf } from './pages.ts';
import { prefetchRows, toldAfter } from './prefetch.ts';
import { readsPages, unlessRefused } from './reads.ts';
import { defined, listOf, pageArgs, pageListSize } from './screen.ts';
import { Token, TokenConnection, type TokenNode } from './token.ts';
import { idsOf, tokensById } from './tokens-by-id.ts';

/** The fields of Query that lead to tokens. */

const upstream = 'tokenMetrics';

const ContractBy = builder.inputType('ContractBy', {
  description: 'A contract of a token.',
  fields: (t) => ({
    chain: t.string({ required: true, description: 'As in `Contract.chain`: `ethereum`.' }),
    address: t.string({ required: true, description: 'The address on that chain.' }),
  }),
});

const TokenBy = builder.inputType('TokenBy', {
  description: 'Exactly one way to name a token. A symbol is none: see `tokensBySymbol`.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Its `id`.' }),
    tokenMetricsId: t.int({ description: "Token Metrics' number of it." }),
    contract: t.field({ type: ContractBy, description: 'One of its contracts.' }),
  }),
});

const TokenFilter = builder.inputType('TokenFilter', {
  description:
    'Which tokens to list. Members of a list are alternatives, different filters must all hold.',
  fields: (t) => ({
    categories: t.stringList({ description: 'Slugs or names of categories: `["layer-1"]`.' }),
    exchanges: t.stringList({ description: 'Ids of exchanges: `["binance"]`.' }),
    symbols: t.stringList({ description: 'Symbols in any case: `["SOL"]`.' }),
    names: t.stringList({ description: 'Names as the upstream spells them.' }),
  }),
});

function contractQuery({ chain, address }: { chain: string; address: string }) {
  const parts = { 'by.contract.chain': chain, 'by.contract.address': address };
  for (const [argument, value] of Object.entries(parts)) {
    if (!/^[^\s,:]{1,128}$/.test(value)) {
      throw badUserInput(
        argument,
        'cannot be used: expected 1 to 128 characters, no comma or colon.',
      );
    }
  }
  return { blockchain_address: `${chain}:${address}` };
}

/** The row that has the contract: an upstream may have ignored what it was asked for. */
function ofContract(
  rows: readonly Row<'tokens'>[],
  { chain, address }: { readonly chain: string; readonly address: string },
): Row<'tokens'> | null {
  const isIt = (contract: { readonly chain: string; readonly address: string }) =>
    contract.chain === chain && contract.address.toLowerCase() === address.toLowerCase();
  return rows.find(({ contractAddress }) => contractAddress.some(isIt)) ?? null;
}

builder.queryField('token', (t) =>
  t.field({
    type: Token,
    description: 'One token; null when the upstream knows none.',
    args: { by: t.arg({ type: TokenBy, required: true, description: 'How the token is named.' }) },
    ...priced({
      bornOf: 'tokens',
      reads: ({ by }): readonly FieldRead[] =>
        typeof by === 'object' && by !== null && 'contract' in by
          ? [{ upstream, endpoint: 'tokens', kind: 'pages', shared: JSON.stringify(by) }]
          : [{ upstream, endpoint: 'tokens', kind: 'one', keys: 1 }],
    }),
    resolve: async (_root, { by }, context, info): Promise<TokenNode | null> => {
      const { tokenPage, token } = context.loaders.tokenMetrics;
      if (by.contract) {
        const query = contractQuery(by.contract);
        const { rows } = await tokenPage.load({ query, page: 1 });
        return ofContract(rows, by.contract);
      }
      const tokenId = by.id ? decodeNodeId(by.id, 'Token', 'by.id') : by.tokenMetricsId;
      if (typeof tokenId !== 'number' || tokenId < 1) return null;
      const prefetched = prefetchRows([tokenId], context, info);
      const [row = null] = await token.loadMany([tokenId]);
      return toldAfter<TokenNode | null>(row, prefetched?.rows);
    },
  }),
);

builder.queryField('tokens', (t) =>
  t.field({
    type: TokenConnection,
    description:
      'Tokens by id, in the order of the ids and with null for unknown ones; or all tokens that pass a filter, in the order of the upstream.',
    args: {
      ids: t.arg.idList({
        description:
          'Up to 100 ids of tokens; the page is then all of them unless `first` says less.',
      }),
      filter: t.arg({ type: TokenFilter, description: 'Which tokens to list; not with `ids`.' }),
      ...pageArgs,
    },
    ...priced({
      listSize: { ...pageListSize, slicingArguments: ['ids', 'first'] },
      bornOf: 'tokens',
      rateLimit: { limit: 1200, duration: 60 },
      reads: (args, at) => {
        const { ids } = args;
        if (!Array.isArray(ids)) return pagesOfTokens(args, at);
        return unlessRefused(() => {
          const { items } = idsOf(args, ids.map(String));
          return [{ upstream, endpoint: 'tokens', kind: 'one', keys: items.length }];
        });
      },
    }),
    resolve: (_root, args, context, info) => {
      const { ids, filter } = args;
      if (ids) {
        if (filter) throw badUserInput('filter', 'cannot be used together with "ids".');
        return tokensById(args, ids, context, info);
      }
      const query = defined({
        category: listOf('filter.categories', filter?.categories),
        exchange: listOf('filter.exchanges', filter?.exchanges),
        symbol: listOf('filter.symbols', filter?.symbols),
        token_name: listOf('filter.names', filter?.names),
      });
      return pageConnection(args, {
        load: (page) => context.loaders.tokenMetrics.tokenPage.load({ query, page }),
        keyOf: (row) => row.tokenId,
        nodeOf: (row): TokenNode | null => row,
      });
    },
  }),
);

const pagesOfTokens = readsPages('tokens', (args) => sliceOf(args).pages.length);

builder.queryField('topTokens', (t) =>
  t.field({
    type: TokenConnection,
    description:
      'The largest tokens by market cap, largest first. Endpoint `/top-market-cap-tokens`.',
    args: pageArgs,
    ...priced({
      listSize: pageListSize,
      bornOf: 'topMarketCapTokens',
      rateLimit: { limit: 600, duration: 60 },
      reads: readsPages('topMarketCapTokens', (args) => sliceOf(args).pages.length),
    }),
    resolve: (_root, args, { loaders }) =>
      pageConnection(args, {
        load: (page) => loaders.tokenMetrics.topTokenPage.load({ query: {}, page }),
        keyOf: (row) => row.tokenId,
        nodeOf: (row): TokenNode | null => row,
      }),
  }),
);

builder.queryField('tokensBySymbol', (t) =>
  t.field({
    type: [Token],
    nullable: { list: true, items: false },
    description:
      'Every token that carries a symbol, in whatever case: the largest by market cap first, those beyond the top 100 after them by their number. Never just the first match.',
    args: { symbol: t.arg.string({ required: true, description: 'The symbol: `SOL`.' }) },
    ...priced({
      // Recorded symbols have one to three tokens; of BTC ten and more are reported.
      listSize: { assumedSize: 5, atWorst: 20 },
      bornOf: 'tokens',
      rateLimit: { limit: 600, duration: 60 },
      reads: ({ symbol }) => [
        { upstream, endpoint: 'tokens', kind: 'symbol', shared: String(symbol) },
        { upstream, endpoint: 'topMarketCapTokens', kind: 'pages', shared: 'ranking' },
      ],
    }),
    resolve: async (_root, args, { loaders }) => {
      const symbol = listOf('symbol', [args.symbol]) ?? '';
      const [rows, ranking] = await Promise.all([
        loaders.tokenMetrics.tokensBySymbol.load(symbol),
        loaders.tokenMetrics.topTokenPage.load({ query: {}, page: 1 }),
      ]);
      const ranks = new Map(ranking.rows.map((row, index) => [row.tokenId, index]));
      const rankOf = (id: number) => ranks.get(id) ?? Infinity;
      return [...rows].sort((a, b) => {
        const [rankA, rankB] = [rankOf(a.tokenId), rankOf(b.tokenId)];
        return rankA === rankB ? a.tokenId - b.tokenId : rankA - rankB;
      });
    },
  }),
);
