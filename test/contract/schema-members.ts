import {
  type DirectiveNode,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  print,
} from 'graphql';

/** Something of a schema that can be deprecated: a field, an argument, an input field, an enum value. */
export interface Member {
  readonly deprecationReason: string | undefined;
  /** The sentence in which graphql-js tells that it is gone. */
  readonly removal: string;
  /** What is written on it, by the directive's name. */
  readonly directives: ReadonlyMap<string, string>;
  /** Only of what a client gives. */
  readonly defaultValue: unknown;
}

interface Definition {
  readonly deprecationReason?: string | null | undefined;
  readonly defaultValue?: unknown;
  readonly astNode?: { readonly directives?: readonly DirectiveNode[] } | null | undefined;
}

/** The members of a schema by their coordinates: `Token.price`, `Query.node(id:)`, `Signal.BULLISH`. */
export function membersOf(schema: GraphQLSchema): ReadonlyMap<string, Member> {
  const members = new Map<string, Member>();
  const add = (coordinate: string, definition: Definition, removal: string) =>
    members.set(coordinate, memberOf(definition, removal));
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    if (isEnumType(type)) {
      for (const value of type.getValues()) {
        const removal = `${value.name} was removed from enum type ${type.name}.`;
        add(`${type.name}.${value.name}`, value, removal);
      }
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        const coordinate = `${type.name}.${field.name}`;
        add(coordinate, field, `${coordinate} was removed.`);
      }
    } else if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        const coordinate = `${type.name}.${field.name}`;
        add(coordinate, field, `${coordinate} was removed.`);
        for (const arg of field.args) {
          add(`${coordinate}(${arg.name}:)`, arg, `${coordinate} arg ${arg.name} was removed.`);
        }
      }
    }
  }
  return members;
}

function memberOf(definition: Definition, removal: string): Member {
  const { deprecationReason, defaultValue, astNode } = definition;
  const directives = astNode?.directives ?? [];
  return {
    deprecationReason: deprecationReason ?? undefined,
    removal,
    directives: new Map(directives.map((directive) => [directive.name.value, print(directive)])),
    defaultValue,
  };
}
