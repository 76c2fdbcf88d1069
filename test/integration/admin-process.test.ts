import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';

import { spawnGateway } from '../e2e/gateway-process.ts';
import { status } from '../support/admin-status.ts';

/** Tokens of operators in a real process, and `npm run upstream:status` that shows them. */

const token = 'a-token-of-operators';

function start(env: Readonly<Record<string, string>>) {
  const started = spawnGateway(env);
  onTestFinished(() => started.kill());
  return started;
}

test('it shows the token of its environment, the first of several, and says when it is not known', async () => {
  const guarded = start({ ADMIN_PORT: '0', ADMIN_TOKEN: token, LOG_LEVEL: 'trace' });
  const url = String(JSON.parse(await guarded.untilLogged(/operators are answered/)).admin);
  const told = (env: Readonly<Record<string, string>>) => status(['--url', url], env);
  expect(await told({ ADMIN_TOKEN: token })).toMatchObject({ code: 0, stderr: '' });
  expect(await told({ ADMIN_TOKEN: `${token},the-token-of-before` })).toMatchObject({ code: 0 });
  const refused = [await told({}), await told({ ADMIN_TOKEN: `${token}s` })];
  refused.push(await told({ ADMIN_TOKEN: 'short-secret', PORT: 'x' }));
  const line = `${url}/status answered 401: expected ADMIN_TOKEN to hold a token it knows\n`;
  for (const each of refused) expect(each).toEqual({ code: 1, stdout: '', stderr: line });
  guarded.terminate();
  expect(await guarded.ended).toEqual({ code: 0, signal: null });
  expect(guarded.stdout + guarded.stderr).not.toContain(token);
});

test('a token goes to whom it is for, and not where that one points', async () => {
  const received: (string | undefined)[] = [];
  const elsewhere = createServer((request, response) => {
    received.push(request.headers.authorization);
    response.writeHead(302, { location: '/elsewhere' }).end();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void elsewhere.close());
  await once(elsewhere, 'listening');
  const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const { code, stderr } = await status(['--url', url], { ADMIN_TOKEN: token });
  expect([code, received]).toEqual([1, [`Bearer ${token}`]]);
  expect(stderr).toMatch(/answered 302 .*: expected the admin listener of a gateway\n$/);
});

test('a gateway does not begin to answer operators for strangers, and repeats no token', async () => {
  const open = start({ ADMIN_PORT: '0', ADMIN_HOST: '0.0.0.0' });
  expect(await open.ended).toEqual({ code: 1, signal: null });
  expect(open.stderr).toMatch(
    /^ {2}ADMIN_TOKEN: is not set and ADMIN_HOST is no loopback address/m,
  );
  const short = start({ ADMIN_PORT: '0', ADMIN_TOKEN: 'short-secret' });
  expect(await short.ended).toEqual({ code: 1, signal: null });
  expect(short.stderr).toMatch(/^ {2}ADMIN_TOKEN: expected tokens of 16 to 512 visible/m);
  expect(open.stdout + short.stdout + short.stderr).not.toContain('short-secret');
});
