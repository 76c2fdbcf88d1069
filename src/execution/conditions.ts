import {
  type DocumentNode,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  visit,
} from 'graphql';
import type { Variables } from './run.ts';

const deciding = new Set([GraphQLSkipDirective.name, GraphQLIncludeDirective.name]);

/** The names of the variables that decide what is selected. */
export function conditionsOf(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive: ({ name, arguments: given }) => {
      if (!deciding.has(name.value)) return;
      for (const { value } of given ?? []) {
        if (value.kind === Kind.VARIABLE) names.add(value.name.value);
      }
    },
  });
  return [...names];
}

/** Chooses the variables that decide; one that was not given stays away, which is not null. */
export function chosen(names: readonly string[], variables: Variables): Variables {
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(variables, name)).map((name) => [name, variables[name]]),
  );
}
