import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { createSchema, createYoga } from 'graphql-yoga';
import { describe, expect, onTestFinished, test } from 'vitest';

import { sha256Hex } from '../../src/documents/hash.ts';
import { indexManifests } from '../../src/documents/manifest.ts';
import { documentOf } from '../../src/documents/request-document.ts';
import { createDocumentStore } from '../../src/documents/store.ts';
import type { DocumentsMode } from '../../src/plugins/persisted-documents.ts';
import { createPersistedDocuments } from '../../src/plugins/persisted-documents.ts';

const PRICE = 'query TokenPrice($symbol: String!) {\n  token(symbol: $symbol) { symbol price }\n}';
const NAME = 'query TokenName($symbol: String!) { token(symbol: $symbol) { symbol name } }';
const DEAR = 'query Dear { dear }';
const BUY = 'mutation Buy { buy }';
const BOTH = 'query Read { dear } mutation Write { buy }';
const RELAY = 'query AppQuery {\n  token(symbol: "BTC") {\n    symbol\n  }\n}\n';
const RELAY_MD5 = createHash('md5').update(RELAY).digest('hex');

const BTC = { symbol: 'BTC' };
const PRICE_DATA = { token: { symbol: 'BTC', price: '42.1' } };

const MANIFESTS = [
  {
    name: 'apollo.json',
    text: JSON.stringify({
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: [
        { id: sha256Hex(PRICE), name: 'TokenPrice', type: 'query', body: PRICE },
        { id: 'buy-1', name: 'Buy', type: 'mutation', body: BUY },
        { id: 'both-1', name: 'Both', type: 'query', body: BOTH },
      ],
    }),
  },
  { name: 'relay.json', text: JSON.stringify({ [RELAY_MD5]: RELAY }) },
];

type Options = {
  readonly mode?: DocumentsMode;
  readonly manifests?: typeof MANIFESTS;
  readonly cost?: Plugin;
  readonly plugins?: readonly Plugin[];
};

/** Refuses `dear` as the cost plugin does: with a result, which ends the hooks of execution. */
const costRefusal: Plugin = {
  onExecute({ args, setResultAndStopExecution }) {
    const isDear = JSON.stringify(args.document.definitions).includes('"dear"');
    if (isDear)
      setResultAndStopExecution({
        errors: [new GraphQLError('too dear', { extensions: { code: 'COST_LIMIT_EXCEEDED' } })],
      });
  },
};

function gateway({
  mode = 'open',
  manifests = [],
  cost = costRefusal,
  plugins = [],
}: Options = {}) {
  const executed: string[] = [];
  const seen: unknown[] = [];
  const see: Plugin = {
    onExecute({ context }) {
      seen.push(documentOf(context.request));
    },
  };
  const store = createDocumentStore({ trusted: indexManifests(manifests), documentsMax: 100 });
  const documents = createPersistedDocuments({ mode, store });
  const yoga = createYoga({
    logging: false,
    schema: createSchema({
      typeDefs: /* GraphQL */ `
        type Token {
          symbol: String!
          name: String!
          price: String!
        }
        type Query {
          token(symbol: String!): Token
          dear: Int
        }
        type Mutation {
          buy: Int
        }
        type Subscription {
          ticks(costly: Boolean): Int
        }
      `,
      resolvers: {
        Query: {
          token: (_root, { symbol }: { symbol: string }) => {
            executed.push(`token ${symbol}`);
            return { symbol, name: `the ${symbol}`, price: '42.1' };
          },
          dear: () => executed.push('dear'),
        },
        Mutation: { buy: () => executed.push('buy') },
        Subscription: {
          ticks: {
            async *subscribe() {
              await Promise.resolve();
              yield { ticks: 1 };
            },
          },
        },
      },
    }),
    plugins: [documents.resolve, cost, documents.remember, see, ...plugins],
  });

  const url = 'http://assay.test/graphql';
  const send = async (request: Request) => {
    const response = await yoga.fetch(request);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    send(
      new Request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    );
  const get = (params: Record<string, unknown>, headers: Record<string, string> = {}) =>
    send(new Request(`${url}?${searchOf(params)}`, { headers }));
  return { yoga, store, executed, seen, send, post, get, url };
}

const searchOf = (params: Record<string, unknown>) =>
  new URLSearchParams(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ).toString();

const hashOf = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256Hex(text) } });

