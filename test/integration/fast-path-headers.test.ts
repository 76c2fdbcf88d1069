import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RealGateway, startRealGateway } from '../abuse/real-gateway.ts';
import { waysOf } from '../support/counted-ways.ts';
import {
  type Client,
  createClient,
  getOf,
  json,
  registrationOf,
  type Sent,
  tellOf,
} from '../support/two-ways.ts';

vi.mock('../../src/yoga-server.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingLong(original),
);

/** Header by header, both ways are one to whoever asks. */

const documents = {
  whole: '{ topTokens(first: 3) { nodes { id price { usd } } } }',
  partial:
    '{ token(by: { tokenMetricsId: 3375 }) { symbol tmGrades(first: 1000) { nodes { date } } } }',
  caller: '{ viewer { id plan { name } } }',
} as const;

const forced = { 'x-apollo-operation-name': 'Any' } as const;
const accepts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: {},
  any: { accept: '*/*' },
  JSON: { accept: 'application/json' },
  'GraphQL JSON': { accept: 'application/graphql-response+json' },
  'JSON in capitals': { accept: 'Application/JSON' },
  'JSON with a charset': { accept: 'application/json; charset=utf-8' },
  'Apollo Client': { accept: 'application/graphql-response+json,application/json;q=0.9' },
  'Apollo iOS': {
    accept: 'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json',
  },
  'Relay and urql': {
    accept:
      'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
  },
  'a browser': { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' },
  'a part of JSON': { accept: 'application/*' },
  'a long one': { accept: `application/json, ${'x/y, '.repeat(60)}a/b` },
};

let gateway: RealGateway;
let client: Client;
beforeAll(async () => {
  const nowMs = Date.parse('2026-11-20T12:00:00Z');
  gateway = await startRealGateway({
    env: { ROWS_MEMORY_MB: '64', HSTS_SECONDS: '60', CORS_ORIGINS: 'https://app.example' },
    now: () => nowMs,
  });
  client = createClient(gateway.port);
  for (const text of Object.values(documents)) await client.send(registrationOf(text));
});
afterAll(async () => {
  client.close();
  await gateway.close();
});

/** The long answer, when the short one is the same, three times over. */
async function expectSame(sent: Sent) {
  await client.sendLong(sent);
  const long = await client.sendLong(sent);
  for (let times = 0; times < 3; times += 1) {
    expect(tellOf(await client.send(sent)), JSON.stringify(sent)).toEqual(tellOf(long));
  }
  return long;
}

for (const [name, headers] of Object.entries(accepts)) {
  test(`answers to who accepts ${name} have the same headers and bytes on both ways`, async () => {
    for (const text of Object.values(documents)) {
      const target = getOf(text);
      await expectSame({ target, headers: { ...forced, ...headers } });
      await expectSame({ target, headers });
      const body = JSON.stringify({ query: text });
      await expectSame({ method: 'POST', headers: { ...json, ...headers }, body });
    }
  });
}

test('a client that has an answer is told so on both ways, and no other client', async () => {
  for (const accept of ['application/json', 'application/graphql-response+json', '*/*']) {
    for (const text of [documents.whole, documents.partial]) {
      const target = getOf(text);
      const { headers } = await expectSame({ target, headers: { ...forced, accept } });
      const { etag } = headers;
      expect(etag === undefined).toBe(text === documents.partial);
      const given = etag ?? 'W/"none"';
      const statuses: number[] = [];
      for (const known of [
        ...[given, given.slice(2), `"x", ${given} , W/"y"`, '*', ' * '],
        ...[
          'W/"other"',
          '"x", "y"',
          given.toUpperCase(),
          given.slice(0, -1),
          given.slice(3),
          '',
          'W/*',
        ],
      ]) {
        const sent = { target, headers: { ...forced, accept, 'if-none-match': known } };
        statuses.push((await expectSame(sent)).status);
        // A POST is no question about what is kept.
        const body = JSON.stringify({ query: text });
        const post = { method: 'POST', headers: { ...json, ...sent.headers }, body };
        expect((await expectSame(post)).status).toBe(200);
      }
      const isWhole = text === documents.whole;
      expect(statuses.slice(0, 5)).toEqual(
        isWhole ? [304, 304, 304, 304, 304] : [200, 200, 200, 200, 200],
      );
      expect(statuses.slice(5)).toEqual([200, 200, 200, 200, 200, 200, 200]);
    }
  }
});

test('an ETag of one media type is none of another', async () => {
  const target = getOf(documents.whole);
  const etags = [];
  for (const accept of ['application/json', 'application/graphql-response+json']) {
    etags.push((await expectSame({ target, headers: { accept } })).headers['etag'] ?? '');
  }
  const [ofJson = '', ofGraphqlJson = ''] = etags;
  expect(ofJson).not.toBe(ofGraphqlJson);
  const sent = { target, headers: { accept: 'application/json', 'if-none-match': ofGraphqlJson } };
  expect((await expectSame(sent)).status).toBe(200);
});

test('what a page of another origin sends is answered with what its browser needs', async () => {
  const headers = { accept: 'application/json', origin: 'https://app.example' };
  const target = getOf(documents.whole);
  await client.send({ target, headers: { accept: 'application/json' } });
  const { long, result } = await waysOf(() =>
    client.send({ target, headers: { ...headers, ...forced } }),
  );
  expect(long).toBe(1);
  expect(result.headers['access-control-allow-origin']).toBe('https://app.example');
});

test('the id a client gave its request is told back where it is harmless', async () => {
  const target = getOf(documents.whole);
  const accept = 'application/json';
  for (const id of ['a', 'request-1', 'x'.repeat(64)]) {
    const { headers } = await client.send({ target, headers: { accept, 'x-request-id': id } });
    expect(headers['x-request-id']).toBe(id);
  }
  for (const id of ['', 'a b', 'x'.repeat(65), 'a,b', '"', 'é']) {
    const { headers } = await client.send({ target, headers: { accept, 'x-request-id': id } });
    expect(headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  }
});
