import type { GraphQLError } from 'graphql';
import type { ResponsePath } from './path.ts';

export type Variables = Readonly<Record<string, unknown>>;

export interface ExecutionRequest<Context> {
  readonly context: Context;
  /** Coerced already. */
  readonly variables: Variables;
  readonly rootValue?: unknown;
}

/** What one execution of a compiled operation shares between its fields. */
export class Run {
  readonly context: unknown;
  readonly variables: Variables;
  readonly rootValue: unknown;
  readonly errors: GraphQLError[] = [];
  /** The arguments that hold variables, by the slot of their field. */
  readonly argumentValues: unknown[] = [];
  /** Told of what nobody foresaw while text was awaited. */
  onCrash: (reason: unknown) => void = () => {};
  /** Counts what the next execution may do otherwise: failures, and methods that were called. */
  unrepeatable = 0;
  /** Whether the text that is being written is to be kept: it is one piece, with all within. */
  isRecording = false;
  #nulled: Set<ResponsePath | undefined> | undefined;

  constructor({ context, variables, rootValue }: ExecutionRequest<unknown>) {
    this.context = context;
    this.variables = variables;
    this.rootValue = rootValue;
  }

  /** Records why a position is null, unless it or one above it is null already. */
  addError(error: GraphQLError, path: ResponsePath | undefined): void {
    this.unrepeatable += 1;
    const nulled = (this.#nulled ??= new Set());
    for (let above = path; above !== undefined; above = above.prev) {
      if (nulled.has(above)) return;
    }
    if (nulled.has(undefined)) return;
    nulled.add(path);
    this.errors.push(error);
  }
}
