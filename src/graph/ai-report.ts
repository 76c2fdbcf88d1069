import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { rowOfToken } from './prefetch.ts';
import { Sourced } from './provenance.ts';
import { readsOne } from './reads.ts';
import { requires } from './scopes.ts';
import { Token } from './token.ts';

/** Recorded texts are four to seven kilobytes; a byte costs what one of a sentiment's summary does. */
const textWeight = 20;

const AiReport = builder.objectRef<Row<'aiReports'>>('AiReport').implement({
  description:
    'Reports about a token, written by a machine, in Markdown of several kilobytes each. Endpoint `/ai-reports`.',
  interfaces: [Sourced],
  fields: (t) => ({
    summary: t.exposeString('investmentAnalysisPointer', {
      description: 'The investment analysis in points.',
      ...priced({ weight: textWeight }),
    }),
    investmentAnalysis: t.exposeString('investmentAnalysis', {
      description: 'The investment analysis.',
      ...priced({ weight: textWeight }),
    }),
    deepDive: t.exposeString('deepDive', {
      description: 'What the project is and does.',
      ...priced({ weight: textWeight }),
    }),
    codeReview: t.exposeString('codeReview', {
      description: 'A review of its code.',
      ...priced({ weight: textWeight }),
    }),
    traderReport: t.exposeString('traderReport', {
      description: 'For traders; on reports of an older revision.',
      ...priced({ weight: textWeight }),
    }),
    fundamentalReport: t.exposeString('fundamentalReport', {
      description: 'On the fundamentals; on reports of an older revision.',
      ...priced({ weight: textWeight }),
    }),
    technologyReport: t.exposeString('technologyReport', {
      description: 'On the technology; on reports of an older revision.',
      ...priced({ weight: textWeight }),
    }),
  }),
});

builder.objectField(Token, 'aiReport', (t) =>
  t.field({
    type: AiReport,
    description: 'Reports about the token; null when there is none.',
    ...requires('reports'),
    ...rowOfToken(
      { scope: 'reports', reads: readsOne('aiReports') },
      ({ tokenMetrics }) => tokenMetrics.aiReport,
    ),
  }),
);
