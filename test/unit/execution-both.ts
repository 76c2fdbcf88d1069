import {
  execute,
  getVariableValues,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { expect } from 'vitest';
import { compileOperation, type Executed } from '../../src/execution/compile.ts';

export interface Asked {
  readonly schema: GraphQLSchema;
  readonly source: string;
  readonly rootValue?: () => unknown;
  readonly variables?: Record<string, unknown>;
  readonly context?: object;
}

/** Reads an operation and compiles it; variables are coerced for each run. */
export function compiledOf({ schema, source }: Asked) {
  const document = parse(source);
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION,
  );
  if (operation === undefined) throw new Error('expected an operation');
  const compiled = compileOperation<object | undefined>({ schema, document, operation });
  return {
    run: ({ rootValue, variables = {}, context }: Partial<Asked> = {}) => {
      const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
      if (coerced === undefined) throw new Error('expected variables of their types');
      return compiled.run({ context, variables: coerced, rootValue: rootValue?.() });
    },
  };
}

const told = (errors: readonly GraphQLError[] = []) =>
  errors.map((error) => ({
    ...error.toJSON(),
    original: error.originalError?.constructor,
    nodes: error.nodes?.length,
  }));

/** Runs an operation by both and expects one answer of them, which it gives. */
export async function expectSame(asked: Asked): Promise<Executed> {
  const { schema, source, rootValue, variables, context } = asked;
  const expected = await execute({
    schema,
    document: parse(source),
    rootValue: rootValue?.(),
    variableValues: variables,
    contextValue: context,
  });
  const actual = await compiledOf(asked).run(asked);
  expect(actual.data).toBe(JSON.stringify(expected.data));
  expect(told(actual.errors)).toEqual(told(expected.errors));
  return actual;
}
