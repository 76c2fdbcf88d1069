import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { pageConnection, sliceOf } from './pages.ts';
import { Sourced } from './provenance.ts';
import { readsPages } from './reads.ts';
import { pageArgs, pageListSize } from './screen.ts';
import { matchesOf, matchOf, nameCost, onlyMatch, TokenMatch } from './token-match.ts';
import { Token } from './token.ts';

const MoonshotStatus = builder.enumType('MoonshotStatus', {
  description: 'Whether a moonshot is still running.',
  values: {
    ACTIVE: { value: 'active', description: 'It is running.' },
    PAST: { value: 'past', description: 'It has ended.' },
  } as const,
});

const Moonshot = builder.objectRef<Row<'moonshotTokens'>>('Moonshot').implement({
  description:
    'A small token a model picked for a large gain. The upstream tells its name and symbol, not which token it is. Endpoint `/moonshot-tokens`.',
  interfaces: [Sourced],
  fields: (t) => ({
    name: t.exposeString('tokenName', { nullable: false, description: 'The name of the token.' }),
    symbol: t.exposeString('tokenSymbol', {
      nullable: false,
      description: 'The symbol of the token, in upper case.',
    }),
    token: t.field({
      type: Token,
      description: 'The token, when exactly one has the name and the symbol; otherwise null.',
      ...nameCost,
      resolve: async ({ tokenName: name, tokenSymbol: symbol }, _args, context) =>
        onlyMatch(await matchesOf({ name, symbol }, context)),
    }),
    match: t.field({
      type: TokenMatch,
      description: 'Why there is a token, or none.',
      ...nameCost,
      resolve: async ({ tokenName: name, tokenSymbol: symbol }, _args, context) =>
        matchOf(name, await matchesOf({ name, symbol }, context)),
    }),
    startedAt: t.expose('moonshotAt', { type: 'DateTime', description: 'When it was picked.' }),
    endedAt: t.expose('moonshotEndAt', {
      type: 'DateTime',
      description: 'When it ended; null while it is running.',
    }),
    roiPercent: t.exposeFloat('moonshotRoi', {
      description: 'The gain since it was picked, in percent.',
    }),
    lastSignalAt: t.expose('lastTradingSignalTime', {
      type: 'DateTime',
      description: 'When the token had its last trading signal.',
    }),
    traderGrade: t.exposeFloat('tmTraderGrade', { description: 'The trader grade, 0 to 100.' }),
    traderGradeChangePercent24h: t.exposeFloat('tmTraderGrade24hPctChange', {
      description: 'Change of the trader grade in 24 hours, in percent.',
    }),
    priceChangePercent7d: t.exposeFloat('priceChangePercentage7dInCurrency', {
      description: 'Change of the price in seven days, in percent.',
    }),
    marketCapUsd: t.expose('marketCap', { type: 'Decimal', description: 'In US dollars.' }),
    volume24hUsd: t.expose('volume24h', {
      type: 'Decimal',
      description: 'Traded in 24 hours, in US dollars.',
    }),
  }),
});

const MoonshotConnection = builder.connectionObject(
  { type: Moonshot, name: 'MoonshotConnection', description: 'A page of moonshots.' },
  { name: 'MoonshotEdge', description: 'A moonshot and its place in the list.' },
);

builder.queryField('moonshots', (t) =>
  t.field({
    type: MoonshotConnection,
    description: 'Small tokens a model picked for a large gain. A pick, not advice.',
    args: {
      status: t.arg({
        type: MoonshotStatus,
        defaultValue: 'active',
        description: 'Running or ended ones.',
      }),
      ...pageArgs,
    },
    ...priced({
      listSize: pageListSize,
      reads: readsPages('moonshotTokens', (args) => sliceOf(args).pages.length),
      rateLimit: { limit: 120, duration: 60 },
    }),
    resolve: (_root, args, { loaders }) =>
      pageConnection(args, {
        load: (page) =>
          loaders.tokenMetrics.moonshotPage.load({
            query: { type: args.status ?? 'active' },
            page,
          }),
        keyOf: (row) => `${row.tokenName} ${row.tokenSymbol} ${row.moonshotAt}`,
        nodeOf: (row) => row,
      }),
  }),
);
