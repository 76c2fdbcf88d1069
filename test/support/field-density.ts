import {
  getOperationAST,
  type GraphQLSchema,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { priceOperation } from '../../src/pricing/price.ts';

/** The price of an operation without variables, whatever its upstream requests. */
export function priceWithoutRequests(schema: GraphQLSchema, query: string) {
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
  });
}

/**
 * Bytes of answers for each point of each field. The bytes of a field are those of its values and
 * of what below them costs nothing; what costs points bears its own.
 */
export function createFieldDensities(schema: GraphQLSchema) {
  const fields = new Map<string, { points: number; bytes: number }>();
  return {
    add(query: string, data: unknown): void {
      const { pointsByPath } = priceWithoutRequests(schema, query);
      const fieldAt = fieldsByPath(schema, query);
      const bytesAt = bytesByPath(data, pointsByPath);
      for (const [path, points] of pointsByPath) {
        const name = fieldAt.get(path);
        if (name === undefined) throw new Error(`expected a field at ${path}`);
        const sum = fields.get(name) ?? { points: 0, bytes: 0 };
        fields.set(name, sum);
        sum.points += points;
        sum.bytes += bytesAt.get(path) ?? 0;
      }
    },

    /** Thinnest first. */
    all: () =>
      [...fields]
        .map(([field, { points, bytes }]) => ({ field, bytesPerPoint: bytes / points }))
        .sort((a, b) => a.bytesPerPoint - b.bytesPerPoint),
  };
}

/** `Type.field` by the path of aliases that leads to it. */
function fieldsByPath(schema: GraphQLSchema, query: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const keys: string[] = [];
  const types = new TypeInfo(schema);
  visit(
    parse(query),
    visitWithTypeInfo(types, {
      Field: {
        enter({ alias, name }) {
          keys.push((alias ?? name).value);
          names.set(keys.join('.'), `${types.getParentType()?.name}.${name.value}`);
        },
        leave: () => void keys.pop(),
      },
    }),
  );
  return names;
}

/** Bytes of JSON by the nearest path above them that costs points. */
function bytesByPath(data: unknown, priced: ReadonlyMap<string, number>): Map<string, number> {
  const bytes = new Map<string, number>();
  const count = (path: string, more: number) => bytes.set(path, (bytes.get(path) ?? 0) + more);
  const walk = (value: unknown, path: string, payer: string): void => {
    if (Array.isArray(value)) {
      count(payer, 2);
      for (const item of value) walk(item, path, payer);
    } else if (typeof value === 'object' && value !== null) {
      count(payer, 2);
      for (const [key, below] of Object.entries(value)) {
        const place = path === '' ? key : `${path}.${key}`;
        const whose = priced.has(place) ? place : payer;
        count(whose, key.length + 4);
        walk(below, place, whose);
      }
    } else count(payer, Buffer.byteLength(JSON.stringify(value)));
  };
  walk(data, '', '');
  return bytes;
}
