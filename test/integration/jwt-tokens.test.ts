import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  base64url,
  CompactSign,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createJwtVerifier, type JwtVerifierOptions } from '../../src/callers/jwt/jwt-verifier.ts';
import { recordingLog } from '../support/recording-log.ts';

const startMs = Date.UTC(2026, 5, 1, 12);
const startSeconds = startMs / 1000;
const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'];
type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
const pairs = new Map<string, Pair>();

beforeAll(async () => {
  for (const name of [...algorithms, 'ES256-next'])
    pairs.set(name, await generateKeyPair(name.replace('-next', ''), { extractable: true }));
});

const pairOf = (name: string): Pair => {
  const pair = pairs.get(name);
  if (pair === undefined) throw new Error(`no key ${name}`);
  return pair;
};

const jwkOf = async (name: string, alg = name) => ({
  ...(await exportJWK(pairOf(name).publicKey)),
  kid: name,
  alg,
  use: 'sig',
});

const claims = { sub: 'ada', iss: 'https://issuer.test', aud: 'assay', exp: startSeconds + 600 };

const sign = (
  payload: JWTPayload = claims,
  { by = 'ES256', ...header }: Partial<JWTHeaderParameters> & { by?: string } = {},
) =>
  new SignJWT(payload)
    .setProtectedHeader({ alg: by.replace('-next', ''), kid: by, ...header })
    .sign(pairOf(by).privateKey);

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

