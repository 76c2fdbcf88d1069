import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  locatedError,
  type OperationDefinitionNode,
} from 'graphql';
import { createBlueprint } from './blueprint.ts';
import { chosen, conditionsOf } from './conditions.ts';
import type { TextKeeper } from './kept-text.ts';
import type { WriteObject } from './object.ts';
import { type ExecutionRequest, Run, type Variables } from './run.ts';

/** How many combinations of conditions an operation keeps compiled. */
const combinationsMax = 64;

export interface Executed {
  /** JSON text of `data`: an object, or "null". */
  readonly data: string;
  readonly errors: readonly GraphQLError[];
}

export interface CompiledOperation<Context> {
  /** Runs the operation; without any promise when no resolver made one. */
  readonly run: (request: ExecutionRequest<Context>) => Executed | Promise<Executed>;
}

export interface CompileOptions<Context> {
  readonly schema: GraphQLSchema;
  /** Validated already. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Keeps the text of objects for others who are to see the same. */
  readonly keeper?: TextKeeper<Context> | undefined;
}

/**
 * Compiles a query or mutation to functions that write the JSON text of its data, with what
 * graphql-js `execute` answers and collects as errors. Where it differs:
 *
 * - Of promises that settle in the same turn, another may be first: the order of `errors`, which of
 *   several failures a null is explained by, and which errors below it were in time to be told.
 * - Arguments are shared by rows, and by requests where they hold no variables; so they are frozen, and
 *   literals are parsed once.
 * - `info` is given only to functions that can see it, a new one to each.
 * - What JSON cannot write (a BigInt of a scalar's own) fails its field, and `toJSON` is given no key.
 * - Promises of a list that failed half way are listened to, so none is an unhandled rejection.
 */
export function compileOperation<Context>({
  schema,
  document,
  operation,
  keeper,
}: CompileOptions<Context>): CompiledOperation<Context> {
  const fragments = Object.fromEntries(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((definition) => [definition.name.value, definition]),
  );
  const names = conditionsOf(document);
  const compile = (conditions: Variables) =>
    createBlueprint({ schema, fragments, operation }, conditions, keeper);
  const unconditional = names.length === 0 ? compile({}) : undefined;
  const combinations = new Map<string, WriteObject>();

  const writerFor = (variables: Variables): WriteObject => {
    if (unconditional !== undefined) return unconditional;
    const combination = names.map((name) => String(variables[name])).join();
    const known = combinations.get(combination);
    if (known !== undefined) return known;
    const writer = compile(chosen(names, variables));
    const [oldest] = combinations.keys();
    if (oldest !== undefined && combinations.size >= combinationsMax) combinations.delete(oldest);
    combinations.set(combination, writer);
    return writer;
  };

  return {
    run: (request) => execute(writerFor(request.variables), new Run(request)),
  };
}

function execute(write: WriteObject, run: Run): Executed | Promise<Executed> {
  const { errors } = run;
  const refuse = (error: unknown): Executed => {
    run.addError(error instanceof GraphQLError ? error : locatedError(error, undefined), undefined);
    return { data: 'null', errors };
  };
  try {
    const written = write(run, run.rootValue, undefined);
    if (typeof written === 'string') return { data: written, errors };
    return new Promise((resolve, reject) => {
      run.onCrash = reject;
      written.tell({
        arrived: (data) => resolve({ data, errors }),
        failed: (error) => resolve(refuse(error)),
      });
    });
  } catch (error) {
    return refuse(error);
  }
}
