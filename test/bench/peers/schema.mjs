import { readFileSync } from 'node:fs';
import process from 'node:process';
import DataLoader from 'dataloader';

/** The part of Assay's schema that the list needs, over rows in memory, as each peer would have it. */

export const typeDefs = `
  type Query { tokens(ids: [ID!]!, first: Int, after: String): TokenConnection }
  type TokenConnection { edges: [TokenEdge] nodes: [Token] pageInfo: PageInfo! }
  type TokenEdge { cursor: String! node: Token }
  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type Token {
    id: ID!
    symbol: String!
    name: String!
    tmGrade: TmGrade
    tradingSignal: TradingSignal
  }
  type TmGrade { grade: Float rating: Rating }
  enum Rating { STRONG_BUY BUY NEUTRAL SELL STRONG_SELL UNKNOWN }
  type TradingSignal { date: String! signal: Signal trend: Signal }
  enum Signal { BULLISH NEUTRAL BEARISH UNKNOWN }
`;

/** From the file it is given: the nodes of the list with all their fields. */
const facts = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const tokens = new Map(facts.map(({ id, symbol, name }) => [id, { id, symbol, name }]));
export const grades = new Map(facts.map(({ id, tmGrade }) => [id, tmGrade]));
export const signals = new Map(facts.map(({ id, tradingSignal }) => [id, tradingSignal]));

const loaderOf = (rows) => new DataLoader(async (ids) => ids.map((id) => rows.get(id) ?? null));

/** The loaders of one request. */
export const createContext = () => ({
  tokens: loaderOf(tokens),
  grades: loaderOf(grades),
  signals: loaderOf(signals),
});

const page = (ids, nodes) => ({
  nodes,
  edges: () => nodes.map((node, index) => ({ cursor: String(index), node })),
  pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: '0', endCursor: ids.at(-1) },
});

export const resolvers = {
  Query: {
    tokens: async (_, { ids }, context) => page(ids, await context.tokens.loadMany(ids)),
  },
  Token: {
    tmGrade: ({ id }, _, context) => context.grades.load(id),
    tradingSignal: ({ id }, _, context) => context.signals.load(id),
  },
};

/** For a server that brings loaders of its own. */
export const plainResolvers = {
  Query: {
    tokens: (_, { ids }) =>
      page(
        ids,
        ids.map((id) => tokens.get(id) ?? null),
      ),
  },
};

export const port = Number(process.env.PORT);
export const host = '127.0.0.1';
