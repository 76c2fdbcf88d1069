import {
  getNamedType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isUnionType,
} from 'graphql';
import type { Random } from '../support/random.ts';

/** Writes valid operations: aliases, merged selections, fragments, conditions and arguments by chance. */
export function writeOperation(schema: GraphQLSchema, random: Random, kind: 'query' | 'mutation') {
  const objects = ['O0', 'O1', 'O2'] as const;
  const fragments: string[] = [];

  const condition = () =>
    random.chance(0.12)
      ? ` @${random.pick(['skip', 'include'])}(if: ${random.pick(['true', 'false', '$a', '$b'])})`
      : '';

  function selections(typeName: string, depth: number): string {
    const type = schema.getType(typeName);
    if (isUnionType(type) || (isAbstractType(type) && random.chance(0.8))) {
      const parts = objects.map(
        (name) => `... on ${name}${condition()} { ${selections(name, depth)} }`,
      );
      return `${random.chance(0.5) ? '__typename ' : ''}${parts.join(' ')}`;
    }
    if (!isCompositeType(type) || isUnionType(type))
      throw new Error(`expected a type with fields, got ${typeName}`);
    const fields = Object.values(type.getFields());
    const parts = ['__typename'.repeat(random.integer(0, 1)), random.chance(0.3) ? 'p0' : 'p1'];
    for (let count = random.integer(1, 5); count > 0; count -= 1) {
      const field = random.pick([fields[0] ?? fail(), ...fields.slice(1)]);
      const named = getNamedType(field.type);
      if (isCompositeType(named) && depth === 0) continue;
      const given =
        field.args.length > 0
          ? random.pick(['', '(n: 1)', '(n: $n)', '(list: ["x", $s])', '(list: "y", n: null)'])
          : '';
      // One key means one field with one set of arguments, wherever it is merged.
      const key = `${field.name}_${typeName}_${['', '(n: 1)', '(n: $n)', '(list: ["x", $s])', '(list: "y", n: null)'].indexOf(given)}`;
      const body = isCompositeType(named) ? ` { ${selections(named.name, depth - 1)} }` : '';
      const text = `${key}: ${field.name}${given}${condition()}${body}`;
      parts.push(isObjectType(type) ? wrapped(type.name, text) : text);
    }
    return parts.join(' ');
  }

  function wrapped(typeName: string, text: string): string {
    if (random.chance(0.1)) return `...${condition()} { ${text} }`;
    if (random.chance(0.1)) {
      const name = `F${fragments.length}`;
      fragments.push('');
      fragments[Number(name.slice(1))] = `fragment ${name} on ${typeName} { ${text} }`;
      return random.chance(0.3)
        ? `...${name} ...${name}${condition()}`
        : `...${name}${condition()}`;
    }
    return text;
  }

  const root = kind === 'query' ? 'Query' : 'Mutation';
  const body = selections(root, 3);
  return `${kind} Q($a: Boolean = true, $b: Boolean!, $n: Int, $s: String = "s") { ${body} } ${fragments.join(' ')}`;
}

function fail(): never {
  throw new Error('the type has no fields');
}
