import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

import { GraphQLError } from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';
import { createSchema, createYoga } from 'graphql-yoga';
import { describe, expect, onTestFinished, test } from 'vitest';

import type { Freshness } from '../../src/answer/freshness.ts';
import { sha256Hex } from '../../src/documents/hash.ts';
import { indexManifests } from '../../src/documents/manifest.ts';
import { createDocumentStore } from '../../src/documents/store.ts';
import { useHttpCache } from '../../src/plugins/http-cache.ts';
import { createPersistedDocuments } from '../../src/plugins/persisted-documents.ts';

const DOCUMENTS = {
  price: 'query Price { price }',
  part: 'query Part { price broken }',
  strict: 'query Strict { strict }',
  variable: 'query Variable($n: Int!) { echo(n: $n) }',
  buy: 'mutation Buy { price }',
  ticks: 'subscription Ticks { price }',
};

/** What the resolvers of one request read, as the gateway's context holds it. */
type Reads = { readonly reads: Freshness[] };
type Context = YogaInitialContext & Reads;

type Options = {
  readonly freshness?: Freshness;
  readonly plugins?: readonly Plugin[];
  readonly later?: readonly Plugin[];
};

const FRESH: Freshness = { maxAgeSeconds: 42.9, scope: 'public' };

function gateway({ freshness = FRESH, plugins = [], later = [] }: Options = {}) {
  const state = { price: 1, executions: 0, requests: 0 };
  const text = JSON.stringify(DOCUMENTS);
  const trusted = indexManifests([{ name: 'm.json', text }]);
  const documents = createPersistedDocuments({
    mode: 'open',
    store: createDocumentStore({ trusted }),
  });
  const requestId: Plugin = {
    onResponse({ response }) {
      state.requests += 1;
      response.headers.set('x-request-id', String(state.requests));
    },
  };
  const cost: Plugin = {
    onExecutionResult(payload) {
      const { result } = payload;
      if (result === undefined || Symbol.asyncIterator in result) return;
      payload.setResult({ ...result, extensions: { cost: { spent: state.executions } } });
    },
  };
  const authentication: Plugin = {
    onRequestParse({ request }) {
      if (request.headers.get('x-api-key') !== 'stranger') return;
      const extensions = { code: 'UNAUTHENTICATED', http: { status: 401 } };
      throw new GraphQLError('Who are you?', { extensions });
    },
  };
  const read = (context: Context, value: unknown) => {
    state.executions += 1;
    context.reads.push(freshness);
    return value;
  };
  const fail = () => {
    throw new GraphQLError('no');
  };
  const yoga = createYoga<object, Reads>({
    logging: false,
    context: () => ({ reads: [] }),
    schema: createSchema<Context>({
      typeDefs: /* GraphQL */ `
        type Query {
          price: Int
          broken: Int
          strict: Int!
          echo(n: Int!): Int
        }
        type Mutation {
          price: Int
        }
        type Subscription {
          price: Int
        }
      `,
      resolvers: {
        Query: {
          price: (_root: unknown, _args: unknown, context: Context) => read(context, state.price),
          echo: (_root: unknown, { n }: { n: number }, context: Context) => read(context, n),
          broken: fail,
          strict: fail,
        },
        Mutation: { price: () => 7 },
        Subscription: {
          price: {
            async *subscribe() {
              await Promise.resolve();
              yield { price: 1 };
            },
          },
        },
      },
    }),
    plugins: [
      requestId,
      authentication,
      documents.resolve,
      cost,
      documents.remember,
      ...plugins,
      useHttpCache<Context>({ freshnessOf: ({ reads }) => reads[0] }),
      ...later,
    ],
  });
  const url = 'http://assay.test/graphql';
  const get = (search: string, headers: Record<string, string> = {}) =>
    yoga.fetch(`${url}?${search}`, { headers });
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    yoga.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return { yoga, state, get, post, url };
}

const VARY = 'Accept, Accept-Encoding, Authorization, X-Api-Key, Origin';
const PRICE = 'documentId=price';

const etagOf = (response: Response): string => {
  const etag = response.headers.get('etag');
  expect(etag).toMatch(/^W\/"[\w-]{43}"$/);
  return etag ?? '';
};

