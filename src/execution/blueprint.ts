import {
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  OperationTypeNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import { collectFields, type FieldNodes } from './collect.ts';
import { createField } from './field.ts';
import { createInfoOf, type OperationPlan } from './info.ts';
import { holdVariables, keepingText, type TextKeeper } from './kept-text.ts';
import type { Field, WriteObject } from './object.ts';
import type { Variables } from './run.ts';
import { createSelection, createSeries } from './selection.ts';

/**
 * Compiles an operation for one combination of the conditions that its `@skip`s and `@include`s go by.
 * A selection set is compiled when it is reached for the first time, so that what fragments multiply
 * costs nothing before there is data for it.
 */
export function createBlueprint(
  operation: OperationPlan,
  conditions: Variables,
  keeper: TextKeeper<unknown> | undefined,
): WriteObject {
  const { schema, fragments } = operation;
  let slots = 0;
  const nextSlot = () => slots++;

  const fieldsOf = (
    parentType: GraphQLObjectType,
    selectionSets: readonly SelectionSetNode[],
  ): readonly Field[] => {
    const fields: Field[] = [];
    const collected = collectFields({ schema, fragments, conditions }, parentType, selectionSets);
    for (const [responseKey, nodes] of collected) {
      const definition = definitionOf(schema, parentType, nodes);
      if (definition === undefined) continue;
      const plan = { responseKey, parentType, definition, nodes };
      fields.push(
        createField({
          plan,
          schema,
          nextSlot,
          isFirst: fields.length === 0,
          infoOf: createInfoOf(plan, operation),
          selectionOf: (type) => selectionOf(type, selectionSetsOf(nodes)),
        }),
      );
    }
    return fields;
  };

  const selectionOf = (
    type: GraphQLObjectType,
    selectionSets: readonly SelectionSetNode[],
  ): WriteObject => {
    const write = lazily(() => createSelection(fieldsOf(type, selectionSets)));
    const mayBeKept = keeper?.isLasting(type) === true && !holdVariables(selectionSets, fragments);
    return mayBeKept ? keepingText(write, keeper) : write;
  };

  return lazily(() => {
    const kind = operation.operation.operation;
    const type = schema.getRootType(kind);
    if (!type) {
      throw new GraphQLError(`Schema is not configured to execute ${kind} operation.`, {
        nodes: operation.operation,
      });
    }
    const fields = fieldsOf(type, [operation.operation.selectionSet]);
    return kind === OperationTypeNode.MUTATION ? createSeries(fields) : createSelection(fields);
  });
}

function lazily(compile: () => WriteObject): WriteObject {
  let compiled: WriteObject | undefined;
  return (run, source, path) => (compiled ??= compile())(run, source, path);
}

function selectionSetsOf(nodes: FieldNodes): readonly SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
}

function definitionOf(
  schema: GraphQLSchema,
  parentType: GraphQLObjectType,
  [{ name }]: FieldNodes,
): GraphQLField<unknown, unknown> | undefined {
  if (name.value === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (parentType === schema.getQueryType()) {
    if (name.value === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name.value === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  return parentType.getFields()[name.value];
}
