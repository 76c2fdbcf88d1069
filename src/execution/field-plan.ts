import {
  type FieldNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  isNonNullType,
  locatedError,
  responsePathAsArray,
} from 'graphql';
import type { ResponsePath } from './path.ts';
import type { Place } from './pending.ts';
import type { Run } from './run.ts';

/** What is known of a selected field before anything runs. */
export interface FieldPlan {
  readonly responseKey: string;
  readonly parentType: GraphQLObjectType;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
}

export function locate(error: unknown, { nodes }: FieldPlan, path: ResponsePath): GraphQLError {
  return locatedError(error, nodes, responsePathAsArray(path));
}

/** A nullable position keeps failures as errors and is null; any other one is its parent's failure. */
export function createPlace(plan: FieldPlan, type: unknown): Place {
  const { parentType, definition } = plan;
  if (!isNonNullType(type)) {
    return {
      failed: (run, error, path) => {
        run.addError(locate(error, plan, path), path);
        return 'null';
      },
      nullText: 'null',
      absent: () => 'null',
    };
  }
  const failed = (_run: Run, error: unknown, path: ResponsePath): never => {
    throw locate(error, plan, path);
  };
  return {
    failed,
    nullText: undefined,
    absent: (run, path) =>
      failed(
        run,
        new Error(
          `Cannot return null for non-nullable field ${parentType.name}.${definition.name}.`,
        ),
        path,
      ),
  };
}
