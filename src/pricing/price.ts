import {
  type DocumentNode,
  type FieldNode,
  getArgumentValues,
  getNamedType,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { type Arguments, type FieldCost, firstDayOf, sizeOf, weightOf } from './field-cost.ts';
import type { LimitedUses, Price } from './priced.ts';
import { createReadPlan, type RequestsFor } from './read-plan.ts';
import { createFieldsOf } from './selection.ts';

export interface PriceOptions {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As `getVariableValues` coerced them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly nowMs: number;
  /** Levels beyond which nothing is priced. */
  readonly depthMax: number;
  readonly requestsFor: RequestsFor;
}

/** Fields visited before pricing gives up; fragments that use each other can multiply without end. */
const visitsMax = 25_000;

/** Objects of the answer that are resolved together. */
interface Objects {
  /** How many there are at most: what is read for them. */
  readonly count: number;
  /** How many there are by the sizes of the SDL: what they weigh. */
  readonly assumed: number;
  /** The same for the same objects, under whatever alias they are asked for. */
  readonly identity: string;
  /** What had to arrive before they exist; reads of one wave share requests. */
  readonly wave: string;
  readonly bornOf?: string | undefined;
  readonly path: string;
  readonly depth: number;
  readonly areEdges?: boolean;
  /** Of a connection: which of its fields are the list, and how long it is. */
  readonly sized?: { readonly fields: readonly string[]; readonly size: number } | undefined;
}

/**
 * Prices one operation of a document. Points follow the `@cost` and `@listSize` of the SDL; credits
 * follow the loaders: the same read of the same objects is one, whatever its alias, and reads that
 * start together share their requests.
 */
export function priceOperation(options: PriceOptions): Price {
  const { schema, document, operation, variables, nowMs, depthMax, requestsFor } = options;
  const fieldsOf = createFieldsOf(schema, document, variables);
  const plan = createReadPlan(requestsFor);
  const pointsByPath = new Map<string, number>();
  const limitedUses = new Map<string, LimitedUses>();
  let visits = 0;
  let depth = 0;
  let largestPage: Price['largestPage'];
  let oldestDay: Price['oldestDay'];

  function priceObject(
    type: GraphQLObjectType,
    selectionSets: readonly SelectionSetNode[],
    objects: Objects,
  ): number {
    let points = 0;
    if (selectionSets.length > 0) depth = Math.max(depth, objects.depth + 1);
    if (objects.depth >= depthMax) return points;
    for (const [key, nodes] of fieldsOf(type, selectionSets)) {
      visits += 1;
      if (visits > visitsMax) break;
      const field = type.getFields()[nodes[0].name.value];
      // __typename and the schema itself are no fields of the type, and cost nothing.
      if (field === undefined) continue;
      countUses(`${type.name}.${field.name}`, field, objects.count);
      points += priceField(field, key, nodes, objects);
    }
    return points;
  }

  function priceField(
    field: GraphQLField<unknown, unknown>,
    key: string,
    nodes: readonly [FieldNode, ...FieldNode[]],
    parents: Objects,
  ): number {
    const args = argumentsOf(field, nodes[0], variables);
    if (args === undefined) return 0;
    const cost: FieldCost = field.extensions.cost ?? {};
    const path = parents.path === '' ? key : `${parents.path}.${key}`;
    const isItems = parents.sized?.fields.includes(field.name) ?? false;
    const size = cost.listSize === undefined ? 1 : sizeOf(cost.listSize, args);
    const sizedFields = cost.listSize?.sizedFields;
    if (cost.listSize?.slicingArguments !== undefined && size > (largestPage?.size ?? 0)) {
      largestPage = { size, path };
    }
    const items = isItems ? (parents.sized?.size ?? 1) : sizedFields === undefined ? size : 1;
    const count = parents.count * Math.max(items, cost.listSize?.atWorst ?? 0);
    const assumed = parents.assumed * items;

    let points = weightOf(field) * assumed;
    if (points > 0) pointsByPath.set(path, (pointsByPath.get(path) ?? 0) + points);

    const argsKey = Object.keys(args).length === 0 ? '' : JSON.stringify(args);
    // The items of a connection are the same objects through `edges` and through `nodes`.
    const isTransparent = isItems || (parents.areEdges === true && field.name === 'node');
    const objects: Objects = {
      count,
      assumed,
      identity: isTransparent ? parents.identity : `${parents.identity}/${field.name}${argsKey}`,
      wave: readsOf(cost, args, parents, path, argsKey),
      bornOf: cost.bornOf ?? (isTransparent ? parents.bornOf : undefined),
      path,
      depth: parents.depth + 1,
      areEdges: isItems && field.name === 'edges',
      sized: sizedFields === undefined ? undefined : { fields: sizedFields, size },
    };
    const selectionSets = nodes.flatMap((node) => node.selectionSet ?? []);
    const type = getNamedType(field.type);
    if (isObjectType(type)) points += priceObject(type, selectionSets, objects);
    else if (isAbstractType(type)) {
      // Every object has one of the possible types: the dearest is what it may come to.
      const prices = schema
        .getPossibleTypes(type)
        .map((possible) => priceObject(possible, selectionSets, objects));
      points += Math.max(0, ...prices);
    }
    return points;
  }

  function countUses(coordinate: string, field: GraphQLField<unknown, unknown>, more: number) {
    const rateLimit = field.extensions.cost?.rateLimit;
    if (rateLimit === undefined || more === 0) return;
    const count = more + (limitedUses.get(coordinate)?.count ?? 0);
    limitedUses.set(coordinate, { ...rateLimit, count });
  }

  /** Adds a field's reads to the plan; answers the wave in which the field's objects arrive. */
  function readsOf(
    cost: FieldCost,
    args: Arguments,
    parents: Objects,
    path: string,
    argsKey: string,
  ): string {
    const { rateLimit } = cost;
    // Fields under one limit are released together, apart from those under none or another.
    const wave =
      rateLimit === undefined
        ? parents.wave
        : `${parents.wave}@${rateLimit.limit}/${rateLimit.duration}`;
    const isFree = parents.bornOf !== undefined && cost.freeWhenBornOf?.includes(parents.bornOf);
    const reads = isFree ? [] : (cost.reads?.(args, { nowMs }) ?? []);
    if (parents.count === 0) return wave;
    for (const read of reads) {
      // A mutation is done as often as it is asked for, under whatever alias.
      const asked = operation.operation === OperationTypeNode.MUTATION ? path : argsKey;
      const identity = `${parents.identity}${read.keys === undefined ? '' : asked}`;
      plan.add(read, { wave, identity, count: parents.count, path });
      const day = firstDayOf(read);
      if (day !== undefined && (oldestDay === undefined || day < oldestDay.day)) {
        oldestDay = { day, path };
      }
    }
    return reads.reduce((after, read) => `${after}>${read.endpoint}:${read.kind}`, wave);
  }

  const root = schema.getRootType(operation.operation);
  const points = root
    ? priceObject(root, [operation.selectionSet], {
        count: 1,
        assumed: 1,
        identity: '',
        wave: '',
        path: '',
        depth: 0,
      })
    : 0;
  const lines = plan.lines();
  return {
    points,
    credits: lines.reduce((sum, line) => sum + line.requests, 0),
    plan: lines,
    pointsByPath,
    depth,
    largestPage,
    oldestDay,
    limitedUses,
    isTruncated: visits > visitsMax || depth > depthMax,
  };
}

/** `undefined` when execution will refuse the arguments, and run nothing here. */
function argumentsOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Readonly<Record<string, unknown>>,
): Arguments | undefined {
  try {
    return getArgumentValues(field, node, variables);
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
}
