import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');
const nested = (levels: number, open: string, middle: string, close: string) =>
  `${open.repeat(levels)}${middle}${close.repeat(levels)}`;

/** A document with so many of something; at its limit it may be wrong in other ways only. */
const documents: readonly (readonly [string, number, (count: number) => string])[] = [
  [
    'operations',
    20,
    (count) => times(count, (index) => `query Q${index === 0 ? '' : index} { __typename }`),
  ],
  [
    'fragments',
    100,
    (count) =>
      `query Q { ${times(count, (i) => `...F${i}`)} } ${times(count, (i) => `fragment F${i} on Query { __typename }`)}`,
  ],
  [
    'fragment spreads',
    300,
    (count) => `query Q { ${times(count, () => '...F')} } fragment F on Query { __typename }`,
  ],
  [
    'root fields',
    150,
    (count) =>
      `query Q { ... { ${times(count, (i) => `a${i}: topTokens(first: 1) { nodes { id } }`)} } }`,
  ],
  [
    'aliases',
    200,
    (count) =>
      `query Q { topTokens(first: 1) { nodes { ${times(count, (i) => `a${i}: price { usd }`)} } } }`,
  ],
  ['repetitions of one field', 20, (count) => `query Q { ${times(count, () => '__typename')} }`],
  [
    'repetitions of one field',
    20,
    (count) => `query Q { ${times(count, (i) => `a${i}: __typename`)} }`,
  ],
  [
    'repetitions of one field',
    20,
    (count) => `query Q { ${times(count, () => '... { __typename }')} }`,
  ],
  [
    'repetitions of one field',
    20,
    (count) => `query Q { ${times(count, () => 'topTokens(first: 1) { nodes { id } }')} }`,
  ],
  [
    'directives',
    100,
    (count) =>
      `query Q { ${times(count, (i) => `a${i}: topTokens(first: 1) @include(if: true) { nodes { id } }`)} }`,
  ],
  [
    'variables',
    100,
    (count) =>
      `query Q(${times(count, (i) => `$v${i}: Int = 1`)}) { ${times(count, (i) => `a${i}: topTokens(first: $v${i}) { nodes { id } }`)} }`,
  ],
  [
    'inline fragments in each other',
    10,
    (count) => `query Q { ${nested(count, '... { ', '__typename', ' }')} }`,
  ],
];

