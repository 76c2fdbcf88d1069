import { printSchema } from 'graphql';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { expect, test } from 'vitest';

import { rateLimitedApp } from '../support/rate-limited-app.ts';

const TWO_A_MINUTE = { limit: 2, duration: 60 };

test('a refusal is an error of its field, with numbers, and other fields still answer', async () => {
  const { ask } = rateLimitedApp({ limits: { cheap: TWO_A_MINUTE } });
  await ask('{ a: cheap b: cheap }');

  const { status, headers, body } = await ask('{ free cheap costly }');

  expect(body).toEqual({
    data: { free: 'free', cheap: null, costly: 'costly' },
    errors: [
      {
        message: 'Query.cheap is limited to 2 per 60 s; try again in 60 s.',
        path: ['cheap'],
        locations: [{ line: 1, column: 8 }],
        extensions: {
          code: 'RATE_LIMITED',
          retryAfterSeconds: 60,
          limit: 2,
          durationSeconds: 60,
          coordinate: 'Query.cheap',
        },
      },
    ],
  });
  expect(status).toBe(200);
  expect(headers.get('retry-after')).toBe('60');
});

test('aliases and list items count one by one: the first get through', async () => {
  const { ask } = rateLimitedApp({ limits: { cheap: TWO_A_MINUTE, grade: TWO_A_MINUTE } });

  const { body } = await ask('{ a: cheap b: cheap c: cheap tokens(first: 3) { grade } }');

  expect(body.data).toEqual({
    a: 'cheap',
    b: 'cheap',
    c: null,
    tokens: [{ grade: 0 }, { grade: 1 }, { grade: null }],
  });
});

test('callers do not share a limit, whatever they are called', async () => {
  const { ask } = rateLimitedApp({ limits: { cheap: { limit: 1, duration: 60 } } });
  const names = [
    'alice',
    'bob',
    'alice","Query.cheap',
    'alice:Query.cheap',
    '{1/60}:alice',
    '__proto__',
  ];

  for (const name of names) expect((await ask('{ cheap }', name)).body.data.cheap).toBe('cheap');
  for (const name of names) expect((await ask('{ cheap }', name)).body.data.cheap).toBeNull();
});

test('limits do not mix: neither two on different fields nor equal ones', async () => {
  const { ask } = rateLimitedApp({
    limits: { cheap: TWO_A_MINUTE, costly: TWO_A_MINUTE, grade: { limit: 3, duration: 3600 } },
  });
  await ask('{ a: cheap b: cheap }');

  const { body } = await ask('{ cheap costly tokens(first: 4) { grade } }');

  expect(body.data).toEqual({
    cheap: null,
    costly: 'costly',
    tokens: [{ grade: 0 }, { grade: 1 }, { grade: 2 }, { grade: null }],
  });
});

test('a window ends as long after its first use as the limit says', async () => {
  let nowMs = 0;
  const { ask } = rateLimitedApp({ limits: { cheap: TWO_A_MINUTE }, now: () => nowMs });
  await ask('{ cheap }');
  nowMs = 30_000;
  await ask('{ cheap }');

  nowMs = 59_001;
  expect((await ask('{ cheap }')).headers.get('retry-after')).toBe('1');
  nowMs = 60_000;
  const { body, headers } = await ask('{ cheap }');
  expect(body).toEqual({ data: { cheap: 'cheap' } });
  expect(headers.get('retry-after')).toBeNull();
});

test('the SDL defines the directive it uses', () => {
  const { schema } = rateLimitedApp({ limits: { cheap: TWO_A_MINUTE } });

  expect(printSchema(schema)).toContain('directive @rateLimit(');
  const sdl = printSchemaWithDirectives(schema);
  expect(sdl).toContain('limit: Int!');
  expect(sdl).toContain('duration: Int!');
  expect(sdl).toContain('cheap: String @rateLimit(limit: 2, duration: 60)');
});

test('limited fields load in one batch, with each other and with fields that are not limited', async () => {
  const { ask, batches } = rateLimitedApp();
  await ask('{ tokens(first: 3) { grade } more: tokens(first: 5) { freeGrade } }');
  expect(batches).toEqual([['0', '1', '2', '3', '4']]);
});

test('Retry-After tells the longest wait of a response', async () => {
  const { ask } = rateLimitedApp({
    limits: { cheap: { limit: 1, duration: 60 }, costly: { limit: 1, duration: 3600 } },
  });
  await ask('{ cheap costly }');
  expect((await ask('{ costly cheap }')).headers.get('retry-after')).toBe('3600');
});

test('a browser may read Retry-After', async () => {
  const { ask } = rateLimitedApp({ limits: { cheap: { limit: 1, duration: 60 } } });
  await ask('{ cheap }');
  const { headers } = await ask('{ cheap }', 'alice', { origin: 'https://app.example' });
  expect(headers.get('access-control-expose-headers')).toBe('Retry-After');
});