/** An issuer on loopback that publishes what it is told to, and a verifier of its tokens. */
async function world(options: Partial<JwtVerifierOptions> = {}) {
  const keys = await Promise.all(algorithms.map((name) => jwkOf(name)));
  const issuer = { status: 200, body: JSON.stringify({ keys }), requests: [] as string[] };
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
    audience: ['assay', 'assay-next'],
    algorithms,
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

describe('a bearer token', () => {
  it('of each pinned algorithm tells subject, plan, scopes and its end', async () => {
    const { verifier } = await world();
    for (const by of algorithms) {
      const token = await sign({ ...claims, plan: 'pro', scope: 'read  write read' }, { by });
      expect(await verifier.verify(token)).toEqual({
        kind: 'ok',
        subject: 'ada',
        plan: 'pro',
        scopes: ['read', 'write'],
        expiresAtMs: startMs + 605_000,
      });
    }
  });

  it('is remembered: a second look costs no signature check', async () => {
    const { verifier } = await world();
    const token = await sign();
    const first = await verifier.verify(token);
    expect(await verifier.verify(token)).toBe(first);
    expect(await verifier.verify(await sign())).not.toBe(first);
  });

  it('says only what it says itself', async () => {
    const { verifier } = await world({ planClaim: 'constructor', scopeClaim: 'toString' });
    expect(await verifier.verify(await sign())).toMatchObject({ plan: undefined, scopes: [] });
  });

  it('names no plan, and scopes as a list, under claims of other names', async () => {
    const { verifier } = await world({ scopeClaim: 'https://assay.test/scp', planClaim: 'tier' });
    const token = await sign({ ...claims, 'https://assay.test/scp': ['a', 'b'], plan: 'pro' });
    expect(await verifier.verify(token)).toMatchObject({ plan: undefined, scopes: ['a', 'b'] });
    expect(
      await verifier.verify(await sign({ ...claims, tier: null, aud: ['x', 'assay-next'] })),
    ).toMatchObject({ kind: 'ok', plan: undefined, scopes: [] });
  });

  it.each<[string, JWTPayload, string]>([
    ['expired', { exp: startSeconds - 5 }, 'expired'],
    ['not begun', { nbf: startSeconds + 6 }, 'not-yet'],
    ['issued in the future', { iat: startSeconds + 6 }, 'not-yet'],
    ['that ends in a day and more', { exp: startSeconds + 86_406 }, 'long-lived'],
    ['for another audience', { aud: 'other' }, 'wrong-audience'],
    ['for other audiences', { aud: ['other', 'assay2'] }, 'wrong-audience'],
    ['of another issuer', { iss: 'https://issuer.test/' }, 'wrong-issuer'],
    ['without subject', { sub: undefined }, 'malformed'],
    ['with an empty subject', { sub: '' }, 'malformed'],
    ['with a subject of two lines', { sub: 'a\nb' }, 'malformed'],
    ['with a subject of 256 characters', { sub: 'a'.repeat(256) }, 'malformed'],
    ['without end', { exp: undefined }, 'malformed'],
    ['without issuer', { iss: undefined }, 'malformed'],
    ['without audience', { aud: undefined }, 'malformed'],
    ['with a plan that is no name', { plan: 7 }, 'malformed'],
    ['with a plan of no letters', { plan: '' }, 'malformed'],
    ['with scopes that are no names', { scope: ['a', 7] }, 'malformed'],
    ['with scopes that are no list', { scope: { a: 1 } }, 'malformed'],
  ])('%s is refused', async (_name, change, kind) => {
    const { kindOf } = await world();
    expect(await kindOf(await sign({ ...claims, ...change }))).toBe(kind);
  });

  it.each([
    ['"exp":1e999', 'long-lived'],
    ['"iat":1e999', 'not-yet'],
    ['"nbf":1e999', 'not-yet'],
    ['"exp":"2099"', 'malformed'],
    ['"iat":"2020"', 'malformed'],
    ['"nbf":null', 'malformed'],
    ['"sub":["ada"]', 'malformed'],
    ['"iss":["https://issuer.test"]', 'wrong-issuer'],
    ['"aud":{"0":"assay"}', 'wrong-audience'],
    ['"__proto__":{"plan":"pro"}', 'ok'],
  ])('that says %s is %s', async (member, kind) => {
    const { verifier } = await world();
    const text = `${JSON.stringify(claims).slice(0, -1)},${member}}`;
    const token = await new CompactSign(new TextEncoder().encode(text))
      .setProtectedHeader({ alg: 'ES256', kid: 'ES256' })
      .sign(pairOf('ES256').privateKey);
    const answer = await verifier.verify(token);
    expect(answer.kind).toBe(kind);
    expect(answer).not.toHaveProperty('plan', 'pro');
  });

  it('is granted the clock tolerance and no second more, cached or not', async () => {
    const { kindOf, clock } = await world();
    expect(
      await kindOf(await sign({ ...claims, nbf: startSeconds + 5, iat: startSeconds + 5 })),
    ).toBe('ok');
    expect(await kindOf(await sign({ ...claims, exp: startSeconds - 4 }))).toBe('ok');
    expect(await kindOf(await sign({ ...claims, exp: startSeconds + 86_405 }))).toBe('ok');
    const token = await sign();
    expect(await kindOf(token)).toBe('ok');
    clock.nowMs = startMs + 604_999;
    expect(await kindOf(token)).toBe('ok');
    clock.nowMs = startMs + 605_000;
    expect(await kindOf(token)).toBe('expired');
  });

  it('without signature, or signed with the public key as a secret, is refused', async () => {
    const { kindOf } = await world();
    expect(await kindOf(new UnsecuredJWT(claims).encode())).toBe('algorithm');
    const part = (value: object) => base64url.encode(JSON.stringify(value));
    for (const alg of ['none', 'None', 'NONE', 'nOnE'])
      expect(await kindOf(`${part({ alg })}.${part(claims)}.`)).toBe('algorithm');
    const secrets = [
      new TextEncoder().encode(await exportSPKI(pairOf('RS256').publicKey)),
      new TextEncoder().encode(JSON.stringify(await jwkOf('RS256'))),
    ];
    for (const secret of secrets) {
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'RS256' })
        .sign(secret);
      expect(await kindOf(token)).toBe('algorithm');
    }
  });

  it('of an algorithm that is not pinned, or of another than its key, is refused', async () => {
    const pinned = await world({ algorithms: ['RS256'] });
    expect(await pinned.kindOf(await sign())).toBe('algorithm');
    expect(await pinned.kindOf(await sign(claims, { by: 'PS256' }))).toBe('algorithm');
    const { kindOf } = await world();
    expect(await kindOf(await sign(claims, { by: 'ES256', kid: 'RS256' }))).toBe('unknown-key');
    expect(await kindOf(await sign(claims, { by: 'ES256-next', kid: 'ES256' }))).toBe(
      'bad-signature',
    );
  });

  it('cannot bring its own key, nor have one fetched', async () => {
    const { kindOf, issuer } = await world();
    const jwk = await exportJWK(pairOf('ES256-next').publicKey);
    const [, address = ''] = /^(.*)$/.exec('http://127.0.0.1:9/jwks') ?? [];
    for (const kid of ['ES256', undefined])
      expect(
        await kindOf(
          await sign(claims, { by: 'ES256-next', kid, jwk, jku: address, x5u: address }),
        ),
      ).toBe('bad-signature');
    expect(issuer.requests).toEqual(['/jwks?secret']);
  });

  it('with critical extensions, or a key id that is no text, is refused', async () => {
    const { kindOf } = await world();
    const crit = new SignJWT(claims).setProtectedHeader({
      alg: 'ES256',
      kid: 'ES256',
      crit: ['b64'],
      b64: true,
    });
    expect(await kindOf(await crit.sign(pairOf('ES256').privateKey))).toBe('malformed');
    const part = (value: object) => base64url.encode(JSON.stringify(value));
    for (const header of [{ crit: ['x'], x: 1 }, { crit: [] }, { kid: 7 }, { alg: undefined }])
      expect(await kindOf(`${part({ alg: 'ES256', ...header })}.${part(claims)}.AAAA`)).toBe(
        'malformed',
      );
  });

  it('that is no token at all is malformed, and asks nobody', async () => {
    const { kindOf, issuer } = await world();
    const [header = '', payload = '', signature = ''] = (await sign()).split('.');
    const texts = [
      '',
      '.',
      '..',
      '...',
      'a.b',
      'a.b.c',
      'null',
      ` ${await sign()}`,
      `${await sign()}\n`,
      `${header}.${payload}`,
    ];
    texts.push(
      `${header}.${payload}.${signature}.`,
      `${header}..${signature}`,
      `.${payload}.${signature}`,
      `${header}.${payload}.${signature}=`,
      `${header}.ü.${signature}`,
      '\u0000.\u0000.\u0000',
      `${base64url.encode('[]')}.${payload}.${signature}`,
      `${base64url.encode('{"alg":')}.${payload}.${signature}`,
    );
    for (const text of texts) expect([text, await kindOf(text)]).toEqual([text, 'malformed']);
    expect(issuer.requests.length).toBe(1);
  });

  it('of 8 KiB is read, of one character more is not', async () => {
    const { kindOf } = await world();
    const padded = async (length: number) => {
      const { length: bare } = await sign({ ...claims, pad: '' });
      const token = await sign({
        ...claims,
        pad: 'x'.repeat(Math.floor(((length - bare) * 3) / 4)),
      });
      return token;
    };
    const token = await padded(8192);
    expect(token.length).toBeLessThanOrEqual(8192);
    expect(token.length).toBeGreaterThan(8188);
    expect(await kindOf(token)).toBe('ok');
    const large = await padded(8196);
    expect(large.length).toBeGreaterThan(8192);
    expect(await kindOf(large)).toBe('malformed');
    expect(await kindOf('x'.repeat(10_000_000))).toBe('malformed');
  });

  it.each(algorithms)('of %s with any one character changed is never good', async (by) => {
    const { kindOf } = await world();
    const token = await sign(claims, { by });
    expect(await kindOf(token)).toBe('ok');
    const replacements = ['A', 'B', '_', '.', '=', ' '];
    for (let at = 0; at < token.length; at += 1) {
      const code = token.charCodeAt(at);
      // Its neighbours differ in the lowest bits, which at the end of a part may belong to no byte.
      for (const other of [
        ...replacements,
        String.fromCharCode(code ^ 1),
        String.fromCharCode(code ^ 2),
      ]) {
        const mangled = token.slice(0, at) + other + token.slice(at + 1);
        if (mangled !== token) expect([at, other, await kindOf(mangled)]).not.toContain('ok');
      }
      expect(await kindOf(token.slice(0, at) + token.slice(at + 1))).not.toBe('ok');
    }
  });
});
