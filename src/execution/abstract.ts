import {
  defaultTypeResolver,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLObjectType,
  isObjectType,
} from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';
import { createObject, type ObjectOptions } from './object.ts';
import { fieldPathOf, type ResponsePath } from './path.ts';
import type { Complete } from './pending.ts';
import type { Run } from './run.ts';
import { isAbsent, isThenable } from './thenable.ts';
import { AwaitedValue } from './waiting.ts';

/** Completes values of an interface or union: as the object type each of them says it is. */
export function createAbstract(type: GraphQLAbstractType, options: ObjectOptions): Complete {
  const known = new Map<unknown, Complete>();

  const completerOf = (name: unknown, value: unknown): Complete => {
    const seen = known.get(name);
    if (seen !== undefined) return seen;
    const complete = createObject(runtimeTypeOf(name, value, type, options), options);
    known.set(name, complete);
    return complete;
  };

  const nameOf = (run: Run, value: unknown, path: ResponsePath): unknown => {
    // Most values say it themselves; the default resolver would ask them first, too.
    if (!type.resolveType && typeof value === 'object' && value !== null) {
      if ('__typename' in value && typeof value.__typename === 'string') return value.__typename;
    }
    const resolveType = type.resolveType ?? defaultTypeResolver;
    return resolveType(value, run.context, options.infoOf(run, fieldPathOf(path)), type);
  };

  return (run, value, path) => {
    if (isAbsent(value)) return null;
    const name = nameOf(run, value, path);
    if (!isThenable(name)) return completerOf(name, value)(run, value, path);
    const complete: Complete = (_run, arrived) => completerOf(arrived, value)(run, value, path);
    return new AwaitedValue(run, name, complete, path);
  };
}

function runtimeTypeOf(
  name: unknown,
  value: unknown,
  type: GraphQLAbstractType,
  { plan, schema }: ObjectOptions,
): GraphQLObjectType {
  const { nodes } = plan;
  const field = `${plan.parentType.name}.${plan.definition.name}`;
  if (name === undefined || name === null) {
    throw new GraphQLError(
      `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${field}". Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`,
      { nodes },
    );
  }
  if (isObjectType(name)) {
    throw new GraphQLError(
      'Support for returning GraphQLObjectType from resolveType was removed in graphql-js@16.0.0 please return type name instead.',
    );
  }
  if (typeof name !== 'string') {
    throw new GraphQLError(
      `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${field}" with ` +
        `value ${inspect(value)}, received "${inspect(name)}".`,
    );
  }
  const runtimeType = schema.getType(name);
  if (runtimeType === undefined) {
    throw new GraphQLError(
      `Abstract type "${type.name}" was resolved to a type "${name}" that does not exist inside the schema.`,
      { nodes },
    );
  }
  if (!isObjectType(runtimeType)) {
    throw new GraphQLError(
      `Abstract type "${type.name}" was resolved to a non-object type "${name}".`,
      { nodes },
    );
  }
  if (!schema.isSubType(type, runtimeType)) {
    throw new GraphQLError(
      `Runtime Object type "${runtimeType.name}" is not a possible type for "${type.name}".`,
      { nodes },
    );
  }
  return runtimeType;
}