const errorOf = (message: unknown, code: string) => ({
  errors: [{ message, extensions: { code } }],
});
const MISS = errorOf('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND');

type Body = { readonly errors?: readonly { message: string; extensions: { code?: string } }[] };
type Answer = { readonly status: number; readonly headers: Headers; readonly body: Body };

/** How each client tells a miss, from its source. */
const readsMiss = {
  ios: ({ status, body }: Answer) =>
    status >= 200 &&
    status < 300 &&
    body.errors?.some((error) => error.message === 'PersistedQueryNotFound') === true,
  kotlin: ({ status, headers, body }: Answer) =>
    ((status >= 200 && status < 300) ||
      headers.get('content-type')?.startsWith('application/graphql-response+json') === true) &&
    body.errors?.some((error) => error.message.toLowerCase() === 'persistedquerynotfound') === true,
  web: ({ body }: Answer) =>
    body.errors?.some(
      ({ message, extensions }) =>
        message === 'PersistedQueryNotFound' || extensions.code === 'PERSISTED_QUERY_NOT_FOUND',
    ) === true,
};

const ACCEPT = {
  ios: 'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json',
  kotlin: 'multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json',
  web: '*/*',
};

describe.each(['open', 'apq'] as const)('DOCUMENTS=%s: each client, as it speaks', (mode) => {
  test('iOS: POST with the hash, then POST with the text', async () => {
    const { post, executed, seen } = gateway({ mode });
    const headers = {
      accept: ACCEPT.ios,
      'x-apollo-operation-name': 'TokenPrice',
      'x-apollo-operation-type': 'query',
    };
    const hashed = {
      operationName: 'TokenPrice',
      variables: BTC,
      extensions: { ...hashOf(PRICE), clientLibrary: { name: 'apollo-ios', version: '1.25.0' } },
    };
    const miss = await post(hashed, headers);
    expect(miss.body).toEqual(MISS);
    expect(miss.status).toBe(200);
    expect(miss.headers.get('content-type')).toMatch(/^application\/graphql-response\+json/);
    expect(miss.headers.get('cache-control')).toBe('private, no-cache, must-revalidate');
    expect(readsMiss.ios(miss)).toBe(true);
    expect(executed).toEqual([]);

    const retry = await post({ ...hashed, query: PRICE }, headers);
    expect(retry).toMatchObject({ status: 200, body: { data: PRICE_DATA } });

    const hit = await post(hashed, headers);
    expect(hit).toMatchObject({ status: 200, body: { data: PRICE_DATA } });
    expect(executed).toEqual(['token BTC', 'token BTC']);
    const document = { id: sha256Hex(PRICE), source: 'registered' };
    expect(seen).toEqual([document, document]);
  });

  test('iOS: GET with the hash, then GET with the text', async () => {
    const { get } = gateway({ mode });
    const headers = { accept: ACCEPT.ios, 'apollo-require-preflight': 'true' };
    const hashed = { operationName: 'TokenPrice', variables: BTC, extensions: hashOf(PRICE) };
    expect(readsMiss.ios(await get(hashed, headers))).toBe(true);
    const retry = await get({ ...hashed, query: PRICE }, headers);
    expect(retry).toMatchObject({ status: 200, body: { data: PRICE_DATA } });
    const hit = await get(hashed, headers);
    expect(hit).toMatchObject({ status: 200, body: { data: PRICE_DATA } });
  });

  test('Kotlin: GET with the hash, then POST with the text', async () => {
    const { get, post } = gateway({ mode });
    const headers = { accept: ACCEPT.kotlin, 'apollo-require-preflight': 'true' };
    const hashed = { operationName: 'TokenPrice', variables: BTC, extensions: hashOf(PRICE) };
    const miss = await get(hashed, headers);
    expect(miss).toMatchObject({ status: 200, body: MISS });
    expect(readsMiss.kotlin(miss)).toBe(true);
    const retry = await post({ ...hashed, query: PRICE }, headers);
    expect(retry).toMatchObject({ status: 200, body: { data: PRICE_DATA } });
    const hit = await get(hashed, headers);
    expect(hit).toMatchObject({ status: 200, body: { data: PRICE_DATA } });
  });

  test('web: useGETForHashedQueries, then POST with the text', async () => {
    const { get, post } = gateway({ mode });
    const headers = { accept: ACCEPT.web };
    const hashed = { operationName: 'TokenPrice', variables: BTC, extensions: hashOf(PRICE) };
    const miss = await get(hashed, headers);
    expect(miss.status).toBe(200);
    expect(miss.headers.get('content-type')).toMatch(/^application\/json/);
    expect(readsMiss.web(miss)).toBe(true);
    await post({ ...hashed, query: PRICE }, headers);
    expect((await get(hashed, headers)).body).toEqual({ data: PRICE_DATA });
  });

  test('all three over a socket', async () => {
    const { yoga, executed } = gateway({ mode });
    const server = createServer((request, response) => void yoga(request, response));
    server.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
    const call = async (client: keyof typeof readsMiss, method: string, params: object) => {
      const headers = { accept: ACCEPT[client], 'content-type': 'application/json' };
      const response =
        method === 'GET'
          ? await fetch(`${url}?${searchOf({ ...params })}`, { headers })
          : await fetch(url, { method, headers, body: JSON.stringify(params) });
      const { status } = response;
      const body = (await response.json()) as Body;
      return { body, isMiss: readsMiss[client]({ status, headers: response.headers, body }) };
    };
    for (const [client, method, query] of [
      ['ios', 'POST', PRICE],
      ['kotlin', 'GET', NAME],
      ['web', 'GET', RELAY],
    ] as const) {
      const hashed = { variables: BTC, extensions: hashOf(query) };
      expect((await call(client, method, hashed)).isMiss).toBe(true);
      await call(client, 'POST', { ...hashed, query });
      const { body, isMiss } = await call(client, method, hashed);
      expect(isMiss).toBe(false);
      expect(body).toHaveProperty('data.token.symbol', 'BTC');
    }
    expect(executed).toHaveLength(6);
  });

  test('a text that does not have its hash is not run and not stored', async () => {
    const { post, executed } = gateway({ mode });
    const answer = await post({ query: NAME, extensions: hashOf(PRICE), variables: BTC });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(
      errorOf('provided sha does not match query', 'PERSISTED_QUERY_MISMATCH'),
    );
    expect((await post({ extensions: hashOf(PRICE) })).body).toEqual(MISS);
    expect(executed).toEqual([]);
  });

  test.each([
    ['does not parse', '{ token('],
    ['does not validate', '{ unknownField }'],
    ['costs too much', DEAR],
  ])('a document that %s is not stored', async (_what, query) => {
    const { post, store } = gateway({ mode });
    const refused = await post({ query, extensions: hashOf(query) });
    expect(refused.body.errors).toHaveLength(1);
    expect(await store.get(sha256Hex(query))).toBeUndefined();
    expect((await post({ extensions: hashOf(query) })).body).toEqual(MISS);
  });

  test('a document refused by an exception of the cost check is not stored either', async () => {
    const cost: Plugin = {
      async onExecute() {
        await Promise.resolve();
        throw new GraphQLError('too dear');
      },
    };
    const { post, store } = gateway({ mode, cost });
    await post({ query: PRICE, variables: BTC, extensions: hashOf(PRICE) });
    expect(await store.get(sha256Hex(PRICE))).toBeUndefined();
  });

  test('a hash alone stores nothing, a subscription is stored like a query', async () => {
    const { yoga, store, url } = gateway({ mode });
    const query = 'subscription { ticks }';
    const subscribe = (body: object) =>
      yoga.fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
        body: JSON.stringify(body),
      });
    const first = await subscribe({ query, extensions: hashOf(query) });
    expect(await first.text()).toContain('{"data":{"ticks":1}}');
    expect(await store.get(sha256Hex(query))).toBe(query);
    const second = await subscribe({ extensions: hashOf(query) });
    expect(await second.text()).toContain('{"data":{"ticks":1}}');
  });

  test('documents that race keep to their own hash', async () => {
    const { post, store } = gateway({ mode });
    const texts = Array.from({ length: 40 }, (_, n) => `{ token(symbol: "T${n}") { symbol } }`);
    const sendAll = (withText: boolean) =>
      Promise.all(
        texts.map((query) => post({ extensions: hashOf(query), ...(withText && { query }) })),
      );
    const expected = texts.map((_, n) => ({ data: { token: { symbol: `T${n}` } } }));
    expect((await sendAll(true)).map(({ body }) => body)).toEqual(expected);
    expect((await sendAll(false)).map(({ body }) => body)).toEqual(expected);
    for (const text of texts) expect(await store.get(sha256Hex(text))).toBe(text);
  });

  test('one document of many operations runs the one that is named', async () => {
    const { post } = gateway({ mode });
    const query =
      'query A { a: token(symbol: "A") { symbol } } query B { token(symbol: "B") { symbol } }';
    await post({ query, operationName: 'A', extensions: hashOf(query) });
    const answer = await post({ operationName: 'B', extensions: hashOf(query) });
    expect(answer.body).toEqual({ data: { token: { symbol: 'B' } } });
  });

  test.each([
    [
      { version: 2, sha256Hash: sha256Hex(PRICE) },
      'PersistedQueryNotSupported',
      'PERSISTED_QUERY_NOT_SUPPORTED',
    ],
    [{ sha256Hash: sha256Hex(PRICE) }, /version to be 1/, 'BAD_REQUEST'],
    [{ version: '1', sha256Hash: sha256Hex(PRICE) }, /version to be 1/, 'BAD_REQUEST'],
    [{ version: 1 }, /sha256Hash to be a string/, 'BAD_REQUEST'],
    [{ version: 1, sha256Hash: 7 }, /sha256Hash to be a string/, 'BAD_REQUEST'],
    [{ version: 1, sha256Hash: '' }, /sha256Hash to be a string/, 'BAD_REQUEST'],
    [{ version: 1, sha256Hash: 'abc' }, /64 lower-case hex/, 'BAD_REQUEST'],
    [
      { version: 1, sha256Hash: sha256Hex(PRICE).toUpperCase() },
      /64 lower-case hex/,
      'BAD_REQUEST',
    ],
    [{ version: 1, sha256Hash: `sha256:${sha256Hex(PRICE)}` }, /64 lower-case hex/, 'BAD_REQUEST'],
    ['sha', /to be \{version: 1, sha256Hash\}/, 'BAD_REQUEST'],
    [['sha'], /to be \{version: 1, sha256Hash\}/, 'BAD_REQUEST'],
    [false, /to be \{version: 1, sha256Hash\}/, 'BAD_REQUEST'],
  ])('extensions.persistedQuery %j is refused', async (persistedQuery, message, code) => {
    const { post, get, executed } = gateway({ mode });
    for (const answer of [
      await post({ extensions: { persistedQuery } }),
      await post({ query: PRICE, variables: BTC, extensions: { persistedQuery } }),
      await get({ extensions: { persistedQuery } }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual(errorOf(expect.stringMatching(message), code));
      expect(Object.values(readsMiss).some((isMiss) => isMiss(answer))).toBe(false);
    }
    expect(executed).toEqual([]);
  });

  test('a mutation by GET is 405, with its hash known or registering', async () => {
    const { get, post, executed } = gateway({ mode });
    expect((await get({ query: BUY, extensions: hashOf(BUY) })).status).toBe(405);
    expect((await post({ extensions: hashOf(BUY) })).body).toEqual(MISS);
    await post({ query: BUY, extensions: hashOf(BUY) });
    const known = await get({ extensions: hashOf(BUY) });
    expect(known.status).toBe(405);
    expect(known.headers.get('allow')).toBe('POST');
    expect(executed).toEqual(['buy']);
  });
});

