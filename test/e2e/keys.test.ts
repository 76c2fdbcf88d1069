import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, expect, inject, onTestFinished, test, vi } from 'vitest';

import { createKeyring } from '../../src/callers/keys/keyring.ts';
import { hashOf } from '../../src/callers/keys/key.ts';
import { recordingLog } from '../support/recording-log.ts';
import { redisKinds } from '../support/redis-kinds.ts';

/** `npm run keys` as a process. */

// Some of these start a dozen processes, on machines that are busy.
vi.setConfig({ testTimeout: 90_000 });

const root = resolve(import.meta.dirname, '../..');
const fromSource = ['--import', 'tsx', 'src/callers/keys/cli.ts'];

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-keys-'));
  path = join(folder, 'keys.json');
  return () => rm(folder, { recursive: true });
});

/** With no environment but the one given, and the file of this test. */
async function keys(
  args: readonly string[],
  {
    env = { KEYS_FILE: path },
    program = fromSource,
  }: { env?: Record<string, string>; program?: string[] } = {},
) {
  const child = spawn(process.execPath, [...program, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

const create = (...more: string[]) =>
  keys(['create', '--name', 'Mobile app', '--plan', 'pro', ...more]);

test('a key is printed once, alone, and is found', async () => {
  const { code, stdout, stderr } = await create('--expires', '2999-01-01');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^assay_[a-z0-9]{8}_[\w-]{49}\n$/)]);
  const key = stdout.trim();
  expect(stderr).toBe(
    `A key for Mobile app with plan pro until 2999-01-01T00:00:00.000Z, prefix ${key.slice(6, 14)}.\n` +
      'It is not shown again: only its hash is kept.\n',
  );
  const keyring = createKeyring({ source: { kind: 'file', path }, log: recordingLog().log });
  onTestFinished(keyring.close);
  await keyring.ready;
  expect(keyring.find(key)).toMatchObject({
    kind: 'ok',
    record: { name: 'Mobile app', plan: 'pro' },
  });

  const hash = hashOf(key);
  for (const args of [['list'], ['list', '--json'], ['revoke', key.slice(6, 14)]]) {
    const said = await keys(args);
    expect(said.stdout + said.stderr).not.toContain(key.slice(15));
    expect(said.stdout + said.stderr).not.toContain(hash);
  }
});

test('--quiet says nothing but the key', async () => {
  const made = await create('--quiet');
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const rotated = await keys(['rotate', made.stdout.slice(6, 14), '--quiet']);
  expect(rotated).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^assay_\S{58}\n$/),
    stderr: '',
  });
});

test('a life: created, listed, rotated, revoked, and revoked again', async () => {
  expect(await keys(['list'], { env: { KEYS_FILE: path } })).toMatchObject({ code: 1, stdout: '' });
  const old = (await create()).stdout.slice(6, 14);
  const rotated = await keys(['rotate', old, '--grace', '0s']);
  const fresh = rotated.stdout.slice(6, 14);
  expect(rotated.stderr).toMatch(
    new RegExp(
      `^A new key for Mobile app with plan pro, prefix ${fresh}\\.\n${old} works until \\S+Z\\. The new key is not shown again\\.\n$`,
    ),
  );
  expect(await keys(['rotate', old])).toEqual({
    code: 1,
    stdout: '',
    stderr: `${old} was replaced by ${fresh}: rotate that one\n`,
  });

  const revoked = await keys(['revoke', fresh]);
  expect(revoked).toEqual({
    code: 0,
    stdout: '',
    stderr: expect.stringMatching(
      new RegExp(`^${fresh} \\(Mobile app\\) is revoked since \\S+Z\\.\n$`),
    ),
  });
  expect(await keys(['revoke', fresh])).toEqual(revoked);

  const listed = await keys(['list', '--json']);
  expect(JSON.parse(listed.stdout)).toEqual([
    {
      prefix: old,
      name: 'Mobile app',
      plan: 'pro',
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
      replacedBy: fresh,
      state: 'expired',
    },
    {
      prefix: fresh,
      name: 'Mobile app',
      plan: 'pro',
      createdAt: expect.any(String),
      revokedAt: expect.any(String),
      state: 'revoked',
    },
  ]);
  const table = (await keys(['list'])).stdout.split('\n');
  expect(table[0]).toMatch(/^prefix +name +plan +state +created +expires +revoked +replaced by$/);
  expect(table[1]).toMatch(
    new RegExp(`^${old} +Mobile app +pro +expired +\\S+Z +\\S+Z +- +${fresh}$`),
  );
  expect(table[2]).toMatch(new RegExp(`^${fresh} +Mobile app +pro +revoked +\\S+Z +- +\\S+Z +-$`));
});

test('runs at the same time lose nothing', async () => {
  const made = await Promise.all(Array.from({ length: 6 }, () => create('--quiet')));
  expect(made.map(({ code }) => code)).toEqual(Array(6).fill(0));
  expect(JSON.parse((await keys(['list', '--json'])).stdout)).toHaveLength(6);
});

