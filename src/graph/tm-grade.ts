import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { dailyArgs, dailyConnection, dailyCost } from './daily-series.ts';
import { enumOf } from './open-enum.ts';
import { rowOfToken } from './prefetch.ts';
import { Sourced } from './provenance.ts';
import { readsOne } from './reads.ts';
import { Signal, signalOf } from './signal.ts';
import { Token } from './token.ts';

const Rating = builder.enumType('Rating', {
  description: 'What a grade recommends, in five steps of twenty. Open: new values may appear.',
  values: {
    STRONG_BUY: { description: 'Grades 80 to 100.' },
    BUY: { description: 'Grades 60 to 79.' },
    NEUTRAL: { description: 'Grades 40 to 59; the upstream also says "Hold".' },
    SELL: { description: 'Grades 20 to 39.' },
    STRONG_SELL: { description: 'Grades 0 to 19.' },
    UNKNOWN: { description: 'A value of the upstream that is newer than this list.' },
  } as const,
});

const ratings = new Map<string, typeof Rating.$inferType>([
  ['strong buy', 'STRONG_BUY'],
  ['buy', 'BUY'],
  ['neutral', 'NEUTRAL'],
  ['hold', 'NEUTRAL'],
  ['sell', 'SELL'],
  ['strong sell', 'STRONG_SELL'],
]);

const Momentum = builder.enumType('Momentum', {
  description: 'Where a grade is heading. Open: new values may appear.',
  values: {
    SURGING: { description: 'Momentum surging.' },
    GAINING: { description: 'Gaining momentum.' },
    HOLDING: { description: 'Holding steady.' },
    LOSING: { description: 'Losing momentum.' },
    CRASHING: { description: 'Momentum crashing.' },
    NONE: { description: 'No momentum.' },
    UNKNOWN: { description: 'A value of the upstream that is newer than this list.' },
  } as const,
});

const momentums = new Map<string, typeof Momentum.$inferType>([
  ['momentum surging', 'SURGING'],
  ['gaining momentum', 'GAINING'],
  ['holding steady', 'HOLDING'],
  ['losing momentum', 'LOSING'],
  ['momentum crashing', 'CRASHING'],
  ['no momentum', 'NONE'],
]);

const TmGrade = builder.objectRef<Row<'tmGrade'>>('TmGrade').implement({
  description:
    'The overall TM Grade of a token, the main grade since July 2025. Endpoints `/tm-grade` and `/tm-grade-history`.',
  interfaces: [Sourced],
  fields: (t) => ({
    date: t.expose('date', {
      type: 'Date',
      description: 'The UTC day of the grade; null on the latest grade, which names none.',
    }),
    grade: t.exposeFloat('tmGrade', { description: 'The overall grade, 0 to 100.' }),
    rating: t.field({
      type: Rating,
      description: 'What the grade recommends.',
      resolve: (row) => enumOf(ratings, row.tmGradeSignal),
    }),
    changePercent24h: t.exposeFloat('tmGrade24hPctChange', {
      description: 'Change of the grade in 24 hours, in percent: -1.4 means -1.4 %.',
    }),
    traderGradeChange24h: t.exposeFloat('tmTraderGrade24hChange', {
      description: 'Change of the trader grade in 24 hours.',
    }),
    quantGrade: t.exposeFloat('quantGrade', { description: 'The quantitative part, 0 to 100.' }),
    momentum: t.field({
      type: Momentum,
      description: 'Where the grade is heading.',
      resolve: (row) => enumOf(momentums, row.momentum),
    }),
    signal: t.field({
      type: Signal,
      description: 'The trading signal of the day, on rows of the history.',
      resolve: (row) => signalOf(row.tradingSignal),
    }),
  }),
});

const TmGradeConnection = builder.connectionObject(
  { type: TmGrade, name: 'TmGradeConnection', description: 'A page of TM Grades, newest first.' },
  { name: 'TmGradeEdge', description: 'The TM Grade of a day.' },
);

builder.objectFields(Token, (t) => ({
  tmGrade: t.field({
    type: TmGrade,
    description: 'The latest TM Grade; null when the token has none.',
    ...rowOfToken(
      { reads: readsOne('tmGrade') },
      ({ tokenMetrics }) => tokenMetrics.tmGrade,
      ({ tokenMetrics }, tokens) => tokenMetrics.isSureOfOneRequest('tmGrade', tokens),
    ),
  }),
  tmGrades: t.field({
    type: TmGradeConnection,
    description: 'TM Grades by day, newest first.',
    args: dailyArgs,
    ...dailyCost('tmGradeHistory'),
    resolve: ({ tokenId }, args, context) =>
      dailyConnection(args, context, (range) =>
        context.loaders.tokenMetrics.tmGrades.load({ tokenId, range }),
      ),
  }),
}));
