import { badUserInput } from '../errors.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { dailyArgs, dailyConnection, dailyCost } from './daily-series.ts';
import { pageConnection } from './pages.ts';
import { rowOfToken } from './prefetch.ts';
import { Sourced } from './provenance.ts';
import { readsLatest } from './reads.ts';
import { defined, MarketFilter, marketQuery, pageArgs, screenCost } from './screen.ts';
import { Signal, signalOf } from './signal.ts';
import { Token } from './token.ts';

const TradingSignal = builder.objectRef<Row<'tradingSignals'>>('TradingSignal').implement({
  description:
    'The trading signal of a token and day. A signal is an event: most days are NEUTRAL; `trend` is the state. Endpoint `/trading-signals`.',
  interfaces: [Sourced],
  fields: (t) => ({
    token: t.field({
      type: Token,
      nullable: false,
      description: 'The token the signal is for.',
      resolve: (row) => row,
    }),
    date: t.expose('date', { type: 'Date', nullable: false, description: 'The UTC day.' }),
    signal: t.field({
      type: Signal,
      description: 'The signal of the day.',
      resolve: (row) => signalOf(row.tradingSignal),
    }),
    trend: t.field({
      type: Signal,
      description: 'The last signal that was not NEUTRAL, up to this day.',
      resolve: (row) => signalOf(row.tokenTrend),
    }),
    strategyReturn: t.exposeFloat('tradingSignalsReturns', {
      description:
        'What following the signals has returned since inception, as a multiple: 0.5 means +50 %.',
    }),
    holdingReturn: t.exposeFloat('holdingReturns', {
      description: 'What holding has returned since inception, as a multiple: 0.5 means +50 %.',
    }),
    traderGrade: t.exposeFloat('tmTraderGrade', {
      description: 'The trader grade of the day, 0 to 100.',
    }),
    investorGrade: t.exposeFloat('tmInvestorGrade', {
      description: 'The investor grade of the day, 0 to 100.',
    }),
  }),
});

const TradingSignalConnection = builder.connectionObject(
  { type: TradingSignal, name: 'TradingSignalConnection', description: 'A page of signals.' },
  { name: 'TradingSignalEdge', description: 'The signal of a token and day.' },
);

builder.objectFields(Token, (t) => ({
  tradingSignal: t.field({
    type: TradingSignal,
    description: 'The newest daily signal of the last three days; null when there is none.',
    ...rowOfToken(
      { reads: readsLatest('tradingSignals') },
      ({ tokenMetrics }) => tokenMetrics.tradingSignal,
    ),
  }),
  tradingSignals: t.field({
    type: TradingSignalConnection,
    description: 'Daily signals, newest first.',
    args: dailyArgs,
    ...dailyCost('tradingSignals'),
    resolve: ({ tokenId }, args, context) =>
      dailyConnection(args, context, (range) =>
        context.loaders.tokenMetrics.tradingSignals.load({ tokenId, range }),
      ),
  }),
}));

const signalNumbers = { BULLISH: '1', NEUTRAL: '0', BEARISH: '-1' } as const;

builder.queryField('tradingSignals', (t) =>
  t.field({
    type: TradingSignalConnection,
    description:
      'Screens the daily signals of all tokens, newest day first. Without days in the filter it goes back through all of history.',
    args: {
      ...pageArgs,
      filter: t.arg({ type: MarketFilter, description: 'Which tokens and days to look at.' }),
      signal: t.arg({ type: Signal, description: 'Only this signal.' }),
    },
    ...screenCost('tradingSignals'),
    resolve: (_root, args, { loaders, nowMs }) => {
      const { signal } = args;
      if (signal === 'UNKNOWN') {
        throw badUserInput('signal', 'cannot be UNKNOWN: expected BULLISH, NEUTRAL or BEARISH.');
      }
      const query = {
        ...marketQuery(args.filter, nowMs),
        ...defined({ signal: signal ? signalNumbers[signal] : undefined }),
      };
      return pageConnection(args, {
        load: (page) => loaders.tokenMetrics.tradingSignalPage.load({ query, page }),
        keyOf: (row) => `${row.tokenId} ${row.date}`,
        nodeOf: (row) => row,
      });
    },
  }),
);
