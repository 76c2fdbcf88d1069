import { readdir, readFile } from 'node:fs/promises';
import {
  type DocumentNode,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInputObjectType,
  Kind,
  parse,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { parseManifest } from '../../src/documents/manifest.ts';
import { loadExamples } from '../../src/examples.ts';

/** An operation that somebody out there sends. */
export interface KnownOperation {
  readonly client: string;
  readonly operation: string;
  readonly document: DocumentNode;
}

export const clientsFolder = new URL('../fixtures/clients/', import.meta.url);

/** The manifests of client versions that are still in use: `<platform>-<version>.json`. */
export async function listClientManifests(): Promise<readonly string[]> {
  return (await readdir(clientsFolder)).filter((file) => file.endsWith('.json')).sort();
}

/** The operations of old clients, and those this project publishes. */
export async function loadKnownOperations(): Promise<readonly KnownOperation[]> {
  const manifests = await Promise.all(
    (await listClientManifests()).map(async (file) => {
      const text = await readFile(new URL(file, clientsFolder), 'utf8');
      return parseManifest(text, file).map(({ body }) =>
        knownOperation(file.slice(0, -'.json'.length), body),
      );
    }),
  );
  const published = (await loadExamples()).map(({ text }) =>
    knownOperation('schema/operations', text),
  );
  return [...manifests.flat(), ...published];
}

export function knownOperation(client: string, text: string): KnownOperation {
  const document = parse(text);
  const definition = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const operation = definition && 'name' in definition ? definition.name?.value : undefined;
  return { client, operation: operation ?? '(unnamed)', document };
}

/** What a document relies on, as graphql-js names it: `Token`, `Token.price`, `Query.node arg id`. */
export function reliedOn(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  const types = new TypeInfo(schema);
  const addInput = (type: GraphQLNamedType | undefined) => {
    if (type === undefined || names.has(type.name)) return;
    names.add(type.name);
    // A variable may have any of the fields.
    if (!isInputObjectType(type)) return;
    for (const field of Object.values(type.getFields())) {
      names.add(`${type.name}.${field.name}`);
      addInput(getNamedType(field.type));
    }
  };
  const addType = (type: GraphQLNamedType | undefined) => type && names.add(type.name);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: ({ name, arguments: args = [] }) => {
        const field = `${types.getParentType()?.name ?? ''}.${name.value}`;
        names.add(field);
        for (const arg of args) names.add(`${field} arg ${arg.name.value}`);
        addType(getNamedType(types.getType() ?? undefined));
      },
      VariableDefinition: ({ type }) => addInput(getNamedType(typeFromAST(schema, type))),
      ObjectField: ({ name }) => {
        const parent = getNamedType(types.getParentInputType() ?? undefined);
        names.add(`${parent?.name ?? ''}.${name.value}`);
      },
      NamedType: ({ name }) => void names.add(name.value),
      Argument: () => addType(getNamedType(types.getInputType() ?? undefined)),
    }),
  );
  return names;
}

/** A sentence on who relies on what the sentence about a change names. */
export function whoBreaks(
  change: string,
  schema: GraphQLSchema,
  operations: readonly KnownOperation[],
): string {
  const byClient = new Map<string, string[]>();
  for (const { client, operation, document } of operations) {
    if (!isTouched(change, reliedOn(schema, document), schema)) continue;
    byClient.set(client, [...(byClient.get(client) ?? []), operation]);
  }
  if (byClient.size === 0) return 'No known client relies on it.';
  const clients = [...byClient].map(([client, names]) => `${client} (${names.join(', ')})`);
  return `Breaks ${clients.join(', ')}.`;
}

function isTouched(change: string, names: ReadonlySet<string>, schema: GraphQLSchema): boolean {
  const [member] = /\w+\.\w+(?: arg \w+)?/.exec(change) ?? [];
  if (member !== undefined) return names.has(member);
  const types = (change.match(/\w+/g) ?? []).filter((word) => schema.getType(word));
  return types.length > 0 && types.every((type) => names.has(type));
}