test.each(redisKinds)(
  '%s of REDIS_URL keeps them as well, and --redis says so beside a file',
  async (_kind, start) => {
    const redis = await start();
    onTestFinished(redis.stop);
    const env = { REDIS_URL: redis.url };
    const made = await keys(['create', '--name', 'B', '--plan', 'free', '--quiet'], { env });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const listed = await keys(['list', '--json', '--redis'], { env: { ...env, KEYS_FILE: path } });
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { prefix: made.stdout.slice(6, 14), name: 'B' },
    ]);
  },
);

test('a Redis that wants another password, or is not there, is told without it', async () => {
  const { host } = new URL(inject('redisUrl'));
  for (const [url, told] of [
    [
      'redis://:hunter2@127.0.0.1:2',
      /^Redis at 127\.0\.0\.1:2 cannot be reached \(.*ECONNREFUSED.*\): see REDIS_URL\n$/,
    ],
    [
      'redis+sentinel://:hunter2@127.0.0.1:2,127.0.0.1:3/mymaster?sentinel_password=hunter2',
      /^Redis at 127\.0\.0\.1:2,127\.0\.0\.1:3 cannot be reached \(All sentinels are unreachable.*\): see REDIS_URL\n$/,
    ],
    [
      'redis+cluster://:hunter2@127.0.0.1:2,127.0.0.1:3',
      /^Redis at 127\.0\.0\.1:2,127\.0\.0\.1:3 cannot be reached \(.*\): see REDIS_URL\n$/,
    ],
    [
      `redis://nobody:hunter2@${host}`,
      /^Redis at \S+ cannot be reached \(WRONGPASS.*\): see REDIS_URL\n$/,
    ],
  ] as const) {
    const { code, stdout, stderr } = await keys(['list'], { env: { REDIS_URL: url } });
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(told)]);
    expect(stderr).not.toContain('hunter2');
  }
});

test.each<[args: string[], env: Record<string, string>, told: RegExp]>([
  [['list'], {}, /^expected where keys are: KEYS_FILE or REDIS_URL, or --file <path>\n$/],
  [
    ['list'],
    { REDIS_URL: 'http://:hunter2@x' },
    /^REDIS_URL: expected a URL that starts with redis/,
  ],
  [['list', '--redis'], { KEYS_FILE: 'x' }, /^--redis: expected REDIS_URL to say where/],
  [['create', '--plan', 'x'], {}, /^--name: expected a name, and it is missing\n$/],
  [
    ['revoke', `assay_abcd1234_${'x'.repeat(49)}`],
    {},
    /^revoke: got a whole key; expected its prefix only/,
  ],
])('%j with %j is a mistake of who typed it: 2', async (args, env, told) => {
  const { code, stdout, stderr } = await keys(args, { env });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.split('\n')).toHaveLength(2);
  expect(stderr).toMatch(told);
  expect(stderr).not.toMatch(/hunter2|xxxx/);
});

test('what cannot be done is told in a line, without a stack: 1', async () => {
  await create();
  for (const [args, told] of [
    [
      ['revoke', 'zzzz9999'],
      'zzzz9999 is no prefix of a key here: npm run keys -- list shows them\n',
    ],
    [['list', '--file', folder], `${folder}: cannot be read (EISDIR)\n`],
    [
      ['create', '--name', 'A', '--plan', 'x', '--file', join(folder, 'no', 'keys.json')],
      `${join(folder, 'no', 'keys.json')}: cannot be locked (ENOENT)\n`,
    ],
  ] as const) {
    expect(await keys(args)).toEqual({ code: 1, stdout: '', stderr: told });
  }
  await writeFile(path, '{"version":1,"keys":[{"plan":1}, 2]}');
  const { code, stderr } = await keys(['list']);
  expect([code, stderr.split('\n').length]).toEqual([1, 7]);
});

test('--help tells how to use it', async () => {
  expect(await keys(['--help'], { env: {} })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Usage: npm run keys/),
  });
});

test('it is built with the rest and needs nothing that is for development', async () => {
  const dist = join(folder, 'dist');
  // Modules are found from where they lie.
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const project = join(folder, 'tsconfig.json');
  const compilerOptions = {
    outDir: dist,
    rootDir: join(root, 'src'),
    noEmitOnError: false,
    incremental: false,
    tsBuildInfoFile: null,
  };
  await writeFile(
    project,
    JSON.stringify({
      extends: join(root, 'tsconfig.build.json'),
      compilerOptions,
      include: [],
      files: [join(root, 'src/callers/keys/cli.ts')],
    }),
  );
  const built = spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' });
  expect([built.status, built.stdout]).toEqual([0, '']);
  const program = [join(dist, 'callers/keys/cli.js')];
  const { code, stdout } = await keys(['create', '--name', 'A', '--plan', 'x', '--quiet'], {
    program,
  });
  expect(code).toBe(0);
  expect(await readFile(path, 'utf8')).toContain(hashOf(stdout.trim()));
});
