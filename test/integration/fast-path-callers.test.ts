import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { creation, revocation } from '../../src/callers/keys/edits.ts';
import { createFileStore } from '../../src/callers/keys/file-store.ts';
import { createKey, prefixOf } from '../../src/callers/keys/key.ts';
import { sha256Hex } from '../../src/documents/hash.ts';
import { type RealGateway, startRealGateway } from '../abuse/real-gateway.ts';
import { writeCallers } from '../support/callers-files.ts';
import { waysOf } from '../support/counted-ways.ts';
import {
  type Client,
  createClient,
  getOf,
  graphqlJson,
  json,
  registrationOf,
  type Sent,
  tellOf,
} from '../support/two-ways.ts';

vi.mock('../../src/yoga-server.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingLong(original),
);

/** What plans and credentials refuse is refused on both ways, after the operation is known. */

const documents = {
  plain: '{ topTokens(first: 3) { nodes { id symbol } } }',
  dear: '{ topTokens(first: 90) { nodes { id symbol } } }',
  days: '{ token(by: { tokenMetricsId: 3375 }) { tmGrades(first: 29) { nodes { date } } } }',
  scoped: '{ token(by: { tokenMetricsId: 3375 }) { symbol aiReport { __typename } } }',
  schema: '{ __schema { queryType { name } } }',
  failing:
    '{ token(by: { tokenMetricsId: 3375 }) { symbol tmGrades(first: 1000) { nodes { date } } } }',
  absent: '{ token(by: { tokenMetricsId: 999999 }) { symbol } }',
} as const;
const manifest = '{ topTokens(first: 2) { nodes { id } } }';

const plans = {
  all: {},
  few: { operation: { points: 20, credits: 1 } },
  shallow: { operation: { depth: 2 } },
  paged: { pageSize: 10 },
  brief: { historyDays: 3 },
  blind: { scopes: [] },
  secretive: { introspection: false },
  apq: { documents: 'apq' },
  trusted: { documents: 'trusted' },
} as const;

let gateway: RealGateway;
let client: Client;
let files: Awaited<ReturnType<typeof writeCallers<keyof typeof plans>>>;
let revoked: string;
beforeAll(async () => {
  files = await writeCallers(plans, { documents: { [sha256Hex(manifest)]: manifest } });
  const store = createFileStore(files.env['KEYS_FILE'] ?? '');
  revoked = (await store.change(creation({ name: 'revoked', plan: 'all' }, Date.now()))).key;
  await store.change(revocation(prefixOf(revoked) ?? '', Date.now()));
  // Frozen, and after the keys were made.
  const nowMs = Date.now() + 3_600_000;
  gateway = await startRealGateway({
    env: { ROWS_MEMORY_MB: '64', ...files.env },
    now: () => nowMs,
  });
  client = createClient(gateway.port);
  const all = { 'x-api-key': files.keys.all };
  for (const text of Object.values(documents)) {
    await client.send({ ...registrationOf(text), headers: { ...json, ...all } });
    await client.sendLong({ target: getOf(text), headers: { ...graphqlJson, ...all } });
    await client.send({ target: getOf(text), headers: { ...graphqlJson, ...all } });
  }
  await client.send({ target: getOf(manifest), headers: { ...graphqlJson, ...all } });
});
afterAll(async () => {
  client.close();
  await gateway.close();
  await files.remove();
});

const requestsOf = (text: string): Readonly<Record<string, Sent>> => ({
  'a GET by hash': { target: getOf(text), headers: graphqlJson },
  'a GET by hash for JSON': { target: getOf(text), headers: { accept: 'application/json' } },
  'a GET of text': {
    target: `/graphql?query=${encodeURIComponent(text)}`,
    headers: graphqlJson,
  },
  'a POST by hash': {
    method: 'POST',
    headers: { ...json, ...graphqlJson },
    body: JSON.stringify({
      extensions: { persistedQuery: { version: 1, sha256Hash: sha256Hex(text) } },
    }),
  },
  'a POST of text': { method: 'POST', headers: json, body: JSON.stringify({ query: text }) },
});

const sentBy = (sent: Sent, headers: Readonly<Record<string, string>>): Sent => ({
  ...sent,
  headers: { ...sent.headers, ...headers },
});

