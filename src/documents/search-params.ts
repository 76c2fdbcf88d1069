import type { GraphQLParams } from 'graphql-yoga';

import { ID_PARAMETERS } from './document-request.ts';
import { badRequest } from './refusals.ts';

/**
 * Parameters of a query string or a form. Yoga's own parser drops the document id, and answers 500
 * when `variables` or `extensions` are not JSON.
 */
export function readSearchParams(search: string): GraphQLParams {
  const given = new URLSearchParams(search);
  // An empty value is an omitted one, as in Yoga and as the specification has it for the name.
  const textOf = (name: string) => given.get(name) || undefined;
  const ids = ID_PARAMETERS.flatMap((name) => {
    const id = given.get(name);
    return id === null ? [] : [[name, id] as const];
  });
  return {
    operationName: textOf('operationName'),
    query: textOf('query'),
    variables: readJson(textOf('variables'), 'variables'),
    extensions: readJson(textOf('extensions'), 'extensions'),
    ...Object.fromEntries(ids),
  };
}

function readJson(text: string | undefined, name: string) {
  if (text === undefined) return undefined;
  const json = parse(text, name);
  if (json === null) return undefined;
  if (typeof json !== 'object' || Array.isArray(json))
    throw badRequest(`Expected "${name}" to be a JSON object.`);
  return json;
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(`Expected "${name}" to be JSON.`);
  }
}
