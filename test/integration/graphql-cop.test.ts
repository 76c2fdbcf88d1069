import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealGateway, startRealGateway } from '../abuse/real-gateway.ts';
import { writeCallers } from '../support/callers-files.ts';

/**
 * What graphql-cop 1.14 asks, and what it takes for a finding. As it asks: `accept: *` + `/*`, no header
 * that forces a preflight, and GraphQL at every path it knows.
 */
let gateway: RealGateway;
let key: string;
beforeAll(async () => {
  const files = await writeCallers({ basic: { introspection: false, requestsPerMinute: 100_000 } });
  key = files.keys.basic;
  const env = { ...files.env, ANONYMOUS: 'off', GRAPHIQL: 'off', INTROSPECTION: 'off' };
  gateway = await startRealGateway({ env });
  await files.remove();
});
afterAll(() => gateway.close());

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly json: any;
}

/** `fetch` says `sec-fetch-mode`, which graphql-cop does not: so a request of our own. */
async function send(method: string, path: string, headers: object, body?: string): Promise<Reply> {
  const { request } = await import('undici');
  const response = await request(`http://127.0.0.1:${gateway.port}${path}`, {
    method,
    // Who has a key is who is let in at all.
    headers: { accept: '*/*', 'user-agent': 'graphql-cop/1.14', 'x-api-key': key, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.body.text();
  const isJson = /json/.test(String(response.headers['content-type']));
  return { status: response.statusCode, text, json: isJson ? JSON.parse(text) : undefined };
}

const json = { 'content-type': 'application/json' };
const post = (body: unknown) => send('POST', '/graphql', json, JSON.stringify(body));
const ask = (query: string) => post({ operationName: 'cop', query });
const get = (query: string) => send('GET', `/graphql?${new URLSearchParams({ query })}`, {});
const form = (query: string) =>
  send(
    'POST',
    '/graphql',
    { 'content-type': 'application/x-www-form-urlencoded' },
    new URLSearchParams({ query }).toString(),
  );
const repeated = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join('');
const circular = `query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }`;

/** Each check, and what would be a finding. */
const checks: readonly (readonly [string, () => Promise<Reply>, (reply: Reply) => boolean])[] = [
  [
    'alias overloading',
    () => ask(`query cop { ${repeated(101, (i) => `alias${i}:__typename \n`)} }`),
    ({ json }) => json.data?.alias100 !== undefined,
  ],
  [
    'array batching',
    () => post(Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' }))),
    ({ json }) => Array.isArray(json),
  ],
  [
    'directive overloading',
    () => ask(`query cop { __typename ${repeated(10, () => '@aa')} }`),
    ({ json }) => (json.errors?.length ?? 0) >= 10,
  ],
  [
    'field duplication',
    () => ask(`query cop { ${repeated(500, () => '__typename \n')} }`),
    ({ json }) => json.data?.__typename !== undefined,
  ],
  ['circular introspection', () => ask(circular), ({ json }) => Boolean(json.data?.__schema)],
  [
    'introspection',
    () => ask('query cop { __schema { types { name fields { name } } } }'),
    ({ json }) => Boolean(json.data?.__schema),
  ],
  [
    'a mutation by GET',
    () => get('mutation cop { __typename }'),
    ({ json }) => Boolean(json?.data?.__typename),
  ],
  [
    'a query by GET',
    () => get('query cop { __typename }'),
    ({ json }) => Boolean(json?.data?.__typename),
  ],
  [
    'a query in a form',
    () => form('query cop { __typename }'),
    ({ json }) => Boolean(json?.data?.__typename),
  ],
  [
    'a mutation in a form',
    () => form('mutation cop { __typename }'),
    ({ json }) => Boolean(json?.data?.__typename),
  ],
  [
    'field suggestions',
    () => ask('query cop { __schema { directive } }'),
    ({ text }) => /did you mean/i.test(text),
  ],
  [
    'field suggestions of the graph',
    () => ask('query cop { topTokenz { nodes { id } } }'),
    ({ text }) => /did you mean/i.test(text),
  ],
  [
    'trace mode',
    () => ask('query cop { __typename }'),
    ({ json }) => /trac/i.test(Object.keys(json.extensions ?? {}).join()),
  ],
  [
    'unhandled errors',
    () => ask('qwerty cop { abc }'),
    ({ text }) => /exception|stack|\bat .*:\d+|node_modules/i.test(text),
  ],
];

describe('graphql-cop finds nothing in production', () => {
  it.each(checks)('%s', async (_name, run, isFinding) => {
    const reply = await run();
    expect(reply.status).toBeLessThan(500);
    expect(isFinding(reply)).toBe(false);
  });

  it.each([
    '/',
    '/graphql',
    '/graphiql',
    '/playground',
    '/console',
    '/altair',
    '/v1/graphql',
    '/graphql/console',
  ])('no GraphiQL at %s', async (path) => {
    const { status, text } = await send('GET', path, { accept: 'text/html' });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toMatch(/<html|graphiql|playground|altair|graphql\.min/i);
  });

  it('and an operation that is none of these is answered', async () => {
    const { status, json } = await ask('query cop { topTokens(first: 1) { nodes { symbol } } }');
    expect([status, json.data]).toEqual([200, { topTokens: { nodes: [{ symbol: 'BTC' }] } }]);
  });
});
