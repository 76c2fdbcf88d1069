import { GraphQLError } from 'graphql';
import { createSchema, createYoga, type YogaServerOptions } from 'graphql-yoga';
import { expect, test } from 'vitest';

import { useRetryAfter } from '../../src/plugins/retry-after.ts';

const SCHEMA = createSchema({
  typeDefs: 'type Query { refused(after: Float): Int, free: Int }',
  resolvers: {
    Query: {
      free: () => 1,
      refused: (_root: unknown, { after }: { after?: number }) => {
        throw new GraphQLError('Not now.', { extensions: { retryAfterSeconds: after ?? 'soon' } });
      },
    },
  },
});

async function ask(query: string | string[], options: YogaServerOptions<object, object> = {}) {
  const yoga = createYoga({
    ...options,
    schema: SCHEMA,
    logging: false,
    batching: true,
    plugins: [useRetryAfter()],
  });
  const body = Array.isArray(query) ? query.map((one) => ({ query: one })) : { query };
  return yoga.fetch('http://assay/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'https://app.example' },
    body: JSON.stringify(body),
  });
}

async function retryAfter(query: string | string[]): Promise<string | null> {
  const response = await ask(query);
  expect(response.status).toBe(200);
  return response.headers.get('retry-after');
}

test.each([
  ['{ refused(after: 12) free }', '12'],
  ['{ a: refused(after: 7) b: refused(after: 12) c: refused(after: 3) }', '12'],
  ['{ refused(after: 1.2) }', '2'],
  ['{ refused(after: 0) }', null],
  ['{ refused(after: -5) }', null],
  ['{ refused }', null],
  ['{ free }', null],
  ['{ unknown }', null],
])('the header repeats the longest wait of the errors: %s', async (query, expected) => {
  expect(await retryAfter(query)).toBe(expected);
});

test('a batch of operations waits for its slowest', async () => {
  expect(await retryAfter(['{ refused(after: 7) }', '{ free }', '{ refused(after: 9) }'])).toBe(
    '9',
  );
});

test.each([
  [undefined, 'Retry-After'],
  [['X-Request-Id'], 'X-Request-Id, Retry-After'],
  [['retry-after', 'X-Request-Id'], 'retry-after, X-Request-Id'],
])('beside the exposed headers %s browsers may read it', async (exposedHeaders, expected) => {
  const cors = exposedHeaders ? { exposedHeaders } : {};
  const { headers } = await ask('{ refused(after: 12) }', { cors });
  expect(headers.get('access-control-expose-headers')).toBe(expected);
});

test('nothing is exposed to origins when there is no CORS', async () => {
  const { headers } = await ask('{ refused(after: 12) }', { cors: false });
  expect(headers.get('access-control-expose-headers')).toBeNull();
});
