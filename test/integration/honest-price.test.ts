import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  getNamedType,
  getOperationAST,
  type GraphQLSchema,
  isCompositeType,
  isIntrospectionType,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRateLimit } from '../../src/directives/rate-limit.ts';
import { buildSchema } from '../../src/graph/schema.ts';
import { sizeOf, weightOf } from '../../src/pricing/field-cost.ts';
import { priceOperation } from '../../src/pricing/price.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createOperationGenerator } from '../support/operation-generator.ts';
import { createRandom } from '../support/random.ts';
import { recordingLog } from '../support/recording-log.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    env: { COST_CREDITS_MAX: '1000000', COST_POINTS_MAX: '1000000000' },
  });
});
afterAll(() => gateway.close());

function operations(schema: GraphQLSchema, count: number, seed: number): string[] {
  const generator = createOperationGenerator(schema, createRandom(seed));
  return Array.from({ length: count }, () => generator.next());
}

/** The points of an operation without variables. */
function pointsOf(schema: GraphQLSchema, query: string): number {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('expected an operation');
  return priceOperation({
    schema,
    document,
    operation,
    variables: {},
    nowMs: Date.UTC(2026, 10, 21),
    depthMax: 100,
    requestsFor: () => 0,
  }).points;
}

/** The schema with our weights and sizes told in the words of Pothos' complexity plugin. */
function schemaForPothos(): GraphQLSchema {
  const { directive } = createRateLimit({ ...recordingLog(), identify: () => 'anyone' });
  const schema = buildSchema([directive]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isCompositeType(type) || isIntrospectionType(type) || !('getFields' in type)) continue;
    for (const field of Object.values(type.getFields())) {
      const weight = weightOf(field);
      const { listSize } = field.extensions.cost ?? {};
      const isObject = isObjectType(getNamedType(field.type)) || field.name.startsWith('node');
      const complexity = (args: Record<string, unknown>) => {
        const size = listSize === undefined ? 1 : sizeOf(listSize, args);
        const isConnection = listSize?.sizedFields !== undefined;
        return { field: isConnection ? weight : weight * size, multiplier: isObject ? size : 1 };
      };
      field.extensions = { ...field.extensions, complexity };
    }
  }
  return schema;
}

describe('the price is honest', () => {
  it('generated operations are valid, so that the tests below test something', () => {
    const { schema } = gateway.app;
    const invalid = operations(schema, 200, 1).filter(
      (text) => validate(schema, parse(text)).length > 0,
    );
    expect(invalid).toEqual([]);
  });

  it('never spends more upstream requests than it estimated', async () => {
    const dishonest: unknown[] = [];
    let spentSum = 0;
    let estimatedSum = 0;
    for (const query of operations(gateway.app.schema, 300, 2)) {
      const { extensions, errors } = await gateway.ask(query);
      const { estimated, spent } = extensions.cost.credits;
      if (spent > estimated) dishonest.push({ query, estimated, spent, errors });
      spentSum += spent;
      estimatedSum += estimated;
    }
    console.info(`300 generated operations: ${spentSum} credits spent, ${estimatedSum} estimated`);
    expect(dishonest).toEqual([]);
    expect(spentSum).toBeGreaterThan(300);
  }, 180_000);

  it("agrees with Pothos' own complexity on the points of any operation", () => {
    const schema = schemaForPothos();
    for (const query of operations(schema, 300, 3)) {
      const theirs = complexityFromQuery(query, { schema, ctx: {} }).complexity;
      expect([query, pointsOf(schema, query)]).toEqual([query, theirs]);
    }
  });
});
