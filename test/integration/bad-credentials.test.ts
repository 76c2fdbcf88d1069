import { base64url, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createKey } from '../../src/callers/keys/key.ts';
import { rsaPublicKey, startWorld, type World } from './bad-credentials-world.ts';

/** Credentials that are not good, at the front door: refused whole, and nobody pays for it. */

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const apiKey = (key: string) => ({ 'x-api-key': key });
const remaining = async () => [
  (await world.viewerOf(apiKey(world.keys.good))).requests.remaining,
  (await world.viewerOf(bearer(await world.tokenOf()))).requests.remaining,
];

const changed = (key: string, at: number) =>
  key.slice(0, at) + (key[at] === 'A' ? 'B' : 'A') + key.slice(at + 1);

// Whose name is borrowed by a bad credential loses nothing of what their plan gives them.
let before: number[];
beforeEach(async () => {
  before = await remaining();
});
afterEach(async () => {
  expect(await remaining()).toEqual(before.map((count) => count - 1));
});

describe('a key', () => {
  test.each<[string, () => string, RegExp]>([
    ['that nobody was given', () => createKey().key, /not known here/],
    ['with one character changed', () => changed(world.keys.good, 30), /is not one/],
    ['that is cut', () => world.keys.good.slice(0, -1), /is not one/],
    ['that goes on', () => `${world.keys.good}A`, /is not one/],
    ['in upper case', () => world.keys.good.toUpperCase(), /is not one/],
    ['that is its prefix alone', () => world.keys.good.slice(0, 14), /is not one/],
    ['of 8 KB', () => `assay_abcd1234_${'x'.repeat(8192)}`, /is not one/],
    ['beside another', () => `${world.keys.good}, ${world.keys.good}`, /is not one/],
    ['of no characters', () => '', /is not one/],
    ['that was revoked', () => world.keys.revoked, /was revoked/],
    ['that has expired', () => world.keys.expired, /has expired/],
    ['of the future', () => world.keys.future, /not valid yet/],
    ['of a plan that is not there', () => world.keys.planless, /belongs to no plan/],
  ])('%s is refused', async (_what, key, told) => {
    await world.expectRefused(apiKey(key()), told);
  });

  test('of 20 KB does not come through the front door', async () => {
    const { status, answer, upstream } = await world.raw([`x-api-key: ${'x'.repeat(20_000)}`]);
    expect([status, upstream]).toEqual([431, 0]);
    expect(answer).toContain('"code":"BAD_REQUEST"');
  });

  test('and a token together are refused though both are good; so is nothing at all', async () => {
    const token = await world.tokenOf();
    const both = { ...apiKey(world.keys.good), ...bearer(token) };
    await world.expectRefused(both, /one credential/);
    await world.expectRefused({ ...apiKey(world.keys.good), authorization: '' }, /one credential/);
    await world.expectRefused({ ...bearer(token), 'x-api-key': '' }, /one credential/);
    await world.expectRefused({}, /Who asks\?/);
  });

  test('is no bearer token, and no other scheme is known', async () => {
    const { good } = world.keys;
    await world.expectRefused(bearer(good), /is not one/);
    for (const scheme of ['ApiKey', 'Basic', 'Bearer:', 'Bearerx', 'x Bearer', 'Bearer Bearer'])
      await world.expectRefused({ authorization: `${scheme} ${good}` }, /is not one/);
  });
});

