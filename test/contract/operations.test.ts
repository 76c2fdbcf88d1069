import { readFile } from 'node:fs/promises';
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';
import {
  type DocumentNode,
  Kind,
  parse,
  print,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { publishedSchema } from '../../codegen.ts';
import { parseManifest, type TrustedDocument } from '../../src/documents/manifest.ts';
import { loadExamples } from '../../src/examples.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const operations = await loadExamples();
const manifestFile = new URL('../../schema/client/persisted-documents.json', import.meta.url);
const manifest = parseManifest(await readFile(manifestFile, 'utf8'), 'persisted-documents.json');
const schema = publishedSchema();

let open: Gateway;
let trusted: Gateway;

beforeAll(async () => {
  // One instant for both: their invented data depends on it.
  const now = Date.now();
  open = await startGateway({ now: () => now });
  trusted = await startGateway({
    now: () => now,
    env: { DOCUMENTS: 'trusted', DOCUMENTS_MANIFESTS: manifestFile.pathname },
  });
});

afterAll(async () => {
  await Promise.all([open.close(), trusted.close()]);
});

test('a dashboard and a phone find at least eight operations, the simplest first', () => {
  expect(operations.length).toBeGreaterThanOrEqual(8);
  expect(operations[0]?.name).toBe('top-tokens');
});

test('the manifest holds the published operations and no others', () => {
  const namesOf = (texts: readonly string[]) => texts.map((text) => operationOf(parse(text)).name);
  expect(namesOf(manifest.map(({ body }) => body)).sort()).toEqual(
    namesOf(operations.map(({ text }) => text)).sort(),
  );
});

describe.each(operations)('$name', ({ name, text }) => {
  const document = parse(text);

  test('has one operation, named as its file, with a comment above it that says what it is for', () => {
    const { name: operationName, kind } = operationOf(document);
    expect(['query', 'mutation']).toContain(kind);
    expect(operationName).toBe(pascalCase(name));
    expect(text).toMatch(/^(# \S.*\n)+(query|mutation) /);
    expect(text).toMatch(/^(# .*\n)*# .*\.\n/);
  });

  test('is valid', () => {
    expect(validate(schema, document)).toEqual([]);
  });

  test('runs as it stands: every variable has a default', () => {
    const withoutDefault = variablesOf(document).filter(({ hasDefault }) => !hasDefault);
    expect(withoutDefault).toEqual([]);
  });

  test('asks for the id of everything that has one, so that caches know it again', () => {
    expect(selectionsWithoutId(document)).toEqual([]);
  });

  test('runs on the sandbox with data, without errors, for no more than it was priced', async () => {
    const { status, data, errors, extensions } = await open.ask(text);
    expect({ status, errors }).toEqual({ status: 200, errors: undefined });
    for (const value of Object.values<object>(data)) expect(leaves(value)).toBeGreaterThan(2);
    const { estimated, limit, spent } = extensions.cost.credits;
    expect(spent).toBeGreaterThan(0);
    expect(spent).toBeLessThanOrEqual(estimated);
    expect(estimated).toBeLessThanOrEqual(limit);
  });

  test('is in the manifest as the same text, with __typename added for caches', async () => {
    const [withTypename] = await addTypenameSelectionDocumentTransform.transform({
      documents: [{ document }],
      schema: parse('type Query { a: Int }'),
      config: {},
    });
    expect(canonical(bodyOf(name).body)).toBe(canonical(print(withTypename?.document ?? document)));
  });

  test('answers the same by its id alone where nothing but manifests is trusted', async () => {
    const byText = await open.ask(text);
    const [id] = bodyOf(name).ids;
    const byId = await trusted.ask('', {}, { body: { query: undefined, documentId: id } });
    expect(byId.errors).toBeUndefined();
    expect(withoutTypename(byId.data)).toEqual(byText.data);
  });
});

function operationOf({ definitions }: DocumentNode) {
  const found = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  expect(found).toHaveLength(1);
  const [operation] = found;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('expected an operation');
  return { kind: operation.operation, name: operation.name?.value };
}

function variablesOf(document: DocumentNode) {
  const variables: { name: string; hasDefault: boolean }[] = [];
  visit(document, {
    VariableDefinition({ variable, defaultValue }) {
      variables.push({ name: variable.name.value, hasDefault: defaultValue !== undefined });
    },
  });
  return variables;
}

function selectionsWithoutId(document: DocumentNode): string[] {
  const found: string[] = [];
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      SelectionSet({ selections }) {
        const type = types.getParentType();
        if (type === undefined || type === null || !('getFields' in type)) return;
        if (type.getFields()['id'] === undefined) return;
        const isSpread = selections.every(({ kind }) => kind === Kind.FRAGMENT_SPREAD);
        const hasId = selections.some(
          (selection) => selection.kind === Kind.FIELD && selection.name.value === 'id',
        );
        if (!isSpread && !hasId) found.push(type.name);
      },
    }),
  );
  return found;
}

function bodyOf(name: string): TrustedDocument {
  const found = manifest.find(({ body }) => operationOf(parse(body)).name === pascalCase(name));
  if (found === undefined) throw new Error(`${name} is not in the manifest: npm run codegen`);
  return found;
}

/** A document without the order of its selections, arguments and variables, which changes nothing. */
function canonical(text: string): string {
  const sorted = <T>(nodes: readonly T[] | undefined, textOf: (node: T) => string) =>
    [...(nodes ?? [])].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
  return print(
    visit(parse(text), {
      Document: {
        leave: (node) => ({ ...node, definitions: sorted(node.definitions, print) }),
      },
      OperationDefinition: {
        leave: (node) => ({
          ...node,
          variableDefinitions: sorted(node.variableDefinitions, print),
        }),
      },
      SelectionSet: {
        leave: (node) => ({ ...node, selections: sorted(node.selections, print) }),
      },
      Field: { leave: (node) => ({ ...node, arguments: sorted(node.arguments, print) }) },
    }),
  );
}

function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

/** How many values that are not null an answer holds. */
function leaves(value: unknown): number {
  if (typeof value !== 'object') return 1;
  if (value === null) return 0;
  return Object.values(value).reduce((sum: number, part) => sum + leaves(part), 0);
}

function withoutTypename(data: unknown): unknown {
  return JSON.parse(
    JSON.stringify(data, (key: string, value: unknown) =>
      key === '__typename' ? undefined : value,
    ),
  );
}
