import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const issuer = 'https://issuer.test';
const audience = 'assay';

/** An issuer of tokens on loopback, and what a gateway has to know of it. */
export async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }];
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys })));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      JWT_JWKS_URL: `http://127.0.0.1:${port}/jwks`,
      JWT_ISSUER: issuer,
      JWT_AUDIENCE: audience,
    },
    tokenOf: (subject: string, nowMs: number) =>
      new SignJWT({ sub: subject, iss: issuer, aud: audience, exp: Math.floor(nowMs / 1000) + 600 })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .sign(privateKey),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