describe('DOCUMENTS=open', () => {
  test('free text runs, and is not remembered', async () => {
    const { post, get, store, seen } = gateway();
    expect((await post({ query: PRICE, variables: BTC })).body).toEqual({ data: PRICE_DATA });
    expect((await get({ query: PRICE, variables: BTC })).body).toEqual({ data: PRICE_DATA });
    expect(await store.get(sha256Hex(PRICE))).toBeUndefined();
    expect(seen).toEqual([undefined, undefined]);
  });

  test('what is nothing to run is for the protocol to refuse', async () => {
    const { post, get, send, url } = gateway();
    const headers = { accept: 'application/graphql-response+json' };
    for (const answer of [
      await post({}, headers),
      await get({}, headers),
      await post({ extensions: null, documentId: null }, headers),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body.errors[0].message).toBe('Must provide query string.');
    }
    const multipart = new FormData();
    multipart.set('operations', 'null');
    const broken = await send(new Request(url, { method: 'POST', body: multipart }));
    expect(broken.status).toBe(400);
    const batch = await post([{ query: PRICE, variables: BTC }]);
    expect(batch.body.errors[0].message).toBe('Batching is not supported.');
  });

  test('parameters of a URL that are not JSON are the client’s fault, not a 500', async () => {
    const { get } = gateway();
    for (const name of ['variables', 'extensions']) {
      for (const value of ['{"a":', '"text"', '[1]', '7']) {
        const answer = await get({ query: PRICE, [name]: value });
        expect(answer.status).toBe(400);
        expect(answer.body).toEqual(errorOf(expect.stringContaining(`"${name}"`), 'BAD_REQUEST'));
      }
      const empty = await get({ query: '{ __typename }', [name]: 'null' });
      expect(empty.body).toEqual({ data: { __typename: 'Query' } });
    }
  });
});

