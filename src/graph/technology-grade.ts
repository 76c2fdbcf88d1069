import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { dailyArgs, dailyConnection, dailyCost } from './daily-series.ts';
import { rowOfToken } from './prefetch.ts';
import { Sourced } from './provenance.ts';
import { readsOne } from './reads.ts';
import { Token } from './token.ts';

const TechnologyGrade = builder.objectRef<Row<'technologyGrade'>>('TechnologyGrade').implement({
  description:
    'How well the code behind a token is kept. Endpoints `/technology-grade` and `/technology-grade-history`.',
  interfaces: [Sourced],
  fields: (t) => ({
    date: t.expose('date', {
      type: 'Date',
      description: 'The UTC day of the grade; null where the latest grade names none.',
    }),
    grade: t.exposeFloat('technologyGrade', { description: 'The grade, 0 to 100.' }),
    activityScore: t.exposeFloat('activityScore', {
      description: 'Activity of development, 0 to 10.',
    }),
    securityScore: t.exposeFloat('securityScore', { description: 'Security, 0 to 10.' }),
    repositoryScore: t.exposeFloat('repositoryScore', {
      description: 'Quality of the repository, 0 to 10.',
    }),
    collaborationScore: t.exposeFloat('collaborationScore', {
      description: 'Collaboration of developers, 0 to 10.',
    }),
    defiScannerScore: t.exposeFloat('defiScannerScore', {
      description: 'Safety of its DeFi contracts, 0 to 10.',
    }),
  }),
});

const TechnologyGradeConnection = builder.connectionObject(
  {
    type: TechnologyGrade,
    name: 'TechnologyGradeConnection',
    description: 'A page of technology grades, newest first.',
  },
  { name: 'TechnologyGradeEdge', description: 'The technology grade of a day.' },
);

builder.objectFields(Token, (t) => ({
  technologyGrade: t.field({
    type: TechnologyGrade,
    description: 'The latest technology grade; null when the token has none.',
    ...rowOfToken(
      { reads: readsOne('technologyGrade') },
      ({ tokenMetrics }) => tokenMetrics.technologyGrade,
      ({ tokenMetrics }, tokens) => tokenMetrics.isSureOfOneRequest('technologyGrade', tokens),
    ),
  }),
  technologyGrades: t.field({
    type: TechnologyGradeConnection,
    description: 'Technology grades by day, newest first.',
    args: dailyArgs,
    ...dailyCost('technologyGradeHistory'),
    resolve: ({ tokenId }, args, context) =>
      dailyConnection(args, context, (range) =>
        context.loaders.tokenMetrics.technologyGrades.load({ tokenId, range }),
      ),
  }),
}));
