import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';

import { createAdmin } from '../../src/admin/admin.ts';
import { ConfigError, readConfig } from '../../src/config.ts';
import { Secret } from '../../src/secret.ts';
import { ask, type Asked, bearer, measured, noCallers } from '../support/admin.ts';
import { nowMs, serve, startAdmin } from '../support/admin.ts';
import { recordingLog } from '../support/recording-log.ts';

/** Operators show a token where there are tokens, and there must be where strangers can come by. */

const token = 'new-token-of-operators';
const old = 'old-token-of-operators';
const paths = ['/upstreams', '/status', '/spending', '/callers', '/keys', '/metrics', '/nowhere'];

test('who shows the token is answered, and the scheme is a word of any case', async () => {
  const { port } = await startAdmin({ ADMIN_TOKEN: token });
  for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `BEARER  ${token}`]) {
    const answer = await ask(port, '/upstreams', { headers: { authorization } });
    expect([authorization, answer.status]).toEqual([authorization, 200]);
  }
});

const shown = (authorization: string): Asked => ({ headers: { authorization } });

test.each<readonly [what: string, asked: Asked]>([
  ['no token', {}],
  ['an empty header', shown('')],
  ['another token', bearer('another-token-of-operators')],
  ['the beginning of the token', bearer(token.slice(0, -1))],
  ['more than the token', bearer(`${token}s`)],
  ['the token in capitals', bearer(token.toUpperCase())],
  ['all tokens at once', bearer(`${token},${old}`)],
  ['two tokens', bearer(`${token} ${old}`)],
  ['the word alone', shown('Bearer')],
  ['the token alone', shown(token)],
  ['Basic', shown(`Basic ${Buffer.from(`operator:${token}`).toString('base64')}`)],
  ['Basic with the token itself', shown(`Basic ${token}`)],
  ['the token as an API key', { headers: { 'x-api-key': token } }],
  ['a token of 8 KB', bearer('x'.repeat(8192))],
  ['no token, with a body', { method: 'POST', body: '{}' }],
])('with %s nobody is answered, and told the same', async (_what, asked) => {
  const { port } = await startAdmin({ ADMIN_TOKEN: `${token},${old}` });
  for (const path of [...paths, `/upstreams?access_token=${token}`]) {
    const { status, headers, json } = await ask(port, path, asked);
    expect([path, status, headers['www-authenticate'], json()]).toEqual([
      ...[path, 401, 'Bearer'],
      { error: 'Who asks is not known: expected the header "Authorization: Bearer <token>".' },
    ]);
    expect(headers.allow).toBeUndefined();
  }
});

test('while tokens are rotated both are good, and then one', async () => {
  const statuses = async (port: number) =>
    Promise.all([token, old].map(async (each) => (await ask(port, '/keys', bearer(each))).status));
  const of = async (tokens: string) => statuses((await startAdmin({ ADMIN_TOKEN: tokens })).port);
  expect(await of(old)).toEqual([401, 404]);
  expect(await of(`${token}, ${old}`)).toEqual([404, 404]);
  expect(await of(` ${token},`)).toEqual([404, 401]);
});

test.each<readonly [what: string, headers: Readonly<Record<string, string>>]>([
  ['a foreign host', { host: 'evil.example' }],
  ['a page', { origin: 'http://localhost' }],
])('%s is refused before its token is looked at', async (_what, headers) => {
  const { port } = await startAdmin({ ADMIN_TOKEN: token });
  for (const authorization of [`Bearer ${token}`, 'Bearer another-token-of-operators']) {
    const answer = await ask(port, '/upstreams', { headers: { ...headers, authorization } });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([403, undefined]);
  }
});

test('with the token it is still GET only', async () => {
  const { port } = await startAdmin({ ADMIN_TOKEN: token });
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
    const answer = await ask(port, '/upstreams', { method, ...bearer(token) });
    expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, 'GET']);
  }
});

test('one connection is no proof: each request shows its own token', async () => {
  const { gateway } = await startAdmin({ ADMIN_TOKEN: token });
  const server = createServer(gateway.app.admin).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => (received += text));
  const lines = 'GET /callers HTTP/1.1\r\nhost: localhost\r\n';
  socket.write(`${lines}authorization: Bearer ${token}\r\n\r\n${lines}connection: close\r\n\r\n`);
  await once(socket, 'close');
  expect(received.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401']);
});

test('no answer and no line of the log repeats a token', async () => {
  const { lines, log } = recordingLog();
  const fail = () => Promise.reject(new Error('cannot'));
  const port = await serve(
    createAdmin({
      ...{ host: '127.0.0.1', callers: noCallers, log, now: () => nowMs },
      ...measured,
      tokens: [token, old].map((each) => new Secret(each)),
      upstreams: { status: fail, spending: fail },
    }),
  );
  const answers = [
    await ask(port, '/upstreams', bearer(token)),
    await ask(port, '/upstreams', bearer(`${token}x`)),
    await ask(port, '/callers', bearer(old)),
  ];
  expect(answers.map(({ status }) => status)).toEqual([500, 401, 200]);
  expect(lines).toHaveLength(1);
  const told = JSON.stringify([lines, answers.map(({ headers, text }) => ({ headers, text }))]);
  expect(told).not.toMatch(/token-of-operators/);
  expect(JSON.stringify(readConfig({ ADMIN_TOKEN: token }))).not.toContain(token);
});

/** The problems of an environment. */
function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test.each([
  ['too short', 'a-secret-15char'],
  ['too short beside a good one', `${token},a-secret-15char`],
  ['too long', 'a-secret'.repeat(65)],
  ['with a blank', 'a-secret of two words'],
  ['with letters no header can carry', 'a-secret-größer-als-16'],
  ['no token but a comma', ' , '],
  ['only blanks', '   '],
])('a token that is %s is a mistake of the environment, and not repeated', (_what, tokens) => {
  for (const ADMIN_HOST of ['127.0.0.1', '0.0.0.0']) {
    const problems = problemsOf({ ADMIN_HOST, ADMIN_PORT: '0', ADMIN_TOKEN: tokens });
    expect(problems).toEqual([
      'ADMIN_TOKEN: expected tokens of 16 to 512 visible characters, comma-separated when there are more than one',
    ]);
  }
});

test.each([
  '0.0.0.0',
  '::',
  '10.0.0.7',
  '128.0.0.1',
  '::2',
  'gateway.internal',
  '127.evil.example',
])('where operators are answered on %s there must be a token', (ADMIN_HOST) => {
  expect(problemsOf({ ADMIN_HOST, ADMIN_PORT: '9464' })).toEqual([
    'ADMIN_TOKEN: is not set and ADMIN_HOST is no loopback address: whoever reaches it would be answered; expected a token, or ADMIN_HOST=127.0.0.1',
  ]);
  expect(problemsOf({ ADMIN_HOST, ADMIN_PORT: '9464', ADMIN_TOKEN: token })).toEqual([]);
  expect(problemsOf({ ADMIN_HOST })).toEqual([]);
});

test.each(['127.0.0.1', '127.8.9.10', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LocalHost'])(
  'on %s, which only this machine reaches, there need not be one',
  (ADMIN_HOST) => {
    expect(problemsOf({ ADMIN_HOST, ADMIN_PORT: '9464' })).toEqual([]);
  },
);