test('DOCUMENTS=apq: free text without its hash is refused, and no client takes it for a miss', async () => {
  const { post, get, executed } = gateway({ mode: 'apq' });
  for (const answer of [
    await post({ query: PRICE, variables: BTC }),
    await get({ query: PRICE, variables: BTC }),
    await post({ query: '' }),
  ]) {
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(
      errorOf(
        'PersistedQueryOnly: send the text together with its hash, as extensions.persistedQuery.',
        'PERSISTED_QUERY_ONLY',
      ),
    );
    expect(Object.values(readsMiss).some((isMiss) => isMiss(answer))).toBe(false);
  }
  expect(executed).toEqual([]);
});

describe.each(['open', 'apq', 'trusted'] as const)(
  'DOCUMENTS=%s: documents of manifests',
  (mode) => {
    const sha256 = sha256Hex(PRICE);

    test.each([
      ['documentId', sha256],
      ['documentId', `sha256:${sha256}`],
      ['doc_id', sha256],
      ['id', `sha256:${sha256}`],
    ])('by %s=%s, POST, GET and form', async (name, id) => {
      const { post, get, send, url, seen } = gateway({ mode, manifests: MANIFESTS });
      const params = { [name]: id, variables: BTC, operationName: 'TokenPrice' };
      const form = new Request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body: searchOf(params),
      });
      for (const answer of [await post(params), await get(params), await send(form)])
        expect(answer).toMatchObject({ status: 200, body: { data: PRICE_DATA } });
      expect(seen).toEqual(Array(3).fill({ id, source: 'trusted', name: 'TokenPrice' }));
    });

    test('by the extension, with or without the right text', async () => {
      const { post, store } = gateway({ mode, manifests: MANIFESTS });
      const hashed = { extensions: hashOf(PRICE), variables: BTC };
      expect((await post(hashed)).body).toEqual({ data: PRICE_DATA });
      expect((await post({ ...hashed, query: PRICE })).body).toEqual({ data: PRICE_DATA });
      const other = await post({ ...hashed, query: NAME });
      expect(other.body).toEqual(
        errorOf('provided sha does not match query', 'PERSISTED_QUERY_MISMATCH'),
      );
      expect(await store.get(sha256)).toBeUndefined();
    });

    test('a custom id in the extension, as Apollo’s manifest link sends it', async () => {
      const { post, executed } = gateway({ mode, manifests: MANIFESTS });
      const extensions = { persistedQuery: { version: 1, sha256Hash: 'buy-1' } };
      expect((await post({ extensions })).body).toEqual({ data: { buy: 1 } });
      expect(executed).toEqual(['buy']);
    });

    test('Relay: an MD5 by doc_id, a null beside it, and the SHA-256 of the same text', async () => {
      const { post } = gateway({ mode, manifests: MANIFESTS });
      const data = { token: { symbol: 'BTC' } };
      expect((await post({ doc_id: RELAY_MD5, query: null })).body).toEqual({ data });
      expect((await post({ documentId: sha256Hex(RELAY), id: null })).body).toEqual({ data });
      expect((await post({ extensions: hashOf(RELAY) })).body).toEqual({ data });
    });

    test('an id given twice alike is one id', async () => {
      const { post } = gateway({ mode, manifests: MANIFESTS });
      const params = { documentId: `sha256:${sha256}`, extensions: hashOf(PRICE), variables: BTC };
      expect((await post(params)).body).toEqual({ data: PRICE_DATA });
      expect((await post({ ...params, id: params.documentId })).body).toEqual({ data: PRICE_DATA });
    });

    test.each([
      ['an id and a text', { documentId: sha256, query: PRICE }, /not both/],
      ['an id and another text', { doc_id: 'buy-1', query: PRICE }, /not both/],
      ['two ids', { documentId: sha256, doc_id: 'buy-1' }, /one document id/],
      [
        'an id and another hash',
        { documentId: 'buy-1', extensions: hashOf(PRICE) },
        /two documents/,
      ],
      ['an id that is a number', { documentId: 7 }, /non-empty string/],
      ['an empty id', { id: '' }, /non-empty string/],
      ['an id that is a list', { documentId: [sha256] }, /non-empty string/],
    ])('%s is refused', async (_what, params, message) => {
      const { post, executed } = gateway({ mode, manifests: MANIFESTS });
      const answer = await post({ ...params, variables: BTC });
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual(errorOf(expect.stringMatching(message), 'BAD_REQUEST'));
      expect(executed).toEqual([]);
    });

    test.each([
      `sha256:${sha256Hex(NAME)}`,
      sha256Hex(NAME),
      'nothing',
      '../etc/passwd',
      '__proto__',
    ])('documentId=%s is unknown: one error, 404, no miss', async (documentId) => {
      const { post, get } = gateway({ mode, manifests: MANIFESTS });
      for (const accept of Object.values(ACCEPT)) {
        for (const answer of [
          await post({ documentId }, { accept }),
          await get({ documentId }, { accept }),
        ]) {
          expect(answer.status).toBe(404);
          expect(answer.body).toEqual(
            errorOf(
              'PersistedQueryNotInList: this server has no document with that id.',
              'PERSISTED_QUERY_NOT_IN_LIST',
            ),
          );
          expect(Object.values(readsMiss).some((isMiss) => isMiss(answer))).toBe(false);
        }
      }
    });

    test('a mutation by GET is 405, by its own operation name too', async () => {
      const { get, post, executed } = gateway({ mode, manifests: MANIFESTS, cost: {} });
      expect((await get({ documentId: 'buy-1' })).status).toBe(405);
      expect((await get({ documentId: 'both-1', operationName: 'Write' })).status).toBe(405);
      expect(executed).toEqual([]);
      expect((await get({ documentId: 'both-1', operationName: 'Read' })).status).toBe(200);
      expect((await post({ documentId: 'buy-1' })).status).toBe(200);
      expect(executed).toEqual(['dear', 'buy']);
    });

    test('an unknown parameter beside the id is still unknown', async () => {
      const { post } = gateway({ mode, manifests: MANIFESTS });
      const answer = await post({ documentId: sha256, variables: BTC, surprise: 1 });
      expect(answer.status).toBe(400);
      expect(answer.body.errors[0].message).toContain('"surprise"');
    });

    test('a manifest’s document still passes the cost check', async () => {
      const { post, executed } = gateway({ mode, manifests: MANIFESTS });
      const answer = await post({ documentId: 'both-1', operationName: 'Read' });
      expect(answer.body).toEqual(errorOf('too dear', 'COST_LIMIT_EXCEEDED'));
      expect(executed).toEqual([]);
    });
  },
);

