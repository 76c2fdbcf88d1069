import {
  buildSchema,
  execute,
  type GraphQLError,
  type GraphQLObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { expect } from 'vitest';
import { compileOperation } from '../../src/execution/compile.ts';
import type { TextKeeper } from '../../src/execution/kept-text.ts';

const schema = buildSchema(`
  interface Lasting { id: Int }
  input Where { of: [Int!] }
  type Row implements Lasting {
    id: Int name: String must: String! counted(n: Int, where: Where): String
    inner: Row strict: Row! rows: [Row] plain: Plain named: Lasting
  }
  type Plain { id: Int row: Row counted(n: Int): String }
  type Query { row(n: Int): Row rows: [Row] strict: [Row!] plain: Plain named: Lasting }
`);

/** Keeps every text of a `Lasting` at once, and for ever. */
function createKeeper() {
  const shelves = new Map<object, Map<object, string>>();
  const counts = { given: 0, kept: 0, recorded: 0 };
  const keeper: TextKeeper<unknown> = {
    isLasting: (type: GraphQLObjectType) => type.getInterfaces().length > 0,
    shelfOf: (selection) => {
      const shelf = shelves.get(selection) ?? new Map<object, string>();
      shelves.set(selection, shelf);
      return {
        give: (source) => {
          const text = shelf.get(source);
          if (text !== undefined) counts.given += 1;
          return text;
        },
        isWanted: () => true,
        record: (source) => {
          counts.recorded += 1;
          return (text) => {
            counts.kept += 1;
            shelf.set(source, text);
          };
        },
      };
    },
  };
  return { keeper, counts };
}

export const operationOf = (source: string) => {
  const document = parse(source);
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION,
  );
  if (operation === undefined) throw new Error('expected an operation');
  return { document, operation };
};

const told = (errors: readonly GraphQLError[] = []) => errors.map((error) => error.toJSON());

/** Runs an operation again and again, each time with the answer that graphql-js gives. */
export function startKeeping(source: string) {
  const { document, operation } = operationOf(source);
  const { keeper, counts } = createKeeper();
  const compiled = compileOperation({ schema, document, operation, keeper });
  /** What was given, kept and recorded in one run. */
  const run = async (rootValue: object, variables: Record<string, unknown> = {}) => {
    const expected = await execute({ schema, document, rootValue, variableValues: variables });
    Object.assign(counts, { given: 0, kept: 0, recorded: 0 });
    const { data, errors } = await compiled.run({ context: undefined, variables, rootValue });
    expect(data).toBe(JSON.stringify(expected.data));
    expect(told(errors)).toEqual(told(expected.errors));
    return { ...counts };
  };
  return { run };
}

/** A row that counts how often its name is read, by graphql-js too. */
export function countingRow() {
  const row = {
    id: 1,
    reads: 0,
    get name() {
      row.reads += 1;
      return 'a "name"';
    },
  };
  return row;
}
