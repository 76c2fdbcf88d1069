import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLLeafType,
  GraphQLString,
  isEnumType,
} from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';
import { jsonText, quote } from './text.ts';

/** Text of a scalar or enum value that is no promise; null for no value; throws for a bad one. */
export type WriteLeaf = (value: unknown) => string | null;

/** Writes what a type usually gets without asking it, and anything else as the type serialises it. */
export function createLeaf(type: GraphQLLeafType): WriteLeaf {
  const serialise: WriteLeaf = (value) => {
    if (value instanceof Error) throw value;
    if (value === undefined || value === null) return null;
    const serialised = type.serialize(value);
    if (serialised === undefined || serialised === null) {
      throw new Error(
        `Expected \`${inspect(type)}.serialize(${inspect(value)})\` to ` +
          `return non-nullable value, returned: ${inspect(serialised)}`,
      );
    }
    return jsonText(serialised);
  };
  if (isEnumType(type)) return createEnumLeaf(type, serialise);
  switch (type) {
    case GraphQLString:
    case GraphQLID:
      return (value) => (typeof value === 'string' ? quote(value) : serialise(value));
    case GraphQLInt:
      return (value) =>
        typeof value === 'number' && (value | 0) === value ? `${value}` : serialise(value);
    case GraphQLFloat:
      return (value) =>
        typeof value === 'number' && Number.isFinite(value) ? `${value}` : serialise(value);
    case GraphQLBoolean:
      return (value) => (value === true ? 'true' : value === false ? 'false' : serialise(value));
    default:
      return serialise;
  }
}

function createEnumLeaf(type: GraphQLEnumType, serialise: WriteLeaf): WriteLeaf {
  // An enum whose `serialize` was replaced decides itself.
  if (type.serialize !== GraphQLEnumType.prototype.serialize) return serialise;
  const texts = new Map<unknown, string>();
  for (const { name, value } of type.getValues()) {
    // Objects may be errors or null, which mean something else before they mean a name.
    if (typeof value !== 'object') texts.set(value, quote(name));
  }
  return (value) => texts.get(value) ?? serialise(value);
}
