import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { expect } from 'vitest';

import { creation, type KeyWish, revocation } from '../../src/callers/keys/edits.ts';
import { createFileStore } from '../../src/callers/keys/file-store.ts';
import { readAll, startRealGateway } from '../abuse/real-gateway.ts';

/** A whole gateway behind a socket, with keys, plans, and an issuer of tokens on loopback. */

const pairs = {
  ES256: await generateKeyPair('ES256', { extractable: true }),
  RS256: await generateKeyPair('RS256', { extractable: true }),
  stranger: await generateKeyPair('ES256', { extractable: true }),
};
export const rsaPublicKey = await exportSPKI(pairs.RS256.publicKey);

const plans = {
  anonymous: null,
  default: 'small',
  plans: {
    small: { requestsPerMinute: 1000, pointsPerMinute: 100_000, scopes: ['analyst'] },
    silent: { scopes: [] },
    both: { scopes: ['analyst', 'reports'] },
  },
};

/** It would cost a credit and be the caller's alone, were it ever run. */
export const question = 'mutation { askAnalyst(question: "Who asks?") { text: __typename } }';
const viewer = '{ viewer { id scopes plan { name } requests { remaining } } }';

export type Headers = Record<string, string>;
export type World = Awaited<ReturnType<typeof startWorld>>;

export async function startWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'assay-bad-credentials-'));
  const env = { KEYS_FILE: join(folder, 'keys.json'), PLANS_FILE: join(folder, 'plans.json') };
  await writeFile(env.PLANS_FILE, JSON.stringify(plans));
  const clock = { nowMs: Date.now() };
  const store = createFileStore(env.KEYS_FILE);
  const keyOf = async (wish: Partial<KeyWish> = {}, madeMs = clock.nowMs) => {
    const { key } = await store.change(creation({ name: 'A', plan: 'small', ...wish }, madeMs));
    return key;
  };
  const keys = {
    good: await keyOf(),
    other: await keyOf(),
    planless: await keyOf({ plan: 'gone' }),
    expired: await keyOf({ expiresAtMs: clock.nowMs }),
    future: await keyOf({}, clock.nowMs + 61_000),
    revoked: await keyOf(),
  };
  await store.change(revocation(keys.revoked.slice(6, 14), clock.nowMs));

  const issuer = await startIssuer();
  const gateway = await startRealGateway({
    env: {
      ...env,
      JWT_JWKS_URL: `${issuer.url}/jwks`,
      JWT_ISSUER: 'https://issuer.test',
      JWT_AUDIENCE: 'assay',
    },
    now: () => clock.nowMs,
  });

  const nowSeconds = () => Math.floor(clock.nowMs / 1000);
  /** A good token, but for what is said. */
  const tokenOf = (claims: JWTPayload = {}, { by = 'ES256', ...header }: TokenOptions = {}) =>
    new SignJWT({
      ...{ sub: 'ada', iss: 'https://issuer.test', aud: 'assay', exp: nowSeconds() + 600 },
      ...claims,
    })
      .setProtectedHeader({ alg: by === 'RS256' ? by : 'ES256', kid: by, ...header })
      .sign(pairs[by].privateKey);

  const ask = async (headers: Headers, query: string) => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const viewerOf = async (headers: Headers) => (await ask(headers, viewer)).body.data?.viewer;

  return {
    ...{ keys, clock, issuer, gateway, nowSeconds, tokenOf, ask, viewerOf },
    /** Refused with 401 in these words, before the body is looked at and anything is asked. */
    async expectRefused(headers: Headers, told: RegExp) {
      for (const query of [question, '{ this is no GraphQL']) {
        gateway.sandbox.clearRequests();
        const { status, headers: answered, body } = await ask(headers, query);
        expect([status, body]).toEqual([
          401,
          {
            errors: [
              {
                message: expect.stringMatching(told),
                extensions: { code: 'UNAUTHENTICATED' },
              },
            ],
          },
        ]);
        expect(answered.get('www-authenticate')).toBe('Bearer, ApiKey header="x-api-key"');
        expect(answered.get('cache-control')).toBe('no-store');
        expect(answered.get('ratelimit')).toBeNull();
        expect(gateway.sandbox.requests).toEqual([]);
      }
    },
    /** The status and the body of a request whose header lines are sent as they are. */
    async raw(lines: readonly string[]) {
      gateway.sandbox.clearRequests();
      const socket = await gateway.dial();
      const body = JSON.stringify({ query: question });
      const head = [
        ...['POST /graphql HTTP/1.1', 'host: gateway', 'connection: close'],
        ...['content-type: application/json', `content-length: ${body.length}`, ...lines],
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1');
      const answer = await readAll(socket);
      const [, status = ''] = /^HTTP\/1\.1 (\d{3})/.exec(answer) ?? [];
      return { status: Number(status), answer, upstream: gateway.sandbox.requests.length };
    },
    async close() {
      await gateway.close();
      await issuer.close();
      await rm(folder, { recursive: true });
    },
  };
}

interface TokenOptions {
  readonly by?: keyof typeof pairs;
  readonly kid?: string;
}

/** Publishes two keys, for as long as it is up. */
async function startIssuer() {
  const keys = await Promise.all(
    (['ES256', 'RS256'] as const).map(async (alg) => ({
      ...(await exportJWK(pairs[alg].publicKey)),
      ...{ kid: alg, alg },
    })),
  );
  const state = { isUp: true, requests: 0 };
  const server = createServer((_request, response) => {
    state.requests += 1;
    if (state.isUp) response.end(JSON.stringify({ keys }));
    else response.destroy();
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    state,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
