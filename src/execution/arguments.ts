import { type FieldNode, type GraphQLField, getArgumentValues, Kind, visit } from 'graphql';
import type { Run } from './run.ts';

export type Arguments = Readonly<Record<string, unknown>>;
export type ArgumentsOf = (run: Run) => unknown;

/**
 * The arguments of a field: once for all requests where they hold no variables, else once a request.
 * They are shared by all rows, so they are frozen.
 */
export function createArgumentsOf(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
  nextSlot: () => number,
): ArgumentsOf {
  if (!holdsVariables(node)) {
    try {
      const constant = freeze(getArgumentValues(definition, node));
      return () => constant;
    } catch {
      // What cannot be coerced fails where it runs, each time as an error of its own.
      return () => getArgumentValues(definition, node);
    }
  }
  const slot = nextSlot();
  return ({ argumentValues, variables }) =>
    (argumentValues[slot] ??= Object.freeze(getArgumentValues(definition, node, variables)));
}

function holdsVariables(node: FieldNode): boolean {
  let holds = false;
  for (const argument of node.arguments ?? []) {
    visit(argument, { [Kind.VARIABLE]: () => void (holds = true) });
  }
  return holds;
}

/** Freezes what a literal was read into, and leaves what a scalar made of it alone. */
function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null || Array.isArray(value);
  if (!isPlain) return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
