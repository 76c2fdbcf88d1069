import { type GraphQLDirective, specifiedDirectives } from 'graphql';
import { costDirective, listSizeDirective, requiresScopeDirective } from '../pricing/field-cost.ts';
import { builder } from './builder.ts';
import './scalars.ts';
import { answerIdsAtOnce } from './node.ts';
import './token-queries.ts';
import './price.ts';
import './tm-grade.ts';
import './trader-grade.ts';
import './investor-grade.ts';
import './fundamental-grade.ts';
import './technology-grade.ts';
import './trading-signal.ts';
import './hourly-signal.ts';
import './quant-metrics.ts';
import './correlation.ts';
import './support-resistance.ts';
import './price-prediction.ts';
import './scenario-analysis.ts';
import './candle.ts';
import './ai-report.ts';
import './trend-indicators.ts';
import './crypto-index.ts';
import './index-holding.ts';
import './index-performance.ts';
import './basket-transaction.ts';
import './basket-tile.ts';
import './basket-position.ts';
import './market-metrics.ts';
import './sentiment.ts';
import './moonshot.ts';
import './crypto-investor.ts';
import './chart.ts';
import './analyst.ts';
import './viewer.ts';

builder.queryType({
  description:
    'Where every query begins. Start with `topTokens`, or with `token(by:)` for one you know.',
});

const description = `Tokens with their prices, grades and signals, from metered REST APIs.

Every answer tells its price in \`extensions.cost\`: points protect the gateway, credits are upstream requests. Every value tells its source and its age. What the upstream does not have is null; what could not be found out is null with an error that says what to do.

Data is for building software; nothing here is financial advice.`;

/** The schema, with the definitions of its own directives and of those a transform brings. */
export function buildSchema(directives: readonly GraphQLDirective[]) {
  const schema = builder.toSchema({
    directives: [
      ...specifiedDirectives,
      costDirective,
      listSizeDirective,
      requiresScopeDirective,
      ...directives,
    ],
  });
  schema.description = description;
  answerIdsAtOnce(schema);
  return schema;
}
