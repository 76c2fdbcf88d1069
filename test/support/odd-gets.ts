import { sha256Hex } from '../../src/documents/hash.ts';
import { getOf, graphqlJson, type Sent } from './two-ways.ts';

/** A document with variables. */
export const known =
  'query Known($ids: [ID!], $first: Int = 2, $from: Date, $after: String) ' +
  '{ tokens(ids: $ids, first: $first) { nodes { id symbol traderGrades(first: $first, from: $from, after: $after) { nodes { date } } } } }';
/** A document with two operations. */
export const two =
  'query A { topTokens(first: 1) { nodes { id } } } query B { topTokens(first: 2) { nodes { id } } }';
export const persisted = { persistedQuery: { version: 1, sha256Hash: sha256Hex(known) } };

export const get = (
  target: string,
  headers: Readonly<Record<string, string>> = graphqlJson,
): Sent => ({
  target,
  headers,
});
export const knownGet = getOf(known);
export const hashed = encodeURIComponent(JSON.stringify(persisted));

/** What may be odd about a GET. */
export const oddGets: Readonly<Record<string, Sent>> = {
  'get as a page could': get(knownGet, {}),
  'get as an image': get(knownGet, { accept: 'image/*' }),
  'get any': get(knownGet, { accept: '*/*' }),
  'get from another site': get(knownGet, {
    accept: '*/*',
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'no-cors',
  }),
  'get of apollo': get(knownGet, { accept: '*/*', 'apollo-require-preflight': 'true' }),
  'bad key': get(knownGet, { ...graphqlJson, 'x-api-key': 'nope' }),
  'two credentials': get(knownGet, {
    ...graphqlJson,
    'x-api-key': 'nope',
    authorization: 'Bearer x',
  }),
  basic: get(knownGet, { ...graphqlJson, authorization: 'Basic x' }),
  fragment: get(`${knownGet}#x`),
  'fragment hides a name': get(
    `/graphql?extensions=${encodeURIComponent(JSON.stringify({ persistedQuery: { version: 1, sha256Hash: sha256Hex(two) } }))}&operationName=A&x=#&operationName=B`,
  ),
  'fragment hides the operation': get(
    `/graphql?extensions=${encodeURIComponent(JSON.stringify({ persistedQuery: { version: 1, sha256Hash: sha256Hex(two) } }))}&x=#&operationName=B`,
  ),
  'fragment in variables': get(`/graphql?extensions=${hashed}&x=#&variables={"first":1}`),
  'repeated extensions': get(`${knownGet}&extensions={}`),
  'repeated operationName': get(`${getOf(two)}&operationName=A&operationName=B`),
  'repeated variables': get(
    `/graphql?variables={"first":1}&variables={"first":2}&extensions=${hashed}`,
  ),
  'percent-encoded names': get(`/graphql?%65xtensions=${hashed}`),
  'other encoding': get(
    `/graphql?extensions=${[...JSON.stringify(persisted)].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('')}`,
  ),
  'raw braces': get(`/graphql?extensions=${JSON.stringify(persisted)}`),
  plus: get(`/graphql?extensions=${hashed}&variables={+"first":+1+}`),
  'broken percent': get(`/graphql?extensions=${hashed}&x=%zz%`),
  'broken UTF-8': get(`/graphql?extensions=${hashed}&variables=%7B%22ids%22:[%22%ff%fe%22]%7D`),
  'latin-1': get(`/graphql?extensions=${hashed}&variables={"ids":["\xe9"]}`),
  'variables not JSON': get(`/graphql?extensions=${hashed}&variables=x`),
  'variables a list in a URL': get(`/graphql?extensions=${hashed}&variables=[]`),
  'variables null in a URL': get(`/graphql?extensions=${hashed}&variables=null`),
  'unknown parameters': get(`/graphql?foo=1&extensions=${hashed}`),
  slash: get(knownGet.replace('/graphql?', '/graphql/?')),
  'another path': get(knownGet.replace('/graphql?', '/graphqlx?')),
  'encoded path': get(knownGet.replace('/graphql?', '/graphq%6c?')),
  'absolute target': get(`http://localhost${knownGet}`),
  'question marks': get(knownGet.replace('?', '??')),
  'only a question mark': get('/graphql?'),
};
