import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DocumentNode, Kind, NoDeprecatedCustomRule, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { publishedSchema } from '../../codegen.ts';
import { parseManifest } from '../../src/documents/manifest.ts';
import { type RealGateway, startRealGateway } from '../abuse/real-gateway.ts';
import { clientsFolder, listClientManifests } from '../contract/known-clients.ts';
import { type Client, createClient, json, type Sent } from '../support/two-ways.ts';

/**
 * Apps in people's pockets are not updated when the gateway is. Each manifest in test/fixtures/clients
 * is what one version of an app was built with; `recorded` has the variables it sends and the shape of
 * what it was answered then. Neither is edited: both are deleted when nobody has that version any more.
 */

interface Recorded {
  readonly [operation: string]: {
    readonly variables: object;
    readonly data: Readonly<Record<string, string>>;
  };
}

const noon = Date.parse('2026-11-20T12:00:00Z');
const files = await listClientManifests();
const pathOf = (file: string) => fileURLToPath(new URL(file, clientsFolder));
const readFixture = (file: string) => readFileSync(pathOf(file), 'utf8');

let gateway: RealGateway;
let client: Client;

beforeAll(async () => {
  gateway = await startRealGateway({
    env: {
      DOCUMENTS: 'trusted',
      DOCUMENTS_MANIFESTS: files.map(pathOf).join(','),
      ROWS_MEMORY_MB: '64',
    },
    now: () => noon,
  });
  client = createClient(gateway.port);
});

afterAll(async () => {
  client.close();
  await gateway.close();
});

test('there is an app of each kind, and the oldest asks for what is deprecated', () => {
  expect(files.map((file) => file.split('-')[0])).toEqual(['android', 'ios', 'web']);
  const schema = publishedSchema();
  const deprecated = documentsOf('ios-1.0.0.json').flatMap(({ document }) =>
    validate(schema, document, [NoDeprecatedCustomRule]),
  );
  expect(deprecated.length).toBeGreaterThan(0);
});

describe.each(files)('%s', (file) => {
  const recorded = JSON.parse(readFixture(`recorded/${file}`)) as Recorded;
  const documents = documentsOf(file);

  test('has an answer on record for each of its operations', () => {
    expect(documents.map(({ name }) => name)).toEqual(Object.keys(recorded));
  });

  test.each(documents)('$name is answered as it was, by GET and by POST', async ({ id, name }) => {
    const { variables, data } = recorded[name] ?? { variables: {}, data: {} };
    const params = file.startsWith('web')
      ? { doc_id: id, variables }
      : {
          operationName: name,
          variables,
          extensions: { persistedQuery: { version: 1, sha256Hash: id } },
        };
    // In full, then by the shorter ways that what ran before takes.
    for (const send of [client.sendLong, client.send, client.send]) {
      for (const sent of [getOf(params), postOf(params)]) {
        const { status, text } = await send(sent);
        const answer = JSON.parse(text);
        expect({ status, errors: answer.errors }).toEqual({ status: 200, errors: undefined });
        expect(shapeOf(answer.data)).toEqual(data);
      }
    }
  });
});

function documentsOf(file: string): { id: string; name: string; document: DocumentNode }[] {
  return parseManifest(readFixture(file), file).map(({ ids: [id = ''], body }) => {
    const document = parse(body);
    const [operation] = document.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? definition : [],
    );
    return { id, name: operation?.name?.value ?? '', document };
  });
}

function getOf(params: Readonly<Record<string, unknown>>): Sent {
  const search = new URLSearchParams(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const headers = { accept: 'application/json', 'apollo-require-preflight': 'true' };
  return { target: `/graphql?${search.toString()}`, headers };
}

function postOf(params: object): Sent {
  const headers = { ...json, accept: 'application/json' };
  return { method: 'POST', headers, body: JSON.stringify(params) };
}

/** Every place of an answer with the kind of what stands there; several kinds in a list are all told. */
function shapeOf(data: unknown): Record<string, string> {
  const kinds = new Map<string, Set<string>>();
  const add = (place: string, kind: string) =>
    kinds.set(place, (kinds.get(place) ?? new Set()).add(kind));
  const walk = (place: string, value: unknown) => {
    if (Array.isArray(value)) {
      if (value.length === 0) add(place, 'empty list');
      for (const item of value) walk(`${place}[]`, item);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) {
        walk(place === '' ? key : `${place}.${key}`, child);
      }
    } else {
      add(place, place.endsWith('__typename') ? String(value) : kindOf(value));
    }
  };
  walk('', data);
  return Object.fromEntries(
    [...kinds].map(([place, told]) => [place, [...told].sort().join(' | ')]),
  );
}

/** Texts that clients parse are told apart by their form. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'string') return typeof value;
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(value)) return 'instant';
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return 'day';
  return /^-?\d+(\.\d+)?$/.test(value) ? 'decimal' : 'string';
}