describe('DOCUMENTS=trusted', () => {
  test.each(['ios', 'kotlin', 'web'] as const)(
    '%s does not retry what is not listed',
    async (client) => {
      const { post, get, store, executed } = gateway({ mode: 'trusted', manifests: MANIFESTS });
      const headers = { accept: ACCEPT[client] };
      const hashed = { extensions: hashOf(NAME), variables: BTC };
      for (const answer of [await post(hashed, headers), await get(hashed, headers)]) {
        expect(answer.status).toBe(404);
        expect(answer.body).toEqual(
          errorOf(
            expect.stringMatching(/^PersistedQueryNotInList: /),
            'PERSISTED_QUERY_NOT_IN_LIST',
          ),
        );
        expect(readsMiss[client](answer)).toBe(false);
      }
      // A client that retries all the same stops here.
      for (const answer of [
        await post({ ...hashed, query: NAME }, headers),
        await get({ ...hashed, query: NAME }, headers),
        await post({ query: NAME, variables: BTC }, headers),
        await post({ query: PRICE, variables: BTC }, headers),
        await get({ query: PRICE, variables: BTC }, headers),
      ]) {
        expect(answer.status).toBe(400);
        expect(answer.body).toEqual(
          errorOf(expect.stringMatching(/^PersistedQueryOnly: /), 'PERSISTED_QUERY_ONLY'),
        );
        expect(readsMiss[client](answer)).toBe(false);
      }
      expect(await store.get(sha256Hex(NAME))).toBeUndefined();
      expect(executed).toEqual([]);
    },
  );

  test('a document that got into the store is not a document of a manifest', async () => {
    const { post, store } = gateway({ mode: 'trusted', manifests: MANIFESTS });
    await store.put(sha256Hex(NAME), NAME);
    expect((await post({ extensions: hashOf(NAME) })).status).toBe(404);
    expect((await post({ documentId: `sha256:${sha256Hex(NAME)}` })).status).toBe(404);
  });
});

test('a registered document answers to documentId as well', async () => {
  const { post } = gateway({ mode: 'apq', manifests: MANIFESTS });
  await post({ query: NAME, variables: BTC, extensions: hashOf(NAME) });
  for (const documentId of [sha256Hex(NAME), `sha256:${sha256Hex(NAME)}`])
    expect((await post({ documentId, variables: BTC })).body).toEqual({
      data: { token: { symbol: 'BTC', name: 'the BTC' } },
    });
});

test('a document is parsed and validated once, however it is named', async () => {
  const parsed: string[] = [];
  const count: Plugin = {
    onParse: ({ setParseFn, parseFn }) =>
      setParseFn((source, options) => {
        parsed.push(String(source));
        return parseFn(source, options);
      }),
  };
  const { post } = gateway({ manifests: MANIFESTS, plugins: [count] });
  await post({ documentId: sha256Hex(PRICE), variables: BTC });
  await post({ extensions: hashOf(PRICE), variables: BTC });
  await post({ query: PRICE, variables: BTC });
  expect(parsed).toEqual([PRICE]);
});
