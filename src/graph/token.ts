import type { GraphContext } from '../context.ts';
import { priced } from '../pricing/field-cost.ts';
import { builder } from './builder.ts';
import { registerNode } from './node.ts';
import { prefetchRows } from './prefetch.ts';
import { type SourcedRow, Sourced } from './provenance.ts';
import { readsOne } from './reads.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * A token as some endpoint names it. Rows of `/tokens` have every part; for others the missing parts
 * are loaded when a client asks for them.
 */
export interface TokenNode extends SourcedRow {
  readonly tokenId: number;
  readonly tokenName: string;
  readonly tokenSymbol: string;
  readonly exchangeList?: readonly Named[] | null;
  readonly categoryList?: readonly { readonly name: string; readonly slug: string }[] | null;
  readonly contractAddress?: readonly { readonly chain: string; readonly address: string }[];
  readonly tmLink?: string | null;
  /** What the third generation of the API calls the link. */
  readonly appLink?: string | null;
}

const Exchange = builder.objectRef<Named>('Exchange').implement({
  description: 'A place where a token is traded.',
  fields: (t) => ({
    exchangeId: t.exposeString('id', {
      nullable: false,
      description: "The upstream's id of the exchange, as filters take it: `binance`.",
    }),
    name: t.exposeString('name', { nullable: false, description: 'The name to show.' }),
  }),
});

const Category = builder.objectRef<{ name: string; slug: string }>('Category').implement({
  description: 'A group of tokens, such as a chain, a sector or a theme.',
  fields: (t) => ({
    slug: t.exposeString('slug', {
      nullable: false,
      description: 'The id of the category, as filters take it: `layer-1`.',
    }),
    name: t.exposeString('name', { nullable: false, description: 'The name to show.' }),
  }),
});

const Contract = builder.objectRef<{ chain: string; address: string }>('Contract').implement({
  description: 'Where a token lives on a chain.',
  fields: (t) => ({
    chain: t.exposeString('chain', {
      nullable: false,
      description: "The upstream's name of the chain: `binance-smart-chain`.",
    }),
    address: t.exposeString('address', {
      nullable: false,
      description: 'The address on that chain, spelled as the upstream spells it.',
    }),
  }),
});

/** The row of `/tokens` for a token that came from elsewhere. */
function detail({ tokenId }: TokenNode, { loaders }: GraphContext) {
  return loaders.tokenMetrics.token.load(tokenId);
}

const detailCost = { reads: readsOne('tokens') };

export const Token = builder.objectRef<TokenNode>('Token');

builder.node(Token, {
  name: 'Token',
  description:
    'A crypto token. Symbols are shared by many tokens; the id is not. Name and symbol are spelled as the endpoint that answered spells them.',
  interfaces: [Sourced],
  id: { resolve: (token) => String(token.tokenId) },
  fields: (t) => ({
    tokenMetricsId: t.exposeInt('tokenId', {
      nullable: false,
      description: "Token Metrics' own number of the token: 3375 is Bitcoin.",
    }),
    symbol: t.string({
      nullable: false,
      description: 'The ticker symbol in upper case. Not unique: SOL is at least three tokens.',
      resolve: (token) => token.tokenSymbol.toUpperCase(),
    }),
    name: t.exposeString('tokenName', { nullable: false, description: 'The name to show.' }),
    categories: t.field({
      type: [Category],
      nullable: { list: true, items: false },
      description: 'The categories the token belongs to; null when the upstream does not tell.',
      ...priced({
        ...detailCost,
        listSize: { assumedSize: 10 },
        freeWhenBornOf: ['tokens', 'topMarketCapTokens'],
      }),
      resolve: async (token, _args, context) =>
        (token.categoryList === undefined
          ? await detail(token, context)
          : token
        )?.categoryList?.slice(),
    }),
    exchanges: t.field({
      type: [Exchange],
      nullable: { list: true, items: false },
      description:
        'The exchanges that list the token; a large token has hundreds. Null when the upstream does not tell.',
      ...priced({
        ...detailCost,
        listSize: { assumedSize: 50 },
        freeWhenBornOf: ['tokens', 'topMarketCapTokens'],
      }),
      resolve: async (token, _args, context) =>
        (token.exchangeList === undefined
          ? await detail(token, context)
          : token
        )?.exchangeList?.slice(),
    }),
    contracts: t.field({
      type: [Contract],
      nullable: { list: true, items: false },
      description: "The token's contracts, one for each chain it is known on.",
      ...priced({ ...detailCost, listSize: { assumedSize: 5 }, freeWhenBornOf: ['tokens'] }),
      resolve: async (token, _args, context) =>
        (token.contractAddress ?? (await detail(token, context))?.contractAddress)?.slice(),
    }),
    link: t.string({
      description: "The token's page at Token Metrics, where it has one.",
      ...priced({ ...detailCost, freeWhenBornOf: ['tokens'] }),
      resolve: async (token, _args, context) => {
        const known = token.tmLink === undefined ? await detail(token, context) : token;
        return known?.tmLink ?? known?.appLink;
      },
    }),
  }),
});

registerNode('Token', {
  load: (id, { loaders }) => loaders.tokenMetrics.token.load(id),
  prefetch: prefetchRows,
  idOf: ({ tokenId }: TokenNode) => tokenId,
  read: { upstream: 'tokenMetrics', endpoint: 'tokens', kind: 'one' },
});

export const TokenConnection = builder.connectionObject(
  {
    type: Token,
    name: 'TokenConnection',
    description: 'A page of tokens.',
    nodeNullable: true,
  },
  { name: 'TokenEdge', description: 'A token and its place in the list.' },
);
