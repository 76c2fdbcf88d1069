import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';

/** `npm run keys -- create` where it is known which plans there are. */

// Processes, on machines that are busy.
vi.setConfig({ testTimeout: 90_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-keys-plans-'));
  return () => rm(folder, { recursive: true });
});

async function plansFile(text: string): Promise<string> {
  const path = join(folder, 'plans.json');
  await writeFile(path, text);
  return path;
}

/** `npm run keys -- create` with a plan, and whether it made a key. */
async function createKey(plan: string, PLANS_FILE: string) {
  const keysFile = join(folder, 'new-keys.json');
  const args = ['--import', 'tsx', 'src/callers/keys/cli.ts', 'create', '--name', 'A', '--quiet'];
  const child = spawn(process.execPath, [...args, '--plan', plan], {
    cwd: resolve(import.meta.dirname, '../..'),
    env: { PATH: process.env['PATH'], KEYS_FILE: keysFile, PLANS_FILE },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = await once(child, 'close');
  const isMade = (await readdir(folder)).some((name) => name.startsWith('new-keys'));
  return { code, stdout, stderr, isMade };
}

test('no key is created for a plan that is not there, and the nearest is told', async () => {
  // Limits are for the gateway to judge, which knows its own.
  const plans = await plansFile('{"plans":{"free":{},"enterprise":{"pageSize":1e9}}}');
  const none = { code: 2, stdout: '', isMade: false };
  expect(await createKey('entreprise', plans)).toEqual({
    ...none,
    stderr: `--plan: expected a plan of ${plans}, got "entreprise" (did you mean "enterprise"?)\n`,
  });
  expect(await createKey('constructor', plans)).toEqual({
    ...none,
    stderr: `--plan: expected a plan of ${plans}, got "constructor" (it has free, enterprise)\n`,
  });
  expect(await createKey('enterprise', plans)).toMatchObject({ code: 0, stderr: '', isMade: true });
});

test.each([
  ['is not there', undefined, /expected a file that can be read, got ENOENT/],
  ['is no JSON', '{"plans":', /expected JSON, got text that is not/],
  ['has no plans', '{"plan":{}}', /plans: expected an object of plans, got nothing/],
])('no key is created while the plans file %s', async (_what, text, told) => {
  const plans = text === undefined ? join(folder, 'none.json') : await plansFile(text);
  const { stderr, ...rest } = await createKey('free', plans);
  expect(rest).toEqual({ code: 1, stdout: '', isMade: false });
  expect(stderr).toMatch(told);
  expect(stderr).not.toMatch(/^ +at /m);
});
