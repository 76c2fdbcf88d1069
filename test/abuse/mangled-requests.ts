import fc from 'fast-check';

const body = JSON.stringify({ query: '{ topTokens(first: 1) { nodes { symbol } } }' });
const json = fc.constantFrom(
  body,
  '{"query":"{ __typename }"}',
  '[]',
  'null',
  '1',
  '"a"',
  '{',
  '{}',
  '',
  '{"query":1}',
  '{"query":{"a":1}}',
  '{"query":"{ __typename }","variables":[]}',
  '{"query":"{ __typename }","variables":"a"}',
  '{"query":"{ __typename }","operationName":[]}',
  '{"query":"{ __typename }","extensions":1}',
  '{"query":"{ __typename }","extensions":{"persistedQuery":null}}',
  '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}',
  '{"documentId":"sha256:../../etc/passwd"}',
  '{"__proto__":{"query":"{ __typename }"}}',
  `[${body},${body}]`,
  '\uFEFF{"query":"{ __typename }"}',
);
const methods = fc.constantFrom(
  'POST',
  'POST',
  'POST',
  'GET',
  'GET',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'HEAD',
  'TRACE',
  'PROPFIND',
  'post',
  'G\u0000T',
  'NONSENSE',
);
const targets = fc.oneof(
  fc.constantFrom(
    '/graphql',
    '/graphql',
    '/graphql?query={__typename}',
    '/graphql?query=%7B__typename%7D&variables=%7B',
    '/graphql?variables=[]&query={a}',
    '/graphql?query=%FF%FE',
    '/graphql?extensions={"persistedQuery":1}',
    '/',
    '/none',
    '//',
    '/graphql/',
    '/%2e%2e/graphql',
    '/graphql#x',
    '*',
    'http://other.test/graphql',
    '/health/live',
    '/graphql?query=mutation{askAnalyst(question:"a"){answer}}',
  ),
  fc.webQueryParameters().map((query) => `/graphql?${query}`),
  fc.string({ maxLength: 40 }).map((text) => `/${text}`),
);
const types = fc.constantFrom(
  'application/json',
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'text/plain',
  'multipart/form-data; boundary=x',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  'application/graphql',
  '',
  ';',
  'application/json;;;=',
);
const header = fc.oneof(
  fc.constantFrom(
    'accept: application/json',
    'accept: */*',
    'accept: text/html',
    'accept: ;q=x',
    'accept: application/graphql-response+json',
    'content-encoding: gzip',
    'transfer-encoding: chunked',
    'transfer-encoding: gzip, chunked',
    'content-length: -1',
    'content-length: 99999999999',
    'content-length: 5',
    'expect: 100-continue',
    'expect: nonsense',
    'upgrade: websocket',
    'connection: upgrade',
    'origin: null',
    'origin: https://evil.test',
    'host: other',
    'cookie: a=b',
    'x-request-id: <script>',
    'if-none-match: *',
    'x-max-stale-seconds: -1',
    'x-cost-dry-run: true',
    'apollo-require-preflight: 1',
    'authorization: Bearer ',
    ' folded: a',
    'no colon',
    ': empty',
  ),
  fc
    .tuple(fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 30 }))
    .map(([name, value]) => `${name}: ${value}`),
  fc.integer({ min: 1, max: 40_000 }).map((length) => `x-long: ${'x'.repeat(length)}`),
);

export interface MangledRequest {
  readonly bytes: Buffer;
  readonly method: string;
}

/** Requests as bytes: from all but right to no HTTP at all. */
export const requests: fc.Arbitrary<MangledRequest> = fc
  .record({
    method: methods,
    target: targets,
    version: fc.constantFrom(
      'HTTP/1.1',
      'HTTP/1.1',
      'HTTP/1.1',
      'HTTP/1.0',
      'HTTP/2.0',
      'HTTQ/1.1',
      '',
    ),
    host: fc.constantFrom(
      'host: localhost',
      'host: localhost',
      'host: localhost',
      'host:',
      'host: a b',
      'host: x\r\nhost: y',
      'x: y',
    ),
    type: types,
    headers: fc.array(header, { maxLength: 4 }),
    hasLength: fc.constantFrom(true, true, true, false),
    content: fc.oneof(
      { weight: 5, arbitrary: json },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
    ),
    flips: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        byte: fc.integer({ min: 0, max: 255 }),
      }),
      { maxLength: 3 },
    ),
    isFlipped: fc.constantFrom(false, false, true),
  })
  .map(({ method, target, version, host, type, headers, hasLength, content, flips, isFlipped }) => {
    const lines = [
      `${method} ${target} ${version}`,
      host,
      ...(type === '' ? [] : [`content-type: ${type}`]),
      'connection: close',
      ...headers,
    ];
    if (hasLength) lines.push(`content-length: ${Buffer.byteLength(content)}`);
    const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${content}`);
    if (isFlipped) for (const { at, byte } of flips) bytes[Math.floor(at * bytes.length)] = byte;
    return { bytes, method };
  });
