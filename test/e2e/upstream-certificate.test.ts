import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createAuthority, selfSigned } from '../support/certificates.ts';
import { spawnGateway } from './gateway-process.ts';
import { bitcoin } from './held-upstream.ts';

const here = '127.0.0.1';
const authority = createAuthority();
const good = authority.issue(here);

/** A gateway whose upstream shows a certificate; how often it was connected to, and asked. */
async function startOver(shown: ReturnType<typeof selfSigned>, env: Record<string, string> = {}) {
  const counts = { connections: 0, requests: 0 };
  const upstream = createServer(shown, (_request, response) => {
    counts.requests += 1;
    response.setHeader('content-type', 'application/json').end(bitcoin);
  });
  upstream.on('connection', () => (counts.connections += 1));
  await once(upstream.listen(0, here), 'listening');
  const folder = await mkdtemp(join(tmpdir(), 'assay-certificates-'));
  const trusted = join(folder, 'authority.pem');
  await writeFile(trusted, authority.certificate);
  const { port } = upstream.address() as AddressInfo;
  const gateway = spawnGateway({
    ANONYMOUS: 'on',
    NODE_EXTRA_CA_CERTS: trusted,
    TOKENMETRICS_API_KEY: 'a-key',
    TOKENMETRICS_BASE_URL: `https://${here}:${port}/v2`,
    TOKENMETRICS_BACKOFF_MS: '1',
    TOKENMETRICS_BREAKER_FAILURES: '5',
    // What was never sent is not counted: it would be used up at once.
    TOKENMETRICS_CREDITS_PER_MINUTE: '1',
    ...env,
  });
  onTestFinished(async () => {
    await gateway.kill();
    upstream.closeAllConnections();
    upstream.close();
    await rm(folder, { recursive: true });
  });
  const origin = await gateway.origin();
  const ask = async () => {
    const response = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ token(by: { tokenMetricsId: 3375 }) { symbol } }' }),
    });
    const { data, errors, extensions } = await response.json();
    return { data, codes: errors?.map((error: any) => error.extensions.code), extensions };
  };
  return { upstream, gateway, counts, ask };
}

const failed = {
  data: { token: null },
  codes: ['UPSTREAM_UNAVAILABLE'],
  extensions: {
    sources: [expect.objectContaining({ state: 'FAILED', calls: 0, credits: 0 })],
    cost: { credits: { spent: 0 } },
  },
};

test.each([
  ['is past its time', authority.issue(here, { from: -2, to: -1 }), 'CERT_HAS_EXPIRED'],
  ['is of a time to come', authority.issue(here, { from: 1, to: 2 }), 'CERT_NOT_YET_VALID'],
  ['is for another', authority.issue('127.0.0.2'), 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['nobody vouches for', selfSigned(here), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
])(
  'an upstream whose certificate %s is told to operators by reason, and hardly tried',
  async (_what, shown, reason) => {
    const { gateway, counts, ask } = await startOver(shown, { TOKENMETRICS_BREAKER_MS: '600000' });
    for (let times = 0; times < 10; times += 1) expect(await ask()).toMatchObject(failed);
    expect(counts).toEqual({ connections: 5, requests: 0 });
    const line = JSON.parse(await gateway.untilLogged(/upstream failed/));
    expect(line.err).toMatchObject({
      type: 'UpstreamError',
      kind: 'network',
      cause: { code: reason },
    });
    expect(JSON.parse(await gateway.untilLogged(/"breaker":"open"/))).toMatchObject({ level: 40 });
  },
);

test('once the certificate is good again it is used again, without a restart', async () => {
  const { upstream, counts, ask } = await startOver(authority.issue(here, { from: -2, to: -1 }), {
    TOKENMETRICS_BREAKER_MS: '100',
  });
  for (let times = 0; times < 5; times += 1) expect(await ask()).toMatchObject(failed);
  upstream.setSecureContext(good);
  let answer = await ask();
  while (answer.data.token === null) answer = await ask();
  expect(answer.data).toEqual({ token: { symbol: 'BTC' } });
  expect(answer.extensions.cost.credits.spent).toBe(1);
  expect(counts.requests).toBe(1);
});
