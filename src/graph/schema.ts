import { type GraphQLDirective, specifiedDirectives } from 'graphql';
import { costDirective, listSizeDirective } from '../pricing/field-cost.ts';
import { builder } from './builder.ts';
import './scalars.ts';
import './node.ts';
import './token-queries.ts';
import './price.ts';
import './tm-grade.ts';
import './trader-grade.ts';
import './investor-grade.ts';
import './fundamental-grade.ts';
import './technology-grade.ts';
import './trading-signal.ts';
import './hourly-signal.ts';

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
    directives: [...specifiedDirectives, costDirective, listSizeDirective, ...directives],
  });
  schema.description = description;
  return schema;
}
