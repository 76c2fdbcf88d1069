import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { dailyArgs, dailyConnection, dailyCost } from './daily-series.ts';
import { pageConnection } from './pages.ts';
import { Sourced } from './provenance.ts';
import { readsLatest } from './reads.ts';
import { defined, MarketFilter, marketQuery, minimum, pageArgs, screenCost } from './screen.ts';
import { Token } from './token.ts';

const InvestorGrade = builder.objectRef<Row<'investorGrades'>>('InvestorGrade').implement({
  description:
    'The investor grade of a token and day, for the long term. Endpoint `/investor-grades`, which the upstream no longer documents since August 2025.',
  interfaces: [Sourced],
  fields: (t) => {
    const score = (name: ScoreName, what: string) =>
      t.exposeFloat(name, { description: `${what}, 0 to 10.` });
    return {
      token: t.field({
        type: Token,
        nullable: false,
        description: 'The token the grade is of.',
        resolve: (row) => row,
      }),
      date: t.expose('date', { type: 'Date', nullable: false, description: 'The UTC day.' }),
      grade: t.exposeFloat('tmInvestorGrade', { description: 'The grade, 0 to 100.' }),
      changePercent7d: t.exposeFloat('tmInvestorGrade7dPctChange', {
        description: 'Change against seven days before, in percent: -1.4 means -1.4 %.',
      }),
      fundamentalGrade: t.exposeFloat('fundamentalGrade', {
        description: 'The fundamental part, 0 to 100.',
      }),
      technologyGrade: t.exposeFloat('technologyGrade', {
        description: 'The technology part, 0 to 100.',
      }),
      valuationGrade: t.exposeFloat('valuationGrade', {
        description: 'The valuation part, 0 to 100.',
      }),
      defiUsageScore: score('defiUsageScore', 'Usage of its DeFi contracts'),
      communityScore: score('communityScore', 'Community'),
      exchangeScore: score('exchangeScore', 'The exchanges that list it'),
      vcScore: score('vcScore', 'Venture capital behind it'),
      tokenomicsScore: score('tokenomicsScore', 'Tokenomics'),
      defiScannerScore: score('defiScannerScore', 'Safety of its DeFi contracts'),
      activityScore: score('activityScore', 'Activity of development'),
      securityScore: score('securityScore', 'Security'),
      repositoryScore: score('repositoryScore', 'Quality of the repository'),
      collaborationScore: score('collaborationScore', 'Collaboration of developers'),
    };
  },
});

type ScoreName = Extract<keyof Row<'investorGrades'>, `${string}Score`>;

const InvestorGradeConnection = builder.connectionObject(
  {
    type: InvestorGrade,
    name: 'InvestorGradeConnection',
    description: 'A page of investor grades.',
  },
  { name: 'InvestorGradeEdge', description: 'The investor grade of a token and day.' },
);

const deprecationReason =
  'Withdrawn upstream in August 2025 and may stop answering; use `fundamentalGrade` and `technologyGrade`. Removed after 2027-06-30.';

builder.objectFields(Token, (t) => ({
  investorGrade: t.field({
    type: InvestorGrade,
    deprecationReason,
    description: 'The newest investor grade of the last three days; null when there is none.',
    ...priced({ reads: readsLatest('investorGrades') }),
    resolve: ({ tokenId }, _args, { loaders }) => loaders.tokenMetrics.investorGrade.load(tokenId),
  }),
  investorGrades: t.field({
    type: InvestorGradeConnection,
    deprecationReason,
    description: 'Investor grades by day, newest first.',
    args: dailyArgs,
    ...dailyCost('investorGrades'),
    resolve: ({ tokenId }, args, context) =>
      dailyConnection(args, context, (range) =>
        context.loaders.tokenMetrics.investorGrades.load({ tokenId, range }),
      ),
  }),
}));

builder.queryField('investorGrades', (t) =>
  t.field({
    type: InvestorGradeConnection,
    deprecationReason,
    description:
      'Screens the investor grades of all tokens, newest day first. Without days in the filter it goes back through all of history.',
    args: {
      ...pageArgs,
      filter: t.arg({ type: MarketFilter, description: 'Which tokens and days to look at.' }),
      gradeMin: t.arg.float({ description: 'At least this grade, 0 to 100.' }),
    },
    ...screenCost('investorGrades'),
    resolve: (_root, args, { loaders, nowMs }) => {
      const query = {
        ...marketQuery(args.filter, nowMs),
        ...defined({ investorGrade: minimum('gradeMin', args.gradeMin) }),
      };
      return pageConnection(args, {
        load: (page) => loaders.tokenMetrics.investorGradePage.load({ query, page }),
        keyOf: (row) => `${row.tokenId} ${row.date}`,
        nodeOf: (row) => row,
      });
    },
  }),
);
