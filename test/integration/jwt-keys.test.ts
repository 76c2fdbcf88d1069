import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { base64url, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { createJwtVerifier, type JwtVerifierOptions } from '../../src/callers/jwt/jwt-verifier.ts';
import { recordingLog } from '../support/recording-log.ts';

const startMs = Date.UTC(2026, 5, 1, 12);
const startSeconds = startMs / 1000;
const pairs = {
  old: await generateKeyPair('ES256', { extractable: true }),
  next: await generateKeyPair('ES256', { extractable: true }),
};

const jwkOf = async (name: keyof typeof pairs, kid: string = name) => ({
  ...(await exportJWK(pairs[name].publicKey)),
  kid,
});

const claims = { sub: 'ada', iss: 'https://issuer.test', aud: 'assay', exp: startSeconds + 600 };

const sign = (header: { kid?: string } = { kid: 'old' }, payload = claims, by = pairs.old) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'ES256', ...header }).sign(by.privateKey);

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

/** An issuer on loopback that publishes what it is told to, and a verifier of its tokens. */
async function world(options: Partial<JwtVerifierOptions> = {}) {
  const body = JSON.stringify({ keys: [await jwkOf('old')] });
  const issuer = { status: 200, body, requests: [] as string[] };
  const server = createServer((request, response) => {
    issuer.requests.push(request.url ?? '');
    if (issuer.status === 0) return;
    response.writeHead(issuer.status, { location: '/elsewhere' }).end(issuer.body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const clock = { nowMs: startMs };
  const { log, lines } = recordingLog();
  const verifier = createJwtVerifier({
    jwksUrl: `http://127.0.0.1:${port}/jwks?secret`,
    issuer: claims.iss,
    audience: ['assay'],
    algorithms: ['ES256', 'RS256'],
    now: () => clock.nowMs,
    log,
    ...options,
  });
  await verifier.ready();
  ends.push(verifier.close, async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const kindOf = async (token: string) => (await verifier.verify(token)).kind;
  return { issuer, clock, lines, verifier, kindOf };
}

describe('the keys of the issuer', () => {
  it('are fetched anew for an unknown key, once a cooldown however many ask', async () => {
    const { issuer, kindOf, clock } = await world();
    const next = await sign({ kid: 'next' }, claims, pairs.next);
    const flood = await Promise.all(
      Array.from({ length: 500 }, async (_, at) => kindOf(await sign({ kid: `k${at}` }))),
    );
    expect(new Set(flood)).toEqual(new Set(['unknown-key']));
    expect(issuer.requests.length).toBe(1);
    clock.nowMs += 30_000;
    await Promise.all(Array.from({ length: 500 }, (_, at) => sign({ kid: `k${at}` }).then(kindOf)));
    expect(issuer.requests.length).toBe(2);
    issuer.body = JSON.stringify({ keys: [await jwkOf('next')] });
    expect(await kindOf(next)).toBe('unknown-key');
    clock.nowMs += 30_000;
    expect(await kindOf(next)).toBe('ok');
    expect(issuer.requests.length).toBe(3);
  });

  it('that were withdrawn take their verified tokens with them', async () => {
    const { issuer, kindOf, verifier, clock } = await world();
    const token = await sign();
    expect(await kindOf(token)).toBe('ok');
    issuer.body = JSON.stringify({ keys: [await jwkOf('next')] });
    clock.nowMs += 30_000;
    expect(await kindOf(await sign({ kid: 'unheard' }))).toBe('unknown-key');
    expect(await verifier.verify(token)).toEqual({ kind: 'unknown-key' });
  });

  it('that are published twice under one id fit nobody; without an id the only one that fits does', async () => {
    const { issuer, kindOf, clock } = await world();
    expect(await kindOf(await sign({}))).toBe('ok');
    issuer.body = JSON.stringify({
      keys: [await jwkOf('old'), { ...(await jwkOf('next', 'old')) }],
    });
    clock.nowMs += 30_000;
    expect(await kindOf(await sign({ kid: 'x' }))).toBe('unknown-key');
    expect(await kindOf(await sign())).toBe('unknown-key');
  });

  it('outlive their endpoint for a day, then nobody is let in, then it comes back', async () => {
    const { issuer, kindOf, clock, lines } = await world();
    const token = await sign({ kid: 'old' }, { ...claims, exp: startSeconds + 86_400 });
    expect(await kindOf(token)).toBe('ok');
    issuer.status = 503;
    clock.nowMs = startMs + 86_399_999;
    expect(
      await kindOf(await sign({ kid: 'old' }, { ...claims, exp: startSeconds + 90_000 })),
    ).toBe('ok');
    expect(await kindOf(token)).toBe('ok');
    clock.nowMs = startMs + 86_400_000;
    expect(await kindOf(token)).toBe('keys-unavailable');
    issuer.status = 200;
    clock.nowMs += 5_000;
    expect(
      await kindOf(await sign({ kid: 'old' }, { ...claims, exp: startSeconds + 90_000 })),
    ).toBe('ok');
    expect(lines.map(({ level, object }) => ({ level, ...object }))).toEqual([
      { level: 'warn', reason: 'expected status 200, got 503' },
      { level: 'info' },
    ]);
  });

  it.each([
    ['an endpoint that is down', { status: 500 }, 'expected status 200, got 500'],
    ['a redirect', { status: 302 }, 'expected status 200, got 302'],
    ['a page', { body: '<html>secret' }, 'expected JSON, got something else'],
    [
      'JSON that is no key set',
      { body: '{"keys":{}}' },
      'expected a JSON Web Key Set, got something else',
    ],
    [
      'keys that are no objects',
      { body: '{"keys":[1]}' },
      'expected a JSON Web Key Set, got something else',
    ],
    ['nothing', { body: 'null' }, 'expected a JSON Web Key Set, got something else'],
    [
      'a flood',
      { body: JSON.stringify({ keys: [], pad: 'x'.repeat(20_000) }) },
      'the answer is too large',
    ],
    ['silence', { status: 0 }, 'no answer within 30 ms'],
  ])('%s in place of them changes nothing', async (_name, answer, reason) => {
    const { issuer, kindOf, clock, lines } = await world({ timeoutMs: 30, jwksBytesMax: 10_000 });
    Object.assign(issuer, answer);
    clock.nowMs += 30_000;
    expect(await kindOf(await sign({ kid: 'x' }))).toBe('unknown-key');
    expect(await kindOf(await sign())).toBe('ok');
    expect(issuer.requests).toEqual(['/jwks?secret', '/jwks?secret']);
    expect(lines).toEqual([
      {
        level: 'warn',
        message: 'The keys of bearer tokens could not be fetched.',
        object: { reason },
      },
    ]);
  });

  it('that were never had refuse all, without stopping the start', async () => {
    const { kindOf, lines } = await world({ jwksUrl: 'http://127.0.0.1:1/jwks' });
    expect(await kindOf(await sign())).toBe('keys-unavailable');
    expect(lines.map(({ object }) => object)).toEqual([{ reason: 'ECONNREFUSED' }]);
  });

  it('too short for their algorithm, or private, fit nobody', async () => {
    const { issuer, kindOf, clock } = await world();
    const short = await crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        modulusLength: 1024,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: 'SHA-256',
      },
      true,
      ['sign', 'verify'],
    );
    issuer.body = JSON.stringify({
      keys: [
        { ...(await exportJWK(short.publicKey)), kid: 'short' },
        { ...(await exportJWK(pairs.old.privateKey)), kid: 'private' },
      ],
    });
    clock.nowMs += 30_000;
    const part = (value: object) => base64url.encode(JSON.stringify(value));
    const text = `${part({ alg: 'RS256', kid: 'short' })}.${part(claims)}`;
    const signature = await crypto.subtle.sign(
      'RSASSA-PKCS1-v1_5',
      short.privateKey,
      new TextEncoder().encode(text),
    );
    expect(await kindOf(`${text}.${base64url.encode(new Uint8Array(signature))}`)).toBe(
      'unknown-key',
    );
    expect(await kindOf(await sign({ kid: 'private' }))).toBe('unknown-key');
    expect(issuer.requests.length).toBe(2);
  });
});
