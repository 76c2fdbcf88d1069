import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

import { expect, test } from 'vitest';

const main = resolve(import.meta.dirname, '../../src/sandbox/main.ts');

test('on its own it says in one line where it is, and ends cleanly when told to', async () => {
  const options = ['--port', '0', '--key', 'tm-k', '--tokens', '1000'];
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [chunk]: unknown[] = await once(child.stdout, 'data');
    const line = String(chunk);
    expect(line).toMatch(/^Sandbox on http:\/\/127\.0\.0\.1:\d+\/v2, key tm-k .*invented\.\n$/);
    const base = /http:\S+\/v2/.exec(line)?.[0] ?? '';
    const response = await fetch(`${base}/tokens?limit=100&page=10`, {
      headers: { 'x-api-key': 'tm-k' },
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ length: 100 });
    // The connection that fetch keeps alive must not keep the process.
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
