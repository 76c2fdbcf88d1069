import { sha256Hex } from '../../src/documents/hash.ts';
import { get, hashed, known, knownGet, oddGets, persisted, two } from './odd-gets.ts';
import { getOf, graphqlJson, json, type Sent } from './two-ways.ts';

export const bodyBytesMax = 128 * 1024;

export const post = (body: unknown, headers: Readonly<Record<string, string>> = {}): Sent => ({
  method: 'POST',
  headers: { ...json, ...headers },
  body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
});
const asked = (more: object) => post({ extensions: persisted, ...more });
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

/** What may be odd about a request for a known operation. */
export const oddRequests: Readonly<Record<string, Sent>> = {
  plain: asked({}),
  'plain get': get(knownGet),
  'variables null': asked({ variables: null }),
  'variables a list': asked({ variables: [] }),
  'variables a full list': asked({ variables: [1] }),
  'variables a text': asked({ variables: 'abc' }),
  'variables an empty text': asked({ variables: '' }),
  'variables a number': asked({ variables: 0 }),
  'variables false': asked({ variables: false }),
  'variables with strangers': asked({ variables: { foo: 1 } }),
  'variables with __proto__': post(
    `{"extensions":${JSON.stringify(persisted)},"variables":{"__proto__":{"first":1},"constructor":{"x":1}}}`,
  ),
  '__proto__ parameter': post(
    `{"extensions":${JSON.stringify(persisted)},"__proto__":{"variables":{"first":1}}}`,
  ),
  'unexpected parameter': asked({ foo: 1 }),
  'unexpected null parameter': asked({ foo: null }),
  'extensions a list': post({ query: known, extensions: [] }),
  'extensions a text': post({ query: known, extensions: '' }),
  'extensions a number': post({ query: known, extensions: 0 }),
  'extensions false': post({ query: known, extensions: false }),
  'extensions null': post({ query: known, extensions: null }),
  'huge persistedQuery': asked({
    extensions: {
      persistedQuery: { ...persisted.persistedQuery, junk: Array.from({ length: 300 }, () => 1) },
    },
  }),
  'nested persistedQuery': asked({
    extensions: { persistedQuery: { ...persisted.persistedQuery, junk: nested(12) } },
  }),
  'persistedQuery version 2': asked({
    extensions: { persistedQuery: { ...persisted.persistedQuery, version: 2 } },
  }),
  'persistedQuery version text': asked({
    extensions: { persistedQuery: { ...persisted.persistedQuery, version: '1' } },
  }),
  'upper-case hash': asked({
    extensions: { persistedQuery: { version: 1, sha256Hash: sha256Hex(known).toUpperCase() } },
  }),
  'hash prefix': asked({
    extensions: { persistedQuery: { version: 1, sha256Hash: `sha256:${sha256Hex(known)}` } },
  }),
  'unknown hash': asked({
    extensions: { persistedQuery: { version: 1, sha256Hash: sha256Hex('x') } },
  }),
  'id and hash': asked({ id: sha256Hex(known) }),
  'id alone': post({ id: sha256Hex(known) }),
  'prefixed id': post({ documentId: `sha256:${sha256Hex(known)}` }),
  'id and text': post({ id: sha256Hex(known), query: known }),
  'id a number': post({ id: 5 }),
  'two ids': post({ id: 'a', documentId: 'b' }),
  'hash and another text': post({ query: two, extensions: persisted }),
  'query a number': asked({ query: 5 }),
  'query empty': asked({ query: '' }),
  'text with other spaces': post({ query: ` ${known}` }),
  'wrong operationName': asked({ operationName: 'Nope' }),
  'empty operationName': asked({ operationName: '' }),
  'null operationName': asked({ operationName: null }),
  'operationName a number': asked({ operationName: 5 }),
  'operationName an object': asked({ operationName: {} }),
  'no operationName for two': post({ query: two }),
  'operationName for two': post({ query: two, operationName: 'B' }),
  'get of two': get(getOf(two, undefined, { operationName: 'B' })),
  'get of two with an empty name': get(getOf(two, undefined, { operationName: '' })),
  'cost dryRun': asked({ extensions: { ...persisted, cost: { dryRun: true } } }),
  maxStaleSeconds: asked({ extensions: { ...persisted, maxStaleSeconds: 0 } }),
  'maxStaleSeconds wrong': asked({ extensions: { ...persisted, maxStaleSeconds: 'x' } }),
  'x-max-stale-seconds': post({ extensions: persisted }, { 'x-max-stale-seconds': '0' }),
  'x-max-stale-seconds wrong': get(knownGet, { ...graphqlJson, 'x-max-stale-seconds': '-1' }),
  batch: post([{ extensions: persisted }]),
  'empty batch': post([]),
  'body null': post('null'),
  'body text': post('"x"'),
  'body number': post('1'),
  'body empty': post(''),
  'body broken': post('{'),
  'body in chunks': post({ extensions: persisted }, { 'transfer-encoding': 'chunked' }),
  'body too large': post(' '.repeat(bodyBytesMax + 1)),
  'body too large in chunks': post(' '.repeat(bodyBytesMax + 1), {
    'transfer-encoding': 'chunked',
  }),
  'body as large as may be': post(JSON.stringify({ extensions: persisted }).padEnd(bodyBytesMax)),
  'body in chunks as large as may be': post(
    JSON.stringify({ extensions: persisted }).padEnd(bodyBytesMax),
    { 'transfer-encoding': 'chunked' },
  ),
  'duplicate keys': post(
    `{"extensions":{},"variables":{"first":1},"variables":{"first":2},"extensions":${JSON.stringify(persisted)}}`,
  ),
  BOM: post(`\ufeff${JSON.stringify({ extensions: persisted })}`),
  'UTF-16': post(Buffer.from(JSON.stringify({ extensions: persisted }), 'utf16le')),
  'invalid UTF-8': post(
    Buffer.concat([
      Buffer.from(`{"extensions":${JSON.stringify(persisted)},"variables":{"ids":["`),
      Buffer.from([0xff, 0xfe, 0xc3]),
      Buffer.from('"]}}'),
    ]),
  ),
  'lone surrogate': post(
    `{"extensions":${JSON.stringify(persisted)},"variables":{"ids":["\\ud800"]}}`,
  ),
  'space before and after': post(`  \n${JSON.stringify({ extensions: persisted })}\t\n`),
  'huge string variable': asked({ variables: { after: 'x'.repeat(10_001) } }),
  'deep variable': asked({ variables: { ids: nested(12) } }),
  'long list variable': asked({ variables: { ids: Array.from({ length: 251 }, () => 'x') } }),
  'many ids': asked({ variables: { ids: Array.from({ length: 101 }, () => 'VG9rZW46MzM3NQ') } }),
  'bad id': asked({ variables: { ids: ['nope'] } }),
  'first 0': asked({ variables: { first: 0 } }),
  'first -1': asked({ variables: { first: -1 } }),
  'first 1e9': asked({ variables: { first: 1e9 } }),
  'first 1e400': post(`{"extensions":${JSON.stringify(persisted)},"variables":{"first":1e400}}`),
  'first a text': asked({ variables: { first: '2' } }),
  'first null': asked({ variables: { first: null } }),
  'bad day': asked({ variables: { from: '2026-02-31' } }),
  'day of the future': asked({ variables: { from: '2030-01-01' } }),
  'old day': asked({ variables: { from: '1970-01-01' } }),
  'bad cursor': asked({ variables: { ids: ['VG9rZW46MzM3NQ'], after: 'nope' } }),
  'content-type upper': post({ extensions: persisted }, { 'content-type': 'Application/JSON' }),
  'content-type space': post(
    { extensions: persisted },
    { 'content-type': 'application/json ; charset=utf-8' },
  ),
  'content-type charset': post(
    { extensions: persisted },
    { 'content-type': 'application/json; charset=UTF-8' },
  ),
  'content-type utf-16': post(
    { extensions: persisted },
    { 'content-type': 'application/json; charset=utf-16' },
  ),
  'content-type list': post(
    { extensions: persisted },
    { 'content-type': 'application/json, text/plain' },
  ),
  'content-type text': post({ extensions: persisted }, { 'content-type': 'text/plain' }),
  'content-type form': post(`extensions=${hashed}`, {
    'content-type': 'application/x-www-form-urlencoded',
  }),
  'content-encoding': post({ extensions: persisted }, { 'content-encoding': 'gzip' }),
  ...oddGets,
  'post with a query string': { ...asked({}), target: knownGet },
  head: { method: 'HEAD', target: knownGet, headers: graphqlJson },
  put: { ...asked({}), method: 'PUT' },
  'a body as a query string': get(`/graphql?${JSON.stringify({ extensions: persisted })}`),
  'a query string as a body': post(knownGet.slice(9)),
  'accept sse': post({ extensions: persisted }, { accept: 'text/event-stream' }),
  'accept multipart': post({ extensions: persisted }, { accept: 'multipart/mixed' }),
  'accept nothing known': post({ extensions: persisted }, { accept: 'text/plain' }),
  'accept with q': post(
    { extensions: persisted },
    { accept: 'application/json;q=0.1, application/graphql-response+json' },
  ),
  'accept refused': post({ extensions: persisted }, { accept: 'application/json;q=0' }),
  'accept empty': post({ extensions: persisted }, { accept: '' }),
  'no hash known': get('/graphql?query='),
};
