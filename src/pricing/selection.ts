import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getDirectiveValues,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isAbstractType,
  Kind,
  type NamedTypeNode,
  type SelectionSetNode,
} from 'graphql';

type Variables = Readonly<Record<string, unknown>>;

/** The fields an object type answers to selection sets, by response key, as execution merges them. */
export type FieldsOf = (
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
) => ReadonlyMap<string, readonly [FieldNode, ...FieldNode[]]>;

/** Collects fields as the specification's CollectFields does: fragments, conditions, merging. */
export function createFieldsOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Variables,
): FieldsOf {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }

  const isIncluded = (node: { readonly directives?: readonly DirectiveNode[] }) =>
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false;

  const applies = (condition: NamedTypeNode | undefined, type: GraphQLObjectType) => {
    if (condition === undefined) return true;
    const conditionType = schema.getType(condition.name.value);
    return (
      conditionType === type ||
      (isAbstractType(conditionType) && schema.isSubType(conditionType, type))
    );
  };

  return (type, selectionSets) => {
    const fields = new Map<string, [FieldNode, ...FieldNode[]]>();
    const spread = new Set<string>();
    const collect = (selectionSet: SelectionSetNode) => {
      for (const selection of selectionSet.selections) {
        if (!isIncluded(selection)) continue;
        if (selection.kind === Kind.FIELD) {
          const key = selection.alias?.value ?? selection.name.value;
          const same = fields.get(key);
          if (same === undefined) fields.set(key, [selection]);
          else same.push(selection);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          if (applies(selection.typeCondition, type)) collect(selection.selectionSet);
        } else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment !== undefined && applies(fragment.typeCondition, type)) {
            collect(fragment.selectionSet);
          }
        }
      }
    };
    selectionSets.forEach(collect);
    return fields;
  };
}