describe('a token', () => {
  const inSeconds = (seconds: number) => world.nowSeconds() + seconds;
  const part = (value: object) => base64url.encode(JSON.stringify(value));
  const claims = () => ({
    ...{ sub: 'ada', iss: 'https://issuer.test', aud: 'assay', exp: inSeconds(600) },
  });

  test.each<[string, () => Promise<string> | string, RegExp]>([
    ['that expired beyond tolerance', () => world.tokenOf({ exp: inSeconds(-6) }), /has expired/],
    ['not valid yet (nbf)', () => world.tokenOf({ nbf: inSeconds(60) }), /not valid yet/],
    ['issued in the future (iat)', () => world.tokenOf({ iat: inSeconds(60) }), /not valid yet/],
    ['for another audience', () => world.tokenOf({ aud: 'other' }), /not accepted here/],
    ['of another issuer', () => world.tokenOf({ iss: 'https://i.test' }), /not accepted here/],
    ['that ends in years', () => world.tokenOf({ exp: inSeconds(1e8) }), /not accepted here/],
    ['of a key nobody published', () => world.tokenOf({}, { by: 'stranger' }), /not accepted here/],
    [
      'signed by a stranger under a published id',
      () => world.tokenOf({}, { by: 'stranger', kid: 'ES256' }),
      /not accepted here/,
    ],
    ['without signature', () => new UnsecuredJWT(claims()).encode(), /not accepted here/],
    ['of alg NONE', () => `${part({ alg: 'NONE' })}.${part(claims())}.`, /not accepted here/],
    [
      'with the public key as a secret',
      () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: 'HS256', kid: 'RS256' })
          .sign(new TextEncoder().encode(rsaPublicKey)),
      /not accepted here/,
    ],
    ['of a plan that is not there', () => world.tokenOf({ plan: 'gone' }), /belongs to no plan/],
    ['of a plan that is no name', () => world.tokenOf({ plan: 7 }), /is not one/],
    ['without subject', () => world.tokenOf({ sub: undefined }), /is not one/],
    ['of 8 KB and more', () => world.tokenOf({ pad: 'x'.repeat(6200) }), /is not one/],
    ['that is none', () => 'x.y', /is not one/],
  ])('%s is refused', async (_what, token, told) => {
    await world.expectRefused(bearer(await token()), told);
  });

  test('with any part of a good one is refused', async () => {
    const [header = '', payload = '', signature = ''] = (await world.tokenOf()).split('.');
    for (const text of [`${header}.${payload}.`, `${header}..${signature}`, `${header}.${payload}`])
      await world.expectRefused(bearer(text), /is not one|not accepted here/);
  });

  test('within tolerance is accepted, of just under 8 KB as well', async () => {
    for (const good of [{ exp: inSeconds(-4) }, { nbf: inSeconds(5) }, { pad: 'x'.repeat(5700) }])
      expect(await world.viewerOf(bearer(await world.tokenOf({ ...good, sub: 'bea' })))).toEqual(
        expect.objectContaining({ id: expect.stringMatching(/^token:/) }),
      );
  });

  test.each<[plan: string, scope: string | undefined, scopes: string[]]>([
    ['silent', 'analyst reports', []],
    ['small', 'reports', []],
    ['both', 'reports openid', ['reports']],
    ['both', 'openid profile', ['analyst', 'reports']],
    ['both', '', ['analyst', 'reports']],
    ['both', undefined, ['analyst', 'reports']],
    ['both', 'Reports', ['analyst', 'reports']],
  ])('of plan %s that names the scopes "%s" may read %j', async (plan, scope, scopes) => {
    const token = await world.tokenOf({
      sub: 'cem',
      plan,
      ...(scope === undefined ? {} : { scope }),
    });
    expect(await world.viewerOf(bearer(token))).toMatchObject({ plan: { name: plan }, scopes });
  });
});

describe('headers as they are on the wire', () => {
  test('a key twice is none, the same or another', async () => {
    const { good, revoked } = world.keys;
    for (const second of [good, revoked, '', 'x']) {
      const lines = [`x-api-key: ${good}`, `X-Api-Key: ${second}`];
      expect(await world.raw(lines)).toMatchObject({ status: 401, upstream: 0 });
    }
  });

  test('two tokens are none, whichever of them is good and comes first', async () => {
    const good = `authorization: Bearer ${await world.tokenOf()}`;
    const bad = `Authorization: Bearer ${await world.tokenOf({ aud: 'other' })}`;
    const empty = 'AUTHORIZATION:';
    for (const lines of [
      ...[
        [good, bad],
        [bad, good],
        [good, good],
      ],
      ...[
        [good, empty],
        [empty, good],
        [good, `authorization: Basic x`],
      ],
    ]) {
      expect([lines, await world.raw(lines)]).toMatchObject([lines, { status: 401, upstream: 0 }]);
    }
  });

  test('two hosts are no HTTP, the same or another, with the best of tokens', async () => {
    const good = `authorization: Bearer ${await world.tokenOf()}`;
    for (const second of ['host: gateway', 'Host: other', 'HOST:']) {
      const { status, upstream, answer } = await world.raw([good, second]);
      expect([second, status, upstream]).toEqual([second, 400, 0]);
      expect(answer).toContain('"code":"BAD_REQUEST"');
    }
  });

  test('controls are no HTTP, and no letters but ASCII belong to a credential', async () => {
    const { good } = world.keys;
    for (const odd of ['\u0000', '\u0001', '\u007f', '\r', '\n']) {
      const answer = await world.raw([`x-api-key: ${good.slice(0, 30)}${odd}${good.slice(30)}`]);
      expect([odd, answer.status, answer.upstream]).toEqual([odd, 400, 0]);
    }
    for (const odd of ['\u00e9', '\u00a0', '\u00ff', ' ', '\t', '%20', '"']) {
      for (const line of [`x-api-key: ${good}${odd}x`, `authorization: Bearer ${odd}a.b.c`]) {
        expect([odd, await world.raw([line])]).toMatchObject([odd, { status: 401, upstream: 0 }]);
      }
    }
  });

  test('white space around a key and the case of Bearer mean nothing', async () => {
    const token = await world.tokenOf({ sub: 'dora' });
    const { other } = world.keys;
    for (const line of [
      ...[`x-api-key:${other}`, `X-API-KEY:  \t${other} \t `],
      ...['bearer', 'BEARER', 'bEaReR'].map((scheme) => `authorization: ${scheme} ${token}`),
      `AUTHORIZATION: Bearer   ${token}  `,
    ]) {
      // What is refused elsewhere is asked here: it would have been run, and cost a credit.
      expect([line, await world.raw([line])]).toMatchObject([line, { status: 200, upstream: 1 }]);
    }
  });
});
