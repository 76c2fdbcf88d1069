import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { dailyArgs, dailyConnection, dailyCost } from './daily-series.ts';
import { pageConnection } from './pages.ts';
import { Sourced } from './provenance.ts';
import { readsLatest } from './reads.ts';
import { defined, MarketFilter, marketQuery, minimum, pageArgs, screenCost } from './screen.ts';
import { Token } from './token.ts';

const TraderGrade = builder.objectRef<Row<'traderGrades'>>('TraderGrade').implement({
  description:
    'The trader grade of a token and day: 80 % technical analysis, 20 % quantitative. Endpoint `/trader-grades`, which the upstream no longer documents since August 2025.',
  interfaces: [Sourced],
  fields: (t) => ({
    token: t.field({
      type: Token,
      nullable: false,
      description: 'The token the grade is of.',
      resolve: (row) => row,
    }),
    date: t.expose('date', { type: 'Date', nullable: false, description: 'The UTC day.' }),
    grade: t.exposeFloat('tmTraderGrade', {
      description: 'The grade, 0 to 100: 0.8 × `taGrade` + 0.2 × `quantGrade`.',
    }),
    taGrade: t.exposeFloat('taGrade', { description: 'Technical analysis, 0 to 100.' }),
    quantGrade: t.exposeFloat('quantGrade', { description: 'Quantitative metrics, 0 to 100.' }),
    changePercent24h: t.exposeFloat('tmTraderGrade24hPctChange', {
      description: 'Change against the day before, in percent: -1.4 means -1.4 %.',
    }),
  }),
});

const TraderGradeConnection = builder.connectionObject(
  { type: TraderGrade, name: 'TraderGradeConnection', description: 'A page of trader grades.' },
  { name: 'TraderGradeEdge', description: 'The trader grade of a token and day.' },
);

const deprecationReason =
  'Withdrawn upstream in August 2025 and may stop answering; use `tmGrade` and `tmGrades`. Removed after 2027-06-30.';

builder.objectFields(Token, (t) => ({
  traderGrade: t.field({
    type: TraderGrade,
    deprecationReason,
    description: 'The newest trader grade of the last three days; null when there is none.',
    ...priced({ reads: readsLatest('traderGrades') }),
    resolve: ({ tokenId }, _args, { loaders }) => loaders.tokenMetrics.traderGrade.load(tokenId),
  }),
  traderGrades: t.field({
    type: TraderGradeConnection,
    deprecationReason,
    description: 'Trader grades by day, newest first.',
    args: dailyArgs,
    ...dailyCost('traderGrades'),
    resolve: ({ tokenId }, args, context) =>
      dailyConnection(args, context, (range) =>
        context.loaders.tokenMetrics.traderGrades.load({ tokenId, range }),
      ),
  }),
}));

builder.queryField('traderGrades', (t) =>
  t.field({
    type: TraderGradeConnection,
    deprecationReason,
    description:
      'Screens the trader grades of all tokens, newest day first. Without days in the filter it goes back through all of history.',
    args: {
      ...pageArgs,
      filter: t.arg({ type: MarketFilter, description: 'Which tokens and days to look at.' }),
      gradeMin: t.arg.float({ description: 'At least this grade, 0 to 100.' }),
      changePercent24hMin: t.arg.float({
        description: 'At least this change against the day before, in percent.',
      }),
    },
    ...screenCost('traderGrades'),
    resolve: (_root, args, { loaders, nowMs }) => {
      const query = {
        ...marketQuery(args.filter, nowMs),
        ...defined({
          traderGrade: minimum('gradeMin', args.gradeMin),
          traderGradePercentChange: args.changePercent24hMin?.toString(),
        }),
      };
      return pageConnection(args, {
        load: (page) => loaders.tokenMetrics.traderGradePage.load({ query, page }),
        keyOf: (row) => `${row.tokenId} ${row.date}`,
        nodeOf: (row) => row,
      });
    },
  }),
);
