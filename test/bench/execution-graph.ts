import DataLoader from 'dataloader';
import type * as graphql from 'graphql';

export type GraphQL = typeof graphql;

interface Token {
  readonly id: number;
  readonly symbol: string;
  readonly name: string;
  readonly rank: number;
}

export interface Rows {
  readonly tokens: readonly Token[];
  readonly grades: ReadonlyMap<number, object>;
  readonly signals: ReadonlyMap<number, object>;
}

export function createRows(count: number): Rows {
  const ids = Array.from({ length: count }, (_, index) => index + 3375);
  return {
    tokens: ids.map((id, index) => ({
      id,
      symbol: `TKN${index}`,
      name: `Token number ${index}`,
      rank: index + 1,
    })),
    grades: new Map(
      ids.map((id) => [
        id,
        {
          date: '2026-11-20',
          grade: 50 + (id % 50) + 0.25,
          taGrade: 40.5 + (id % 31),
          quantGrade: 60.125,
          change: -1.4,
        },
      ]),
    ),
    signals: new Map(
      ids.map((id) => [
        id,
        { date: '2026-11-20', signal: id % 2 ? 'BULLISH' : 'BEARISH', held: true },
      ]),
    ),
  };
}

/** The same graph in any copy of graphql: graphql-jit brings one of its own. */
export function createSchema(
  { GraphQLSchema, GraphQLObjectType, GraphQLList, GraphQLNonNull, ...g }: GraphQL,
  isAsync: boolean,
) {
  const property =
    (name: string) =>
    (parent: any): unknown =>
      parent[name];
  const exposed = (name: string, type: graphql.GraphQLOutputType) => ({
    type,
    resolve: property(name),
  });
  const text = new GraphQLNonNull(g.GraphQLString);
  const Signal = new g.GraphQLEnumType({
    name: 'Signal',
    values: { BULLISH: {}, BEARISH: {}, NEUTRAL: {} },
  });
  const TokenGrade = new GraphQLObjectType({
    name: 'TokenGrade',
    fields: {
      date: exposed('date', text),
      grade: exposed('grade', g.GraphQLFloat),
      taGrade: exposed('taGrade', g.GraphQLFloat),
      quantGrade: exposed('quantGrade', g.GraphQLFloat),
      change: exposed('change', g.GraphQLFloat),
    },
  });
  const TokenSignal = new GraphQLObjectType({
    name: 'TokenSignal',
    fields: {
      date: exposed('date', text),
      signal: exposed('signal', Signal),
      held: exposed('held', g.GraphQLBoolean),
    },
  });
  const Token = new GraphQLObjectType({
    name: 'Token',
    fields: {
      id: {
        type: new GraphQLNonNull(g.GraphQLID),
        resolve: ({ id }: Token) => String(id),
      },
      symbol: exposed('symbol', text),
      name: exposed('name', text),
      rank: exposed('rank', g.GraphQLInt),
      grade: {
        type: TokenGrade,
        resolve: isAsync
          ? ({ id }: Token, _args: unknown, context: any) => context.grades.load(id)
          : ({ id }: Token, _args: unknown, context: any) => context.rows.grades.get(id),
      },
      signal: {
        type: TokenSignal,
        resolve: isAsync
          ? ({ id }: Token, _args: unknown, context: any) => context.signals.load(id)
          : ({ id }: Token, _args: unknown, context: any) => context.rows.signals.get(id),
      },
    },
  });
  return new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        tokens: {
          type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(Token))),
          args: { first: { type: g.GraphQLInt } },
          resolve: (_root: unknown, _args: unknown, context: any) => context.rows.tokens,
        },
      },
    }),
  });
}

export const source = `query Page($first: Int = 20) {
  tokens(first: $first) {
    id symbol name rank
    grade { date grade taGrade quantGrade change }
    signal { date signal held }
  }
}`;

export function contextOf(rows: Rows, isAsync: boolean) {
  const loader = (from: ReadonlyMap<number, object>) =>
    new DataLoader<number, object | undefined>((ids) =>
      Promise.resolve(ids.map((id) => from.get(id))),
    );
  return isAsync ? { rows, grades: loader(rows.grades), signals: loader(rows.signals) } : { rows };
}
