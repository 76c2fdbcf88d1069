import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { dailyArgs, dailyConnection, dailyCost } from './daily-series.ts';
import { enumOf } from './open-enum.ts';
import { rowOfToken } from './prefetch.ts';
import { Sourced } from './provenance.ts';
import { readsOne } from './reads.ts';
import { Token } from './token.ts';

const FundamentalClass = builder.enumType('FundamentalClass', {
  description: 'The class a fundamental grade falls into. Open: new values may appear.',
  values: {
    HIGH_RISK: { description: 'Grades 0 to 39.' },
    SPECULATIVE: { description: 'Grades 40 to 59.' },
    EMERGING: { description: 'Grades 60 to 79.' },
    BLUE_CHIP: { description: 'Grades 80 to 89.' },
    STORE_OF_VALUE: { description: 'Grades 90 to 100.' },
    UNKNOWN: { description: 'A value of the upstream that is newer than this list.' },
  } as const,
});

const classes = new Map<string, typeof FundamentalClass.$inferType>([
  ['highrisk', 'HIGH_RISK'],
  ['speculative', 'SPECULATIVE'],
  ['emerging', 'EMERGING'],
  ['bluechip', 'BLUE_CHIP'],
  ['storeofvalue', 'STORE_OF_VALUE'],
]);

const FundamentalGrade = builder.objectRef<Row<'fundamentalGrade'>>('FundamentalGrade').implement({
  description:
    'How sound the project behind a token is. Endpoints `/fundamental-grade` and `/fundamental-grade-history`.',
  interfaces: [Sourced],
  fields: (t) => ({
    date: t.expose('date', {
      type: 'Date',
      description: 'The UTC day of the grade; null on the latest grade, which names none.',
    }),
    grade: t.exposeFloat('fundamentalGrade', { description: 'The grade, 0 to 100.' }),
    class: t.field({
      type: FundamentalClass,
      description: 'The class the grade falls into.',
      resolve: ({ fundamentalGradeClass }) =>
        enumOf(classes, fundamentalGradeClass?.replaceAll(/[\s_-]/g, '') ?? null),
    }),
    communityScore: t.exposeFloat('communityScore', { description: 'Community, 0 to 10.' }),
    exchangeScore: t.exposeFloat('exchangeScore', {
      description: 'The exchanges that list it, 0 to 10.',
    }),
    vcScore: t.exposeFloat('vcScore', { description: 'Venture capital behind it, 0 to 10.' }),
    tokenomicsScore: t.exposeFloat('tokenomicsScore', { description: 'Tokenomics, 0 to 10.' }),
    defiScannerScore: t.exposeFloat('defiScannerScore', {
      description: 'Safety of its DeFi contracts, 0 to 10.',
    }),
  }),
});

const FundamentalGradeConnection = builder.connectionObject(
  {
    type: FundamentalGrade,
    name: 'FundamentalGradeConnection',
    description: 'A page of fundamental grades, newest first.',
  },
  { name: 'FundamentalGradeEdge', description: 'The fundamental grade of a day.' },
);

builder.objectFields(Token, (t) => ({
  fundamentalGrade: t.field({
    type: FundamentalGrade,
    description: 'The latest fundamental grade; null when the token has none.',
    ...rowOfToken(
      { reads: readsOne('fundamentalGrade') },
      ({ tokenMetrics }) => tokenMetrics.fundamentalGrade,
      ({ tokenMetrics }, tokens) => tokenMetrics.isSureOfOneRequest('fundamentalGrade', tokens),
    ),
  }),
  fundamentalGrades: t.field({
    type: FundamentalGradeConnection,
    description: 'Fundamental grades by day, newest first.',
    args: dailyArgs,
    ...dailyCost('fundamentalGradeHistory'),
    resolve: ({ tokenId }, args, context) =>
      dailyConnection(args, context, (range) =>
        context.loaders.tokenMetrics.fundamentalGrades.load({ tokenId, range }),
      ),
  }),
}));
