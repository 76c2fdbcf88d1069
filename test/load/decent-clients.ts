import { createHash } from 'node:crypto';
import type { Random } from '../support/random.ts';
import { anyOf, popularOf, variablesOf } from './choice.ts';
import type { Asked, Operation, Scenario, World } from './scenario.ts';

/** What clients do who mean well; they are to be answered, each time. */

const json = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
const analyst = 'AskAnalyst';
const answered = ['200'];
const revalidated = ['200', '304'];

export function post(body: object, key: string): Asked {
  const headers = { ...json, 'x-api-key': key };
  return { method: 'POST', path: '/graphql', headers, body: JSON.stringify(body) };
}

export function decentScenarios(world: World): readonly Scenario[] {
  const { published, apollo, relay, tokens, keys } = world;
  const queries = published.filter(({ name }) => name !== analyst);
  const asker = (random: Random) =>
    random.chance(0.2) ? anyOf(keys.partner, random) : anyOf(keys.app, random);
  const filled = (operation: Operation, random: Random) => variablesOf(operation, tokens, random);
  const named = (operation: Operation, random: Random) => ({
    documentId: operation.id,
    variables: filled(operation, random),
  });
  return [
    {
      ...{ name: 'published, POST', weight: 30, outcomes: answered },
      ask: (random) => post(named(popularOf(queries, random), random), asker(random)),
    },
    {
      ...{ name: 'published, GET', weight: 10, outcomes: revalidated },
      ask: (random) => get(named(popularOf(queries, random), random), asker(random)),
    },
    {
      ...{ name: 'Apollo app, GET', weight: 20, outcomes: revalidated },
      ask: (random) => {
        const operation = popularOf(apollo, random);
        const sha256Hash = operation.id;
        const asked = get(
          {
            ...{ operationName: operation.name, variables: filled(operation, random) },
            extensions: { persistedQuery: { version: 1, sha256Hash } },
          },
          asker(random),
        );
        const headers = { 'x-apollo-operation-name': operation.name, 'accept-encoding': 'gzip' };
        return { ...asked, headers: { ...asked.headers, ...headers } };
      },
    },
    {
      ...{ name: 'Relay app, GET', weight: 8, outcomes: revalidated },
      ask: (random) => {
        const operation = popularOf(relay, random);
        return get({ doc_id: operation.id, variables: filled(operation, random) }, asker(random));
      },
    },
    {
      ...{ name: 'ad-hoc, known text', weight: 8, outcomes: answered },
      ask: (random) => {
        const operation = popularOf(queries, random);
        const variables = filled(operation, random);
        return post({ query: operation.text, variables }, asker(random));
      },
    },
    {
      ...{ name: newTextName, weight: 4, outcomes: answered },
      ask: (random) => post({ query: newText(popularOf(tokens, random), random) }, asker(random)),
    },
    {
      ...{ name: 'registered by hash', weight: 5, outcomes: ['200', notFound] },
      ask: (random) => byHash(anyOf(registrable, random), anyOf(tokens, random), asker(random)),
    },
    {
      // More often than the plan allows.
      ...{ name: trialName, weight: 5, outcomes: ['200', '429 QUOTA_EXCEEDED'] },
      ask: (random) => post(named(anyOf(queries, random), random), keys.trial),
    },
    {
      ...{ name: questionName, weight: 0.5, outcomes: answered },
      ask: (random) => {
        const [operation] = published.filter(({ name }) => name === analyst);
        return post({ documentId: operation?.id }, anyOf(keys.app, random));
      },
    },
  ];
}

export const newTextName = 'ad-hoc, new text';
export const questionName = 'question, mutation';
export const trialName = 'trial plan, too often';
const notFound = '200 PERSISTED_QUERY_NOT_FOUND';

/** The members of a body as parameters of a URL. */
function get(members: Readonly<Record<string, unknown>>, key: string): Asked {
  const search = new URLSearchParams(
    Object.entries(members).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const headers = { accept: 'application/json', 'x-api-key': key };
  return { method: 'GET', path: `/graphql?${String(search)}`, headers, body: '' };
}

/** A document that most likely nobody has sent before. */
function newText(token: string, random: Random): string {
  const alias = `a${random.integer(0, 2 ** 48).toString(36)}`;
  return `{ ${alias}: token(by: { id: "${token}" }) { symbol price { usd } tmGrade { grade } } }`;
}

const registrable = Array.from(
  { length: 100 },
  (_, index) => `query Registered${index}($id: ID!) { token(by: { id: $id }) { symbol name } }`,
);

/** The hash alone, and with the text when it is not known: as Apollo's clients do. */
function byHash(query: string, id: string, key: string): Asked {
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  const known = { variables: { id }, extensions: { persistedQuery: { version: 1, sha256Hash } } };
  return {
    ...post(known, key),
    next: { outcome: notFound, asked: post({ ...known, query }, key) },
  };
}