describe('a GET of a persisted document may be kept', () => {
  test('for as long as what it read stays fresh', async () => {
    const response = await gateway().get(PRICE);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('public, max-age=42');
    expect(response.headers.get('vary')).toBe(VARY);
    etagOf(response);
    expect(await response.text()).toBe('{"extensions":{"cost":{"spent":1}},"data":{"price":1}}');
  });

  test('when its text was registered by hash as well', async () => {
    const { get, post } = gateway();
    const query = '{ cheap: price }';
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256Hex(query) } };
    const search = new URLSearchParams({ extensions: JSON.stringify(extensions) }).toString();
    const miss = await get(search);
    expect(miss.headers.get('cache-control')).toBe('private, no-cache, must-revalidate');
    expect(miss.headers.get('etag')).toBeNull();
    const registration = await post({ query, extensions });
    expect(registration.headers.get('cache-control')).toBe('no-store');
    const hit = await get(search);
    expect(hit.headers.get('cache-control')).toBe('public, max-age=42');
    const again = await get(search, { 'if-none-match': etagOf(hit) });
    expect(again.status).toBe(304);
  });

  test.each<[Freshness | undefined, string]>([
    [{ maxAgeSeconds: 1, scope: 'public' }, 'public, max-age=1'],
    [{ maxAgeSeconds: 0.9, scope: 'public' }, 'no-cache'],
    [{ maxAgeSeconds: 0, scope: 'public' }, 'no-cache'],
    [{ maxAgeSeconds: -5, scope: 'public' }, 'no-cache'],
    [{ maxAgeSeconds: NaN, scope: 'public' }, 'no-cache'],
    [{ maxAgeSeconds: Infinity, scope: 'public' }, 'no-cache'],
    [{ maxAgeSeconds: 30, scope: 'private' }, 'private, max-age=30'],
    [{ maxAgeSeconds: 0, scope: 'private' }, 'private, no-cache'],
  ])('freshness %j is %s', async (freshness, expected) => {
    const response = await gateway({ freshness }).get(PRICE);
    expect(response.headers.get('cache-control')).toBe(expected);
    etagOf(response);
  });

  test('and asked for every time when nothing is known of its freshness', async () => {
    const query = '{ __typename }';
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256Hex(query) } };
    const search = new URLSearchParams({ query, extensions: JSON.stringify(extensions) });
    const response = await gateway().get(search.toString());
    expect(await response.json()).toMatchObject({ data: { __typename: 'Query' } });
    expect(response.headers.get('cache-control')).toBe('no-cache');
  });

  test('with what CORS varies by, named once', async () => {
    const response = await gateway().get(PRICE, { origin: 'https://app.test' });
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.test');
    expect(response.headers.get('vary')?.split(', ').sort()).toEqual(VARY.split(', ').sort());
  });

  test('with what another plugin varies by, whatever its case', async () => {
    const vary = (value: string): Plugin => ({
      onResponse: ({ response }) => response.headers.set('vary', value),
    });
    const own = await gateway({ plugins: [vary('accept,X-Region')] }).get(PRICE);
    expect(own.headers.get('vary')?.toLowerCase().split(', ').sort()).toEqual(
      [...VARY.toLowerCase().split(', '), 'x-region'].sort(),
    );
    const any = await gateway({ plugins: [vary('*')] }).get(PRICE);
    expect(any.headers.get('vary')).toBe('*');
  });
});

