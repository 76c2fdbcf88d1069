import {
  type FieldNode,
  getDirectiveValues,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  type InlineFragmentNode,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';
import type { Variables } from './run.ts';

export type FieldNodes = [FieldNode, ...FieldNode[]];

export interface CollectOptions {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** The values that `@skip` and `@include` go by. */
  readonly conditions: Variables;
}

/** The fields that selection sets select of an object type, merged by response key, in order. */
export function collectFields(
  options: CollectOptions,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): Map<string, FieldNodes> {
  const fields = new Map<string, FieldNodes>();
  const visited = new Set<string>();

  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD && visited.has(selection.name.value)) continue;
      if (!isIncluded(selection, options.conditions)) continue;
      switch (selection.kind) {
        case Kind.FIELD: {
          const key = selection.alias?.value ?? selection.name.value;
          const nodes = fields.get(key);
          if (nodes === undefined) fields.set(key, [selection]);
          else nodes.push(selection);
          break;
        }
        case Kind.INLINE_FRAGMENT:
          if (applies(options.schema, selection, type)) collect(selection.selectionSet);
          break;
        case Kind.FRAGMENT_SPREAD: {
          visited.add(selection.name.value);
          const fragment = options.fragments[selection.name.value];
          if (fragment && applies(options.schema, fragment, type)) collect(fragment.selectionSet);
        }
      }
    }
  };
  selectionSets.forEach(collect);
  return fields;
}

function isIncluded(node: SelectionNode, conditions: Variables): boolean {
  return (
    getDirectiveValues(GraphQLSkipDirective, node, conditions)?.['if'] !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, conditions)?.['if'] !== false
  );
}

function applies(
  schema: GraphQLSchema,
  { typeCondition }: InlineFragmentNode | FragmentDefinitionNode,
  type: GraphQLObjectType,
): boolean {
  if (typeCondition === undefined) return true;
  const condition = typeFromAST(schema, typeCondition);
  return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
}
