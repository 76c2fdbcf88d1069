import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSchema, createYoga } from 'graphql-yoga';
import { useIntrospection } from '../../src/plugins/introspection.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { INTROSPECTION: 'on' } });
});
afterAll(() => gateway.close());

const url = 'http://gateway/graphql';
const query = '{ topTokens(first: 1) { nodes { symbol } } }';
const get = (headers: Record<string, string>, from = gateway) =>
  from.app.fetch(`${url}?${new URLSearchParams({ query })}`, { headers });
const post = (headers: Record<string, string>, body: BodyInit = JSON.stringify({ query })) =>
  gateway.app.fetch(url, { method: 'POST', headers, body });

/** The status, and that nothing ran when it is a refusal. */
async function statusOf(ask: () => Promise<Response>): Promise<number> {
  let status = 0;
  const requests = await gateway.upstreamRequests(async () => {
    const response = await ask();
    status = response.status;
    const body = await response.json();
    if (status === 200) expect(body.data.topTokens.nodes).toHaveLength(1);
    else {
      expect(body.data).toBeUndefined();
      expect(body.errors[0].extensions.code).toBe('BAD_REQUEST');
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });
  expect(requests).toEqual(status === 200 ? ['/top-market-cap-tokens'] : []);
  return status;
}

const json = { accept: 'application/json' };

describe('a page of another origin cannot have a browser ask', () => {
  it.each([
    [
      'a navigation',
      {
        accept: 'text/html,*/*;q=0.8',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-site': 'cross-site',
      },
    ],
    [
      'a link that was typed',
      { accept: 'text/html,*/*;q=0.8', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' },
    ],
    [
      'an image',
      {
        accept: 'image/avif,image/*,*/*;q=0.8',
        'sec-fetch-mode': 'no-cors',
        'sec-fetch-site': 'cross-site',
      },
    ],
    ['a script', { accept: '*/*', 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'cross-site' }],
    ['a script of an old browser', { accept: '*/*' }],
    [
      'a script of the same origin',
      { accept: '*/*', 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'same-origin' },
    ],
    ['an image of an old browser', { accept: 'image/*' }],
    [
      'a fetch that names JSON',
      { ...json, 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'cross-site' },
    ],
    ['a sister site', { ...json, 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'same-site' }],
    [
      'a fetch that reads',
      {
        ...json,
        'sec-fetch-mode': 'cors',
        'sec-fetch-site': 'cross-site',
        origin: 'https://evil.test',
      },
    ],
    ['an old fetch that reads', { ...json, origin: 'https://evil.test' }],
    ['a sandboxed frame', { ...json, origin: 'null' }],
    ['an empty forcing header', { accept: '*/*', 'apollo-require-preflight': '' }],
    ['a simple content type', { accept: '*/*', 'content-type': 'text/plain' }],
    ['a type that only begins like JSON', { accept: '*/*', 'content-type': 'application/jsonx' }],
  ])('%s is refused: 400', async (_name, headers) => {
    expect(await statusOf(() => get(headers))).toBe(400);
  });

  it.each([
    [
      'Apollo for the web',
      {
        accept: '*/*',
        'content-type': 'application/json',
        origin: 'https://app.test',
        'sec-fetch-site': 'cross-site',
      },
    ],
    ['Apollo for phones', { accept: '*/*', 'x-apollo-operation-name': 'Prices' }],
    [
      'whoever says so',
      { accept: '*/*', 'apollo-require-preflight': 'true', 'sec-fetch-site': 'cross-site' },
    ],
    ['whoever says so in neutral words', { accept: '*/*', 'graphql-require-preflight': '1' }],
    ['a client that names its type', { accept: 'application/graphql-response+json' }],
    ['a client that names JSON', json],
    ['a client that names nothing', {}],
    [
      'a page of the same origin',
      { ...json, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' },
    ],
    ['a server of Node', { accept: '*/*', 'sec-fetch-mode': 'cors' }],
  ])('%s is answered', async (_name, headers) => {
    expect(await statusOf(() => get(headers))).toBe(200);
  });

  it('the refusal says what to send', async () => {
    const { errors } = await (await get({ accept: '*/*' })).json();
    expect(errors[0].message).toContain('apollo-require-preflight');
    expect(errors[0].message).toContain('content-type: application/json');
  });
});

describe('bodies are JSON in UTF-8 or nothing', () => {
  const form = new URLSearchParams({ query }).toString();
  const multipart = `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query })}\r\n--x--\r\n`;

  it.each([
    ['application/x-www-form-urlencoded', form],
    ['multipart/form-data; boundary=x', multipart],
    ['text/plain', undefined],
    ['text/plain; a=application/json', undefined],
    ['application/graphql', query],
    ['application/graphql+json', undefined],
    ['application/jsonp', undefined],
    ['text/plain, application/json', undefined],
    ['application/json; charset=utf-16', undefined],
    ['application/json; charset=iso-8859-1', undefined],
    ['application/json;charset="latin1"', undefined],
    ['', undefined],
  ])('%s is refused: 415', async (type, body) => {
    const forced = { 'apollo-require-preflight': 'true' };
    expect(await statusOf(() => post({ 'content-type': type, ...forced }, body))).toBe(415);
    expect(await statusOf(() => post({ 'content-type': type }, body))).toBe(415);
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
  ])('%s is read', async (type) => {
    expect(await statusOf(() => post({ 'content-type': type }))).toBe(200);
  });

  it.each(['gzip', 'br', 'x-unknown', 'identity, gzip'])('encoded as %s: 415', async (encoding) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    expect(await statusOf(() => post(headers))).toBe(415);
    expect((await post(headers)).headers.get('accept-encoding')).toBe('identity');
  });

  it('several operations in one request are refused as such', async () => {
    for (const body of [[{ query }], [{ query }, { query }], []]) {
      const response = await post({ 'content-type': 'application/json' }, JSON.stringify(body));
      expect([response.status, await response.json()]).toEqual([
        400,
        {
          errors: [{ message: 'Batching is not supported.', extensions: { code: 'BAD_REQUEST' } }],
        },
      ]);
    }
  });

  it('a mutation by GET is refused: 405', async () => {
    const search = new URLSearchParams({
      query: 'mutation { askAnalyst(question: "?") { answer } }',
    });
    const requests = await gateway.upstreamRequests(async () => {
      const response = await gateway.app.fetch(`${url}?${search}`, { headers: json });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('POST');
    });
    expect(requests).toEqual([]);
  });
});

describe('CORS', () => {
  const origins = { CORS_ORIGINS: 'https://app.test,https://other.test' };
  const allow = async (from: Gateway, origin: string, method = 'POST') => {
    const response = await from.app.fetch(url, {
      method,
      headers: {
        origin,
        'content-type': 'application/json',
        'access-control-request-method': 'POST',
      },
      ...(method === 'POST' ? { body: JSON.stringify({ query: '{ __typename }' }) } : {}),
    });
    const names = [...response.headers.keys()].filter((name) => name.startsWith('access-control'));
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('vary')?.match(/origin/gi)).toHaveLength(1);
    return { allowed: response.headers.get('access-control-allow-origin'), count: names.length };
  };

  it.each([origins, { CORS_ORIGINS: 'https://app.test' }])(
    'allows %j and nobody else',
    async (env) => {
      const listed = await startGateway({ env });
      for (const method of ['POST', 'OPTIONS']) {
        expect((await allow(listed, 'https://app.test', method)).allowed).toBe('https://app.test');
        for (const origin of [
          'null',
          'https://evil.test',
          'https://app.test.evil.test',
          'http://app.test',
        ]) {
          expect(await allow(listed, origin, method)).toEqual({ allowed: null, count: 0 });
        }
      }
      await listed.close();
    },
  );

  it('allows all without a list, but credentials to none', async () => {
    expect((await allow(gateway, 'https://any.test')).allowed).toBe('https://any.test');
    expect((await allow(gateway, 'https://any.test', 'OPTIONS')).allowed).toBe('https://any.test');
  });

  it('what Yoga says it varies by is kept', async () => {
    const response = await gateway.app.fetch(url, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.test', 'access-control-request-headers': 'content-type' },
    });
    expect(response.headers.get('vary')).toBe('Access-Control-Request-Headers, Origin');
  });

  it('an answer without an origin varies by it too', async () => {
    expect((await get(json)).headers.get('vary')).toMatch(/\borigin\b/i);
  });
});