describe('who has the answer is told so', () => {
  test('304 without a body, with the headers of the 200, after the operation ran', async () => {
    const { get, state } = gateway();
    const first = await get(PRICE);
    const etag = etagOf(first);
    const second = await get(PRICE, { 'if-none-match': etag, origin: 'https://app.test' });
    expect(second.status).toBe(304);
    expect(await second.text()).toBe('');
    expect(second.headers.get('etag')).toBe(etag);
    expect(second.headers.get('cache-control')).toBe('public, max-age=42');
    expect(second.headers.get('vary')).toContain('X-Api-Key');
    expect(second.headers.get('access-control-allow-origin')).toBe('https://app.test');
    expect(second.headers.get('x-request-id')).toBe('2');
    expect(second.headers.get('content-type')).toBeNull();
    expect(state.executions).toBe(2);
  });

  test('the ETag is of the data: what was spent does not change it, a price does', async () => {
    const { get, state } = gateway();
    const etag = etagOf(await get(PRICE));
    expect(etagOf(await get(PRICE))).toBe(etag);
    state.price = 2;
    const changed = await get(PRICE, { 'if-none-match': etag });
    expect(changed.status).toBe(200);
    expect(etagOf(changed)).not.toBe(etag);
    expect(await changed.json()).toMatchObject({ data: { price: 2 } });
  });

  test('the ETag is of the media type as well', async () => {
    const { get } = gateway();
    const etag = etagOf(await get(PRICE, { accept: 'application/json' }));
    const accept = 'application/graphql-response+json';
    const other = await get(PRICE, { accept, 'if-none-match': etag });
    expect(other.status).toBe(200);
    expect(other.headers.get('content-type')).toContain(accept);
  });

  test.each<[string, (etag: string) => string, number]>([
    ['any', () => '*', 304],
    ['any, spaced', () => ' * ', 304],
    ['a list', (etag) => `"a", ${etag} , W/"b"`, 304],
    ['a list without spaces', (etag) => `"a",${etag},"b"`, 304],
    ['a strong one of the same text', (etag) => etag.slice(2), 304],
    ['a list with a comma in an ETag', (etag) => `W/"a,b", ${etag}`, 304],
    ['another', () => 'W/"other"', 200],
    ['a part of it', (etag) => `${etag.slice(0, -2)}"`, 200],
    ['it without quotes', (etag) => etag.slice(3, -1), 200],
    ['nothing', () => '', 200],
  ])('If-None-Match: %s', async (_what, headerOf, status) => {
    const { get } = gateway();
    const etag = etagOf(await get(PRICE));
    const response = await get(PRICE, { 'if-none-match': headerOf(etag) });
    expect(response.status).toBe(status);
  });

  test('a stranger who holds a good ETag is still a stranger', async () => {
    const { get, state } = gateway();
    const etag = etagOf(await get(PRICE));
    for (const ifNoneMatch of [etag, '*']) {
      const headers = { 'if-none-match': ifNoneMatch, 'x-api-key': 'stranger' };
      const response = await get(PRICE, headers);
      expect(response.status).toBe(401);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('etag')).toBeNull();
    }
    expect(state.executions).toBe(1);
  });
});

describe('everything else is not stored', () => {
  test.each([
    ['free text', 'query={price}', 200],
    ['a field that failed', 'documentId=part', 200],
    ['no data at all', 'documentId=strict', 200],
    ['a variable that is missing', 'documentId=variable', 400],
    ['an unknown document', 'documentId=nothing', 404],
    ['a mutation', 'documentId=buy', 405],
    ['no document', '', 200],
    ['bad variables', 'documentId=variable&variables={', 400],
  ])('GET of %s', async (_what, search, status) => {
    const { get } = gateway();
    const response = await get(search, { 'if-none-match': '*' });
    expect(response.status).toBe(status);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('etag')).toBeNull();
  });

  test.each([
    ['free text', { query: '{ price }' }],
    ['a persisted document', { documentId: 'price' }],
    ['a mutation', { documentId: 'buy' }],
  ])('POST of %s', async (_what, body) => {
    const response = await gateway().post(body, { 'if-none-match': '*' });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('etag')).toBeNull();
    expect(await response.json()).toHaveProperty('data.price');
  });

  test('a request the server cannot read or answer', async () => {
    const { yoga, get, url } = gateway();
    const unread = await yoga.fetch(url, { method: 'POST', body: 'x' });
    expect(unread.status).toBe(415);
    const unwanted = await get(PRICE, { accept: 'image/png' });
    expect(unwanted.status).toBe(406);
    const wrongMethod = await yoga.fetch(url, { method: 'PUT', body: '{}' });
    expect(wrongMethod.status).toBeGreaterThanOrEqual(400);
    for (const { headers } of [unread, unwanted, wrongMethod])
      expect(headers.get('cache-control')).toBe('no-store');
  });

  test('a plugin that fails to say how fresh an answer is: an error, not a crash', async () => {
    const cache = useHttpCache<object>({
      freshnessOf: () => {
        throw new Error('a defect');
      },
    });
    const response = await gateway({ plugins: [cache] }).get(PRICE);
    expect(response.status).toBe(500);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('other answers of the server keep their own headers', async () => {
    const { yoga, get, url } = gateway();
    const preflight = await yoga.fetch(url, { method: 'OPTIONS' });
    expect(preflight.headers.get('cache-control')).toBeNull();
    const page = await yoga.fetch(url, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('cache-control')).toBeNull();
    const stream = await get('documentId=ticks', { accept: 'text/event-stream' });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    expect(stream.headers.get('cache-control')).toBe('no-cache');
    expect(await stream.text()).toContain('{"data":{"price":1}}');
  });
});

