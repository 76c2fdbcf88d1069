import { popularOf, variablesOf } from './choice.ts';
import { post } from './decent-clients.ts';
import { left } from './outcome.ts';
import type { Scenario, World } from './scenario.ts';

/** What clients do who are broken, lost or mean; each is to be told so, and to bother nobody else. */

/** More than `BODY_BYTES_MAX`. */
const hugeBytes = 300_000;
const levelsTooMany = 30;

export function badScenarios({ tokens, published, keys }: World): readonly Scenario[] {
  const [key = ''] = keys.app;
  const [token = ''] = tokens;
  const refused = (name: string, outcome: string, body: object, weight = 1): Scenario => {
    const asked = post(body, key);
    return { name, weight, outcomes: [outcome], ask: () => asked };
  };
  const small = '{ token(by: { tokenMetricsId: 3375 }) { symbol } }';
  const unknownId = `sha256:${'0'.repeat(64)}`;
  const first = published.filter(({ name }) => name === 'TokenPage');
  return [
    {
      ...{ name: 'broken JSON', weight: 1, outcomes: ['400 BAD_REQUEST'] },
      ask: () => ({ ...post({}, key), body: '{"query": "{ viewer' }),
    },
    refused('unknown document', '404 PERSISTED_QUERY_NOT_IN_LIST', { documentId: unknownId }),
    refused('no GraphQL', '400 GRAPHQL_PARSE_FAILED', { query: '{ token(' }),
    refused('unknown field', '400 GRAPHQL_VALIDATION_FAILED', { query: '{ nothing }' }),
    refused('too deep', '400 COST_LIMIT_EXCEEDED', { query: deep(levelsTooMany) }),
    refused('too dear', '400 COST_LIMIT_EXCEEDED', { query: dear }),
    refused('bad id', '200 BAD_USER_INPUT', { query: '{ node(id: "none") { id } }' }),
    {
      ...{ name: 'unknown key', weight: 2, outcomes: ['401 UNAUTHENTICATED'] },
      ask: () => post({ query: small }, keys.unknown),
    },
    {
      ...{ name: 'no key', weight: 1, outcomes: ['401 UNAUTHENTICATED'] },
      ask: () => {
        const { 'x-api-key': _key, ...headers } = post({}, '').headers;
        return { ...post({ query: small }, ''), headers };
      },
    },
    refused('huge body', '413 BAD_REQUEST', { query: '#'.repeat(hugeBytes) }, 0.5),
    {
      ...{ name: 'slow body', weight: 0.5, outcomes: ['200'] },
      ask: () => ({ ...post({ query: small }, key), manner: 'slowly' }),
    },
    {
      ...{ name: 'left early', weight: 1, outcomes: [left] },
      ask: (random) => {
        const [operation = { id: '', variables: { id: token } }] = first;
        const variables = variablesOf(operation, tokens, random);
        const asked = post({ documentId: operation.id, variables }, popularOf(keys.app, random));
        return { ...asked, manner: 'leaving' };
      },
    },
    {
      ...{ name: 'no HTTP', weight: 0.5, outcomes: ['400 BAD_REQUEST'] },
      ask: () => ({
        ...post({}, key),
        body: '\u0016\u0003\u0001 hello?\r\n\r\n',
        manner: 'garbage',
      }),
    },
  ];
}

const dear = `{ topTokens(first: 100) { nodes {
  tmGrades(first: 100) { nodes { grade } } candles(interval: H1, first: 100) { nodes { close } }
} } }`;

function deep(levels: number): string {
  return `{ index(id: "Q3J5cHRvSW5kZXg6MQ") { ${'holdings { token { indices { index { '.repeat(levels / 4)} id ${'} } } }'.repeat(levels / 4)} } }`;
}