describe('every answer says how it may be used', () => {
  const headers = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  };

  it.each([
    ['an answer', () => get(json)],
    ['a refusal', () => get({ accept: '*/*' })],
    ['an unread type', () => post({ 'content-type': 'text/plain' })],
    ['a wrong document', () => post({ 'content-type': 'application/json' }, '{"query":"{"}')],
    ['a preflight', () => gateway.app.fetch(url, { method: 'OPTIONS' })],
    ['nothing', () => gateway.app.fetch('http://gateway/none')],
    ['health', () => gateway.app.fetch('http://gateway/health/live')],
  ])('%s', async (_name, ask) => {
    const response = await ask();
    expect(Object.fromEntries(response.headers)).toMatchObject(headers);
    expect(response.headers.get('strict-transport-security')).toBeNull();
  });

  it('HTTPS is demanded only when asked for', async () => {
    const strict = await startGateway({ env: { HSTS_SECONDS: '31536000' } });
    const response = await get(json, strict);
    expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000');
    await strict.close();
  });

  it('GraphiQL may run its scripts and stand in no frame', async () => {
    const open = await startGateway({ env: { GRAPHIQL: 'on' } });
    const page = await open.app.fetch(url, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('<html');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/default-src|script-src/);
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    await open.close();
  });
});