async function expectSame(sent: Sent): Promise<string> {
  await client.sendLong(sent);
  const long = tellOf(await client.sendLong(sent));
  for (let times = 0; times < 3; times += 1) {
    expect(tellOf(await client.send(sent))).toEqual(long);
  }
  return `${long.status} ${/"code":"(\w+)"/.exec(long.text)?.[1] ?? 'OK'}`;
}

const expected: Readonly<Record<string, readonly string[]>> = {
  all: ['200 OK', '200 OK', '200 OK', '200 OK', '200 OK'],
  few: ['200 OK', '400 COST_LIMIT_EXCEEDED'],
  shallow: ['400 COST_LIMIT_EXCEEDED'],
  paged: ['200 OK', '400 PLAN_LIMIT_EXCEEDED', '400 PLAN_LIMIT_EXCEEDED'],
  brief: ['200 OK', '200 OK', '400 PLAN_LIMIT_EXCEEDED'],
  blind: ['200 OK', '200 OK', '200 OK', '200 FORBIDDEN'],
  secretive: ['200 OK', '200 OK', '200 OK', '200 OK', '400 INTROSPECTION_DISABLED'],
  apq: ['200 OK', '200 OK', '200 OK', '200 OK', '200 OK'],
  trusted: ['404 PERSISTED_QUERY_NOT_IN_LIST'],
};

for (const plan of Object.keys(plans) as (keyof typeof plans)[]) {
  test(`a caller of the plan "${plan}" is answered the same on both ways`, async () => {
    const told: string[] = [];
    for (const text of Object.values(documents)) {
      for (const [name, sent] of Object.entries(requestsOf(text))) {
        const outcome = await expectSame(sentBy(sent, { 'x-api-key': files.keys[plan] }));
        if (name === 'a GET by hash') told.push(outcome);
      }
    }
    // It is about what it is meant to be about.
    expect(told.slice(0, expected[plan]?.length)).toEqual(expected[plan]);
  });
}

test('documents of manifests are known on both ways, to plans that run no others too', async () => {
  for (const plan of ['all', 'apq', 'trusted'] as const) {
    for (const [name, sent] of Object.entries(requestsOf(manifest))) {
      const outcome = await expectSame(sentBy(sent, { 'x-api-key': files.keys[plan] }));
      if (name === 'a GET by hash') expect(outcome).toBe('200 OK');
    }
  }
  const sent = sentBy(
    { target: getOf(manifest), headers: graphqlJson },
    { 'x-api-key': files.keys.trusted },
  );
  expect((await waysOf(() => client.send(sent))).long).toBe(0);
});

test('a credential that is none is refused on both ways, and nobody is anonymous instead', async () => {
  const { all } = files.keys;
  const credentials: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    none: {},
    revoked: { 'x-api-key': revoked },
    stranger: { 'x-api-key': createKey().key },
    cut: { 'x-api-key': all.slice(0, -1) },
    empty: { 'x-api-key': '' },
    'twice the same': { 'x-api-key': `${all}, ${all}` },
    two: { 'x-api-key': all, authorization: `Bearer ${all}` },
    'as a bearer': { authorization: `Bearer ${all}` },
    basic: { authorization: 'Basic x' },
    'empty authorization': { authorization: '' },
  };
  for (const headers of Object.values(credentials)) {
    for (const sent of Object.values(requestsOf(documents.plain))) {
      expect(await expectSame(sentBy(sent, headers))).toBe('401 UNAUTHENTICATED');
    }
  }
});

test('a field beyond its limit is refused on both ways', async () => {
  const fields = Array.from(
    { length: 100 },
    (_, index) => `t${index}: topTokens(first: ${(index % 5) + 1}) { pageInfo { hasNextPage } }`,
  );
  const text = `{ ${fields.join(' ')} }`;
  const headers = { 'x-api-key': files.keys.all };
  await client.send(sentBy(registrationOf(text), headers));
  const sent = sentBy({ target: getOf(text), headers: graphqlJson }, headers);
  let limited: string | undefined;
  for (let times = 0; times < 12 && limited === undefined; times += 1) {
    const { text } = await client.sendLong(sent);
    if (text.includes('RATE_LIMITED')) limited = text;
  }
  expect(limited).toBeDefined();
  expect(await expectSame(sent)).toBe('200 RATE_LIMITED');
  expect((await waysOf(() => client.send(sent))).long).toBe(0);
});
