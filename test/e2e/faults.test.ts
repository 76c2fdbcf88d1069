import { expect, onTestFinished, test, vi } from 'vitest';

import { spawnGateway } from './gateway-process.ts';

/** Errors that nobody expected: the process ends, and tells what and where but nothing else. */

// Processes, on machines that are busy.
vi.setConfig({ testTimeout: 90_000 });

const preload = (script: string) => `--import=data:text/javascript,${encodeURIComponent(script)}`;

/** Fails in the way that the path of a request says, beside the request and not within it. */
const failing = preload(`
  import { Server } from 'node:http';
  const fault = () => Object.assign(new TypeError('secret of /home/secret'), { code: 'ERR_SECRET' });
  const ways = {
    '/throw': () => setImmediate(() => { throw fault(); }),
    '/reject': () => void Promise.reject(fault()),
    '/reject-nothing': () => void Promise.reject('secret'),
  };
  const emit = Server.prototype.emit;
  Server.prototype.emit = function (event, request, ...rest) {
    const way = event === 'request' ? ways[request.url] : undefined;
    if (way === undefined) return emit.call(this, event, request, ...rest);
    way();
    return true;
  };
`);

test.each([
  ['/throw', 'uncaughtException', { type: 'TypeError', code: 'ERR_SECRET' }],
  ['/reject', 'unhandledRejection', { type: 'TypeError', code: 'ERR_SECRET' }],
  ['/reject-nothing', 'unhandledRejection', { code: 'ERR_UNHANDLED_REJECTION' }],
])('an error that nobody caught is logged and ends the process: %s', async (path, origin, err) => {
  const gateway = spawnGateway({ NODE_OPTIONS: failing });
  onTestFinished(() => gateway.kill());
  const url = `${await gateway.origin()}${path}`;
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  expect(await gateway.ended).toEqual({ code: 1, signal: null });
  const last = gateway.stdout.trimEnd().split('\n').at(-1) ?? '';
  expect(JSON.parse(last)).toMatchObject({ level: 60, origin, err });
  expect(gateway.stdout + gateway.stderr).not.toMatch(/secret|^ +at /m);
});

test('a start that fails for no mistake of the operator is told by kind, code and place', async () => {
  const gateway = spawnGateway({
    NODE_OPTIONS: preload(`
      import { Server } from 'node:net';
      Server.prototype.listen = () => {
        const cause = new RangeError('secret');
        throw Object.assign(new TypeError('secret', { cause }), { code: 'ERR_SECRET' });
      };
    `),
  });
  onTestFinished(() => gateway.kill());
  expect(await gateway.ended).toEqual({ code: 1, signal: null });
  const lines = gateway.stderr.trimEnd().split('\n');
  const [head, ...places] = lines;
  expect(head).toBe('The gateway did not start: TypeError (ERR_SECRET)');
  expect(places[0]).toMatch(/^ {2}at src\/[\w./-]+\.ts:\d+:\d+$/);
  expect(places.filter((line) => !line.startsWith('  at src/'))).toEqual(['because of RangeError']);
  expect(gateway.stderr).not.toMatch(/secret|node:|\/home|file:/);
});
