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
    'Tokens with their prices, grades and signals. Prices are in `extensions.cost` of every answer. Data is for building software; nothing here is financial advice.',
});

/** The schema, with the definitions of its own directives and of those a transform brings. */
export function buildSchema(directives: readonly GraphQLDirective[]) {
  return builder.toSchema({
    directives: [...specifiedDirectives, costDirective, listSizeDirective, ...directives],
  });
}
