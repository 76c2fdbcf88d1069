import { serverAudits } from 'graphql-http';
import { createSchema, createYoga } from 'graphql-yoga';
import { expect, test } from 'vitest';

import { createDocumentStore } from '../../src/documents/store.ts';
import { useHttpCache } from '../../src/plugins/http-cache.ts';
import { createPersistedDocuments } from '../../src/plugins/persisted-documents.ts';

const documents = createPersistedDocuments({ mode: 'open', store: createDocumentStore() });

const yoga = createYoga({
  logging: false,
  schema: createSchema({ typeDefs: 'type Query { answer: Int } type Mutation { ask: Int }' }),
  plugins: [
    documents.resolve,
    documents.remember,
    useHttpCache({ freshnessOf: () => ({ maxAgeSeconds: 60, scope: 'public' }) }),
  ],
});

const audits = serverAudits({
  url: 'http://assay.test/graphql',
  fetchFn: (url: string, init: RequestInit = {}) => yoga.fetch(url, init),
});

test('there are 61 audits of GraphQL over HTTP', () => {
  expect(audits).toHaveLength(61);
});

test.each(audits.map(({ id, name, fn }) => ({ id, name, fn })))('$id $name', async ({ fn }) => {
  const result = await fn();
  expect(result).toMatchObject({ status: 'ok' });
});
