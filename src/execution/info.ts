import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLResolveInfo,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import type { FieldPlan } from './field-plan.ts';
import type { ResponsePath } from './path.ts';
import type { Run } from './run.ts';

/** What all fields of an operation tell alike. */
export interface OperationPlan {
  readonly schema: GraphQLSchema;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  readonly operation: OperationDefinitionNode;
}

class FieldInfo implements GraphQLResolveInfo {
  readonly fieldName: string;
  readonly fieldNodes: readonly FieldNode[];
  readonly returnType: GraphQLOutputType;
  readonly parentType: GraphQLObjectType;
  readonly path: ResponsePath;
  readonly schema: GraphQLSchema;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  readonly rootValue: unknown;
  readonly operation: OperationDefinitionNode;
  readonly variableValues: Record<string, unknown>;

  constructor(plan: FieldPlan, operation: OperationPlan, run: Run, path: ResponsePath) {
    this.fieldName = plan.definition.name;
    this.fieldNodes = plan.nodes;
    this.returnType = plan.definition.type;
    this.parentType = plan.parentType;
    this.path = path;
    this.schema = operation.schema;
    this.fragments = operation.fragments;
    this.rootValue = run.rootValue;
    this.operation = operation.operation;
    this.variableValues = run.variables;
  }
}

export type InfoOf = (run: Run, path: ResponsePath) => GraphQLResolveInfo;

export function createInfoOf(plan: FieldPlan, operation: OperationPlan): InfoOf {
  return (run, path) => new FieldInfo(plan, operation, run, path);
}

const known = new WeakMap<object, number>();

/**
 * How many parameters a function may read: what `length` says, unless rest parameters, defaults or
 * `arguments` hide some; then all of them.
 */
export function parametersOf(resolve: (...args: never[]) => unknown): number {
  const seen = known.get(resolve);
  if (seen !== undefined) return seen;
  const count = hidesParameters(resolve) ? Infinity : resolve.length;
  known.set(resolve, count);
  return count;
}

function hidesParameters(resolve: (...args: never[]) => unknown): boolean {
  if (resolve.length === 0) return true;
  const text = Function.prototype.toString.call(resolve);
  if (/\barguments\b|\[native code\]/.test(text)) return true;
  const open = text.indexOf('(');
  const arrow = text.indexOf('=>');
  // `source => …` has one parameter and nothing to hide.
  if (arrow !== -1 && (open === -1 || arrow < open)) return false;
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    // Quotes, comments and brackets could deceive the count: then, too, all of them.
    if (depth === 0) return /[=/'"`[]|\.\.\./.test(text.slice(0, at));
  }
  return true;
}
