import { GraphQLError, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';
import type { FieldPlan } from './field-plan.ts';
import type { InfoOf } from './info.ts';
import { fieldPathOf, type ResponsePath } from './path.ts';
import type { Complete, Written } from './pending.ts';
import type { Run } from './run.ts';
import { isAbsent, isThenable } from './thenable.ts';
import { AwaitedValue } from './waiting.ts';

/** Writes the selected fields of an object; throws what a field that must not be null fails with. */
export type WriteObject = (run: Run, source: unknown, path: ResponsePath | undefined) => Written;

/** A selected field, ready to be written. */
export interface Field {
  /** `,"key":`, or `{"key":` of the first field. */
  readonly key: string;
  /** Whether JSON may have no text for its value. */
  readonly mayBeOmitted: boolean;
  readonly write: WriteObject;
}

export interface ObjectOptions {
  readonly plan: FieldPlan;
  readonly schema: GraphQLSchema;
  readonly infoOf: InfoOf;
  /** How the fields that the field selects of an object type are written. */
  readonly selectionOf: (type: GraphQLObjectType) => WriteObject;
}

/** Completes values of an object type. */
export function createObject(type: GraphQLObjectType, options: ObjectOptions): Complete {
  const select = options.selectionOf(type);
  if (!type.isTypeOf) {
    return (run, value, path) => (isAbsent(value) ? null : select(run, value, path));
  }
  return (run, value, path) => {
    if (isAbsent(value)) return null;
    const write: Complete = (_run, isIt) => {
      if (isIt) return select(run, value, path);
      throw new GraphQLError(`Expected value of type "${type.name}" but got: ${inspect(value)}.`, {
        nodes: options.plan.nodes,
      });
    };
    const info = options.infoOf(run, fieldPathOf(path));
    const isIt: unknown = type.isTypeOf?.(value, run.context, info);
    return isThenable(isIt) ? new AwaitedValue(run, isIt, write, path) : write(run, isIt, path);
  };
}