describe('a document has only so many', () => {
  it.each(documents)('%s: %i', async (limit, max, write) => {
    const within = await gateway.ask(write(max), {}, { body: { operationName: 'Q' } });
    expect(
      within.errors?.filter(({ extensions }) => extensions.code !== 'RATE_LIMITED') ?? [],
    ).toEqual([]);
    const { status, data, errors } = await gateway.ask(write(max + 1));
    expect({ status, data, errors }).toEqual({
      status: 400,
      data: undefined,
      errors: [
        {
          message: `The document has ${max + 1} ${limit}: expected at most ${max}.`,
          extensions: { code: 'GRAPHQL_VALIDATION_FAILED', limit, max, found: max + 1 },
        },
      ],
    });
  });

  // These are wrong at their limit too, but for another reason.
  it.each([
    [
      'directives at one place',
      5,
      (count: number) => `{ __typename ${times(count, () => '@nothing')} }`,
    ],
    [
      'directives at one place',
      5,
      (count: number) =>
        `query ($v: Int ${times(count, () => '@a')}) { tokens(first: $v) { nodes { id } } }`,
    ],
    [
      'directives at one place',
      5,
      (count: number) => `query ${times(count, () => '@a')} { __typename }`,
    ],
    [
      'directives at one place',
      5,
      (count: number) => `{ ...F } fragment F on Query ${times(count, () => '@a')} { __typename }`,
    ],
    [
      'levels in one argument',
      10,
      (count: number) => `{ tokens(filter: ${nested(count - 1, '[', '1', ']')}) { nodes { id } } }`,
    ],
    [
      'levels in one argument',
      10,
      (count: number) =>
        `{ tokens(filter: ${nested(count - 1, '{ a: ', '1', '}')}) { nodes { id } } }`,
    ],
    [
      'levels in one argument',
      10,
      (count: number) => `query ($a: Int = ${nested(count - 1, '[', '1', ']')}) { __typename }`,
    ],
    [
      'levels in one argument',
      10,
      (count: number) => `{ __typename @include(if: ${nested(count - 1, '[', '1', ']')}) }`,
    ],
    [
      'values in one list',
      250,
      (count: number) => `{ tokens(ids: [${times(count, () => '"x"')}]) { nodes { id } } }`,
    ],
    [
      'aliases',
      200,
      (count: number) =>
        `{ ...F } fragment F on Query { ${times(count, (i) => `a${i}: nothing { a }`)} }`,
    ],
  ])('%s: %i, wherever they stand', async (limit, max, write) => {
    const within = await gateway.ask(write(max));
    expect(within.errors?.map(({ extensions }) => extensions.limit)).not.toContain(limit);
    const { status, errors } = await gateway.ask(write(max + 1));
    expect(status).toBe(400);
    expect(errors?.[0].extensions).toEqual({
      code: 'GRAPHQL_VALIDATION_FAILED',
      limit,
      max,
      found: max + 1,
    });
  });

  it('more in proportion, where longer documents are allowed', async () => {
    const generous = await startGateway({ env: { DOCUMENT_TOKENS_MAX: '10000' } });
    const write = (count: number) => `{ ${times(count, () => '__typename')} }`;
    expect((await generous.ask(write(40))).errors).toBeUndefined();
    expect((await generous.ask(write(41))).errors?.[0].extensions).toMatchObject({ max: 40 });
    await generous.close();
  });

  it('is known by its text afterwards and refused all the same', async () => {
    const text = `{ ${times(21, () => '__typename')} }`;
    const [first, second] = [await gateway.ask(text), await gateway.ask(text)];
    expect(second.errors).toEqual(first.errors);
  });

  it('cycles of fragments are refused, however many ways they go round', async () => {
    const cycle = times(
      90,
      (i) => `fragment F${i} on Query { ...F${(i + 1) % 90} ...F${(i + 7) % 90} }`,
    );
    const { status, errors } = await gateway.ask(`{ ...F0 } ${cycle}`);
    expect(status).toBe(400);
    expect(errors?.[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});

it('an operation of a kind the schema has not is refused with a code', async () => {
  const { status, errors } = await gateway.ask('subscription { a }');
  expect(status).toBe(400);
  expect(errors?.[0]).toMatchObject({
    message: 'There is no subscription in this schema.',
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
});

describe('variables are no larger than anyone can mean', () => {
  const query = 'query ($value: [ID!]!) { tokens(ids: $value) { nodes { id } } }';
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

  it.each([
    ['levels of nesting', 10, (count: number) => deep(count)],
    ['values in one list', 250, (count: number) => Array.from({ length: count }, () => 'x')],
    ['characters in one string', 10_000, (count: number) => 'x'.repeat(count)],
    [
      'values',
      5000,
      // The list of lists is a value, and so is each list.
      (count: number) => [
        ...Array.from({ length: 19 }, () => Array.from({ length: 249 }, () => 1)),
        Array.from({ length: count - 1 - 19 * 250 - 1 }, () => 1),
      ],
    ],
    [
      'bytes',
      65_536,
      (count: number) => [
        ...Array.from({ length: 6 }, () => 'x'.repeat(10_000)),
        // A byte for each value besides, and the name.
        'x'.repeat(count - 60_000 - 8 - 'value'.length),
      ],
    ],
  ] as const)('%s: %i', async (limit, max, write) => {
    const within = await gateway.ask(query, { value: write(max) });
    expect(within.errors?.map(({ extensions }) => extensions.limit)).not.toContain(limit);
    const { status, data, errors } = await gateway.ask(query, { value: write(max + 1) });
    expect({ status, data, errors }).toEqual({
      status: 400,
      data: undefined,
      errors: [
        {
          message: `Variable "$value": ${max + 1} ${limit}, expected at most ${max}.`,
          extensions: { code: 'BAD_USER_INPUT', argument: 'value', limit, max, found: max + 1 },
        },
      ],
    });
  });

  it('objects are counted as lists are, and their names as text', async () => {
    const objects = (levels: number): unknown => (levels === 0 ? 1 : { a: objects(levels - 1) });
    const tooDeep = await gateway.ask(query, { value: objects(11) });
    expect(tooDeep.errors?.[0].extensions).toMatchObject({ limit: 'levels of nesting', found: 11 });
    const tooLong = await gateway.ask(query, { value: { ['x'.repeat(70_000)]: 1 } });
    expect(tooLong.errors?.[0].extensions).toMatchObject({ limit: 'bytes' });
    const manyBytes = await gateway.ask(query, { value: Array(5).fill('€'.repeat(9000)) });
    expect(manyBytes.errors?.[0].extensions).toMatchObject({ limit: 'bytes' });
  });

  it('a name that can be none is not repeated', async () => {
    const { errors } = await gateway.ask(query, { ['<b>'.repeat(50)]: 'x'.repeat(10_001) });
    expect(errors?.[0].message).toMatch(/^The variables: 10001 characters in one string/);
    expect(errors?.[0].extensions.argument).toBeUndefined();
  });

  it('extensions are bounded alike, and nesting by the ten thousand ends nothing', async () => {
    const body = `{"query":"{ __typename }","extensions":{"a":${nested(50_000, '[', '1', ']')}}}`;
    const response = await gateway.app.fetch('http://gateway/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    expect((await response.json()).errors[0]).toEqual({
      message: 'extensions: 11 levels of nesting, expected at most 10.',
      extensions: { code: 'BAD_REQUEST', limit: 'levels of nesting', max: 10, found: 11 },
    });
  });
});
