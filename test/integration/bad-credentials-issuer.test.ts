import { expect, onTestFinished, test } from 'vitest';

import { startWorld } from './bad-credentials-world.ts';

/** An issuer that is down: who is known stays known for a day, then nobody is let in by a token. */

const hourMs = 3600_000;

async function world() {
  const started = await startWorld();
  onTestFinished(() => started.close());
  const { ask, clock, keys, tokenOf, issuer, gateway } = started;
  const withToken = async (by?: 'stranger') =>
    ask({ authorization: `Bearer ${await tokenOf({}, by && { by })}` }, '{ __typename }');
  return {
    ...{ clock, withToken, issuer: issuer.state, gateway },
    withKey: () => ask({ 'x-api-key': keys.good }, '{ __typename }'),
    expectClosed: async () => {
      gateway.sandbox.clearRequests();
      const { status, headers, body } = await withToken();
      expect([status, body]).toEqual([
        503,
        {
          errors: [
            {
              message: expect.stringMatching(/cannot be verified at the moment/),
              extensions: { code: 'AUTHENTICATION_UNAVAILABLE', retryAfterSeconds: 5 },
            },
          ],
        },
      ]);
      expect(headers.get('retry-after')).toBe('5');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('www-authenticate')).toBeNull();
      expect(gateway.sandbox.requests).toEqual([]);
    },
  };
}

test('keys that were read outlive their issuer for a day, then it is closed, then it opens', async () => {
  const { clock, withToken, withKey, issuer, expectClosed } = await world();
  expect((await withToken()).status).toBe(200);
  const readMs = clock.nowMs;
  issuer.isUp = false;
  for (const afterMs of [hourMs, 12 * hourMs, 24 * hourMs - 1]) {
    clock.nowMs = readMs + afterMs;
    expect([afterMs, (await withToken()).status]).toEqual([afterMs, 200]);
  }
  // An unknown id is no reason to be let in, nor to think the issuer is needed for the others.
  expect((await withToken('stranger')).status).toBe(401);

  clock.nowMs = readMs + 24 * hourMs;
  await expectClosed();
  expect((await withKey()).status).toBe(200);
  clock.nowMs += 7 * 24 * hourMs;
  await expectClosed();

  issuer.isUp = true;
  clock.nowMs += 5_000;
  expect((await withToken()).status).toBe(200);
});

test('a token that was accepted before is closed with its keys', async () => {
  const { clock, issuer, withToken, expectClosed } = await world();
  expect((await withToken()).status).toBe(200);
  issuer.isUp = false;
  clock.nowMs += 24 * hourMs;
  await expectClosed();
});

test('while it is down it is asked once in five seconds, however many tokens come', async () => {
  const { clock, issuer, withToken } = await world();
  expect((await withToken()).status).toBe(200);
  issuer.isUp = false;
  clock.nowMs += 24 * hourMs;
  expect((await withToken()).status).toBe(503);
  const { requests } = issuer;
  const statuses = await Promise.all(Array.from({ length: 20 }, () => withToken()));
  expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([503]));
  expect(issuer.requests).toBe(requests);
});