describe('other plugins have their say', () => {
  test('one that forbids to keep an answer', async () => {
    const forbid: Plugin = {
      onResponse: ({ response }) => response.headers.set('cache-control', 'no-store'),
    };
    const response = await gateway({ plugins: [forbid] }).get(PRICE, { 'if-none-match': '*' });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('one that changes the data after us changes the ETag', async () => {
    const put = (data: object | undefined, errors?: GraphQLError[]): Plugin => ({
      onResultProcess(payload) {
        const { result } = payload;
        if (Array.isArray(result) || Symbol.asyncIterator in result) return;
        payload.setResult({ ...result, data: data ?? result.data, ...(errors && { errors }) });
      },
    });
    const plain = await gateway().get(PRICE);
    const changed = await gateway({ later: [put({ price: 9 })] }).get(PRICE);
    expect(etagOf(changed)).not.toBe(etagOf(plain));
    expect(await changed.json()).toMatchObject({ data: { price: 9 } });
    const failed = await gateway({ later: [put(undefined, [new GraphQLError('late')])] }).get(
      PRICE,
    );
    expect(failed.headers.get('cache-control')).toBe('no-store');
    expect(await failed.json()).toMatchObject({ errors: [{ message: 'late' }] });
  });

  test('whatever they say, data is serialised once: what is hashed is what is sent', async () => {
    let times = 0;
    const put: Plugin = {
      onExecutionResult: (payload) =>
        payload.setResult({ data: { price: { toJSON: () => (times += 1) } } }),
    };
    const response = await gateway({ plugins: [put] }).get(PRICE);
    etagOf(response);
    expect(await response.text()).toBe('{"data":{"price":1}}');
    expect(times).toBe(1);
  });

  test('one that serialises the answer itself', async () => {
    const own: Plugin = {
      onResultProcess(payload) {
        const { result } = payload;
        if (Array.isArray(result) || Symbol.asyncIterator in result) return;
        payload.setResult({
          ...result,
          stringify: ({ data }) => `{"data":${JSON.stringify(data)}} `,
        });
      },
    };
    const response = await gateway({ plugins: [own] }).get(PRICE);
    expect(etagOf(response)).toBe(etagOf(await gateway().get(PRICE)));
    expect(await response.text()).toBe('{"data":{"price":1}} ');
  });
});

test('over a socket: a 304 has no body, and the connection goes on', async () => {
  const { yoga } = gateway();
  const server = createServer((request, response) => void yoga(request, response));
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const call = async (headers: Record<string, string>, method = 'GET', id = 'price') => {
    const request = httpRequest({ port, method, path: `/graphql?documentId=${id}`, headers });
    request.end();
    const [response] = await once(request, 'response');
    let body = '';
    for await (const chunk of response) body += String(chunk);
    return { status: response.statusCode, headers: response.headers, body };
  };
  const first = await call({});
  expect(first).toMatchObject({ status: 200, headers: { 'cache-control': 'public, max-age=42' } });
  const second = await call({ 'if-none-match': String(first.headers.etag) });
  expect(second).toMatchObject({ status: 304, body: '' });
  expect(second.headers).toMatchObject({
    etag: first.headers.etag,
    vary: VARY,
    'cache-control': 'public, max-age=42',
  });
  const mutation = await call({}, 'GET', 'buy');
  expect(mutation).toMatchObject({ status: 405, headers: { 'cache-control': 'no-store' } });
  expect((await call({})).body).toContain('"price":1');
});
