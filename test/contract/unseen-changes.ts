import { type GraphQLSchema, isInputObjectType } from 'graphql';
import { type Member, membersOf } from './schema-members.ts';

interface Changes {
  readonly breaking: readonly string[];
  readonly dangerous: readonly string[];
}

/** Changes that clients notice and graphql-js does not compare. Both schemas are made of text. */
export function findUnseenChanges(before: GraphQLSchema, after: GraphQLSchema): Changes {
  const breaking: string[] = [];
  const dangerous: string[] = [];
  const members = membersOf(after);
  for (const [coordinate, old] of membersOf(before)) {
    const member = members.get(coordinate);
    if (member === undefined) continue;
    for (const { name, from, to } of changedDirectives(old, member)) {
      const isNewScope = name === 'requiresScope' && to !== undefined;
      const change = `${coordinate} has ${to ?? 'nothing'} where it had ${from ?? 'nothing'}.`;
      (isNewScope ? breaking : dangerous).push(change);
    }
    // The defaults of arguments are compared already.
    const isInputField = !coordinate.includes('(');
    const [was, is] = [old, member].map(({ defaultValue }) => JSON.stringify(defaultValue));
    if (isInputField && was !== is) {
      dangerous.push(
        `${coordinate} has the default ${is ?? 'none'} where it had ${was ?? 'none'}.`,
      );
    }
  }
  return { breaking: [...breaking, ...findNewOneOf(before, after)], dangerous };
}

function changedDirectives(before: Member, after: Member) {
  const names = new Set([...before.directives.keys(), ...after.directives.keys()]);
  names.delete('deprecated');
  return [...names].flatMap((name) => {
    const [from, to] = [before.directives.get(name), after.directives.get(name)];
    return from === to ? [] : [{ name, from, to }];
  });
}

function findNewOneOf(before: GraphQLSchema, after: GraphQLSchema): string[] {
  return Object.values(before.getTypeMap()).flatMap((type) => {
    const now = after.getType(type.name);
    const isNew = isInputObjectType(type) && isInputObjectType(now) && now.isOneOf && !type.isOneOf;
    return isNew ? [`${type.name} takes exactly one field now.`] : [];
  });
}