describe('introspection', () => {
  const asks = [
    '{ __schema { queryType { name } } }',
    '{ __type(name: "Token") { name } }',
    '{ a: __schema { queryType { name } } }',
    '{ ...F } fragment F on Query { ... { __type(name: "Token") { name } } }',
    'query A { __typename } query B { __schema { queryType { name } } }',
  ];

  it('answers unless it is off', async () => {
    for (const ask of asks.slice(0, 4)) expect((await gateway.ask(ask)).errors).toBeUndefined();
    const { errors } = await gateway.ask('{ topTokenz { nodes { id } } }');
    expect(errors?.[0].message).toContain('Did you mean "topTokens"');
  });

  it('is refused where it is off, also when the document is known, and nothing is suggested', async () => {
    const closed = await startGateway({ env: { INTROSPECTION: 'off' } });
    for (const ask of [...asks, ...asks]) {
      const { status, data, errors } = await closed.ask(
        ask,
        {},
        { body: { operationName: ask.includes('query A') ? 'A' : undefined } },
      );
      expect([status, data, errors]).toEqual([
        400,
        undefined,
        [
          {
            message: 'Introspection is off here: __schema and __type are not answered.',
            extensions: { code: 'INTROSPECTION_DISABLED' },
          },
        ],
      ]);
    }
    const wrong = [
      ['{ topTokenz { nodes { id } } }'],
      ['{ topTokens(frist: 1) { nodes { id } } }'],
      ['{ topTokens { nodes } }'],
      ['{ tradingSignals(signal: BULISH) { nodes { date } } }'],
      ['query ($s: Signa) { tradingSignals(signal: $s) { nodes { date } } }'],
      [
        'query ($s: SignalDirection) { tradingSignals(signal: $s) { nodes { date } } }',
        { s: 'BULISH' },
      ],
      ['query ($f: TokenFilter) { tokens(filter: $f) { nodes { id } } }', { f: { categoris: [] } }],
      ['{ __typename @inclde(if: true) }'],
    ] as const;
    for (const [text, variables] of wrong) {
      const { status, errors } = await closed.ask(text, variables ?? {});
      expect(status).toBe(400);
      expect(JSON.stringify(errors)).not.toContain('Did you mean');
      expect(errors?.[0].message).toMatch(/[."]$|\w$/);
    }
    expect(
      (await closed.ask('{ __typename topTokens(first: 1) { __typename } }')).errors,
    ).toBeUndefined();
    await closed.close();
  });

  it('is decided by who asks, also of a document that another was answered', async () => {
    const yoga = createYoga({
      schema: createSchema({ typeDefs: 'type Query { a: Int }' }),
      plugins: [useIntrospection((request) => request.headers.has('x-may'))],
      logging: false,
    });
    const may = async (headers: Record<string, string>) => {
      const response = await yoga.fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query: '{ __schema { queryType { name } } }' }),
      });
      const { errors } = await response.json();
      return errors === undefined;
    };
    for (const _round of [1, 2, 3]) {
      expect([await may({ 'x-may': '1' }), await may({})]).toEqual([true, false]);
    }
  });
});
