import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';

import { creation, revocation, rotation } from '../../src/callers/keys/edits.ts';
import { createFileStore } from '../../src/callers/keys/file-store.ts';
import { createKeyring } from '../../src/callers/keys/keyring.ts';
import { KeysError } from '../../src/callers/keys/record.ts';
import { recordingLog } from '../support/recording-log.ts';

/** Keys in a file: who writes it, who reads it, and what is wrong with it. */

const root = resolve(import.meta.dirname, '../..');
const deadline = { timeout: 10_000, interval: 5 };

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-keys-'));
  path = join(folder, 'keys.json');
  return () => rm(folder, { recursive: true });
});

const make = (name = 'A') =>
  createFileStore(path).change(creation({ name, plan: 'pro' }, Date.now()));
const revoke = (prefix: string) => createFileStore(path).change(revocation(prefix, Date.now()));

/** Writes as an editor that is careful does: nobody sees the half of it. */
async function place(text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

/** Hours between polls unless it is the poll that is looked at. */
function open({ pollMs = 3_600_000 } = {}) {
  const { log, lines } = recordingLog();
  const keyring = createKeyring({ source: { kind: 'file', path }, log, pollMs });
  onTestFinished(keyring.close);
  return { keyring, lines, errors: () => lines.filter(({ level }) => level === 'error') };
}

const problemsOf = async (work: Promise<unknown>): Promise<readonly string[]> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KeysError)) throw new Error(`expected a KeysError, got ${String(error)}`);
  return error.problems;
};

test('the file is for its owner alone, and nothing else is left beside it', async () => {
  await make();
  await make();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['keys.json']);
});

test('a file that was open to others is closed to them by the next write', async () => {
  await make();
  await chmod(path, 0o644);
  await make();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test.runIf(process.getuid?.() === 0)(
  'an edit by root leaves the file to the user of the gateway',
  async () => {
    const { chown } = await import('node:fs/promises');
    await make();
    await chown(path, 1234, 1235);
    await make();
    expect(await stat(path)).toMatchObject({ uid: 1234, gid: 1235 });
  },
);

test('a key itself is nowhere in the file', async () => {
  const { key } = await make();
  expect(await readFile(path, 'utf8')).not.toContain(key.slice(15, 40));
});

test('the file is replaced and never written into: who has it open reads the old one whole', async () => {
  await make();
  const before = await stat(path);
  const { open } = await import('node:fs/promises');
  const handle = await open(path);
  onTestFinished(() => handle.close());
  const text = await readFile(path, 'utf8');
  await make();
  expect((await stat(path)).ino).not.toBe(before.ino);
  expect(await handle.readFile('utf8')).toBe(text);
});

test('a link stays a link', async () => {
  const real = join(folder, 'elsewhere');
  await mkdir(real);
  await writeFile(join(real, 'real.json'), '{"version":1,"keys":[]}');
  await symlink(join(real, 'real.json'), path);
  await make();
  expect(JSON.parse(await readFile(join(real, 'real.json'), 'utf8')).keys).toHaveLength(1);
  expect(await readdir(real)).toEqual(['real.json']);
});

test('processes that create at the same time lose nothing', async () => {
  const script = `
    import { creation } from './src/callers/keys/edits.ts';
    import { createFileStore } from './src/callers/keys/file-store.ts';
    const store = createFileStore(${JSON.stringify(path)});
    await Promise.all(Array.from({ length: 10 }, (_, at) =>
      store.change(creation({ name: process.pid + ' ' + at, plan: 'pro' }, Date.now()))));`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  onTestFinished(() => children.forEach((child) => void child.kill('SIGKILL')));
  const ends = await Promise.all(children.map((child) => once(child, 'close')));
  expect(ends.map(([code]) => code)).toEqual([0, 0, 0, 0]);
  const { keys } = JSON.parse(await readFile(path, 'utf8'));
  expect(new Set(keys.map(({ name }: { name: string }) => name)).size).toBe(40);
  expect(await readdir(folder)).toEqual(['keys.json']);
});

test('the lock of a run that died is broken, once, by all who wait', async () => {
  await make();
  await writeFile(`${path}.lock`, '');
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(`${path}.lock`, longAgo, longAgo);
  await Promise.all(Array.from({ length: 20 }, (_, at) => make(String(at))));
  expect(JSON.parse(await readFile(path, 'utf8')).keys).toHaveLength(21);
  expect(await readdir(folder)).toEqual(['keys.json']);
});

test('a lock that is held is respected, and named when patience ends', async () => {
  await make();
  const text = await readFile(path, 'utf8');
  await writeFile(`${path}.lock`, '');
  const store = createFileStore(path, { patienceMs: 50 });
  const problems = await problemsOf(store.change(creation({ name: 'B', plan: 'pro' }, 0)));
  expect(problems).toEqual([
    `${path}.lock: is held by another run: wait for it, or delete it if none runs`,
  ]);
  expect(await readFile(path, 'utf8')).toBe(text);
  expect(await readdir(folder)).toEqual(['keys.json', 'keys.json.lock']);
});

test('a run that lost its lock while it worked writes nothing, and leaves the lock of the other', async () => {
  await make();
  const text = await readFile(path, 'utf8');
  const { writeFileSync, unlinkSync } = await import('node:fs');
  const slow = createFileStore(path).change(() => {
    unlinkSync(`${path}.lock`);
    writeFileSync(`${path}.lock`, 'other');
    return creation({ name: 'B', plan: 'pro' }, 0)(new Map());
  });
  expect(await problemsOf(slow)).toEqual([
    `${path}.lock: this run was too slow and lost it: try again`,
  ]);
  expect(await readFile(path, 'utf8')).toBe(text);
  expect(await readFile(`${path}.lock`, 'utf8')).toBe('other');
});

test('an edit that is refused frees the lock and changes nothing', async () => {
  await make();
  const before = await stat(path);
  expect(await problemsOf(revoke('zzzz9999'))).toHaveLength(1);
  expect((await stat(path)).ino).toBe(before.ino);
  expect(await readdir(folder)).toEqual(['keys.json']);
});

test('a file with mistakes is not written over', async () => {
  await writeFile(path, '{"version":1,"keys":[{}]}');
  expect((await problemsOf(make())).length).toBeGreaterThan(1);
  expect(await readFile(path, 'utf8')).toBe('{"version":1,"keys":[{}]}');
});

const good = {
  prefix: 'aaaa1111',
  hash: '0'.repeat(64),
  name: 'A',
  plan: 'pro',
  createdAt: '2026-01-01T00:00:00Z',
};

test('every mistake is told with its place, and no value that may be a secret', async () => {
  const secret = 'f00d'.repeat(16);
  const keys = [
    good,
    { ...good, name: 'B' },
    { ...good, prefix: 'bbbb2222', expiersAt: '2026-01-01T00:00:00Z', hash: secret.slice(1) },
    {
      ...good,
      prefix: 'CCCC3333',
      createdAt: '1 May',
      revokedAt: 5,
      [`assay_dddd4444_${secret}`]: 1,
    },
    'aaaa1111',
    {
      ...good,
      prefix: 'eeee5555',
      name: ' ',
      plan: '',
      expiresAt: '2026-02-30T00:00:00Z',
      replacedBy: 'x',
    },
  ];
  await writeFile(path, JSON.stringify({ version: 1, keys }));
  const problems = await problemsOf(open().keyring.ready);
  expect(problems).toEqual([
    'keys.json: keys[1].prefix: aaaa1111 is there twice: expected each prefix once',
    'keys.json: keys[2].hash: expected 64 characters of hex',
    'keys.json: keys[2]: unknown field "expiersAt"',
    'keys.json: keys[3].prefix: expected 8 characters of a-z and 0-9',
    'keys.json: keys[3].createdAt: expected a time in UTC as 2027-01-01T00:00:00Z',
    'keys.json: keys[3].revokedAt: expected a time in UTC as 2027-01-01T00:00:00Z',
    'keys.json: keys[3]: unknown field with an odd name',
    'keys.json: keys[4]: expected an object',
    'keys.json: keys[5].name: expected a name, got an empty one',
    'keys.json: keys[5].plan: expected the name of a plan: 1 to 40 of a-z, 0-9 and -',
    'keys.json: keys[5].expiresAt: expected a time in UTC as 2027-01-01T00:00:00Z',
    'keys.json: keys[5].replacedBy: expected 8 characters of a-z and 0-9',
  ]);
});

test.each([
  ['', /^keys\.json: is empty: expected JSON$/],
  ['{"version":1,"keys":[{"hash":"f00d', /^keys\.json: is no JSON[^f0]*$/],
  [
    '{"version":1,\n "keys":["f00d";]}',
    /^keys\.json(:2:16: is no JSON from here on|: is no JSON)$/,
  ],
  ['[]', /^keys\.json: expected \{ "version": 1, "keys": \[ … \] \}$/],
  ['{"version":2,"keys":[]}', /: expected \{ "version": 1,/],
  ['{"version":1,"keys":{}}', /: expected \{ "version": 1,/],
])('a file that holds %j is refused at the start', async (text, told) => {
  await writeFile(path, text);
  expect(await problemsOf(open().keyring.ready)).toEqual([expect.stringMatching(told)]);
});

test('a file that is not there is refused at the start, and so is a folder', async () => {
  expect(await problemsOf(open().keyring.ready)).toEqual([
    'keys.json: does not exist: expected a file of keys; npm run keys -- create makes it',
  ]);
  await mkdir(path);
  expect(await problemsOf(open().keyring.ready)).toEqual(['keys.json: cannot be read (EISDIR)']);
});

test.each([
  ['watching', {}],
  ['the poll alone', { pollMs: 20 }],
])('keys are created, rotated and revoked without a restart, by %s', async (how, options) => {
  if (how !== 'watching') {
    // What changes behind a link to another folder is not seen by who watches this one.
    await mkdir(join(folder, 'elsewhere'));
    await writeFile(join(folder, 'elsewhere', 'real.json'), '{"version":1,"keys":[]}');
    await symlink(join(folder, 'elsewhere', 'real.json'), path);
  } else await make();
  const { keyring } = open(options);
  await keyring.ready;

  const { key, record } = await make();
  await vi.waitUntil(() => keyring.find(key).kind === 'ok', deadline);
  const rotated = await createFileStore(path).change(
    rotation(record.prefix, { graceMs: 0, nowMs: Date.now() }),
  );
  await vi.waitUntil(() => keyring.find(rotated.key).kind === 'ok', deadline);
  expect(keyring.find(key)).toEqual({ kind: 'expired' });
  await revoke(rotated.record.prefix);
  await vi.waitUntil(() => keyring.find(rotated.key).kind === 'revoked', deadline);
});

test('a change of the same length in the same instant is noticed', async () => {
  const { key, record } = await make();
  const text = await readFile(path, 'utf8');
  const { atime, mtime } = await stat(path);
  const { keyring } = open();
  await keyring.ready;
  await writeFile(path, text.replace(record.prefix, 'zzzz9999'));
  await utimes(path, atime, mtime);
  await keyring.reload();
  expect(keyring.find(key)).toEqual({ kind: 'unknown' });
});

test('a file that is broken later changes nothing, is told once, and is believed again when mended', async () => {
  const { key, record } = await make();
  const text = await readFile(path, 'utf8');
  const { keyring, errors, lines } = open();
  await keyring.ready;
  for (const broken of [text.slice(0, 40), '{"version":1,"keys":[{}]}']) {
    await place(broken);
    for (let again = 0; again < 3; again += 1) await keyring.reload();
    expect(keyring.find(key).kind).toBe('ok');
  }
  await unlink(path);
  for (let again = 0; again < 3; again += 1) await keyring.reload();
  expect(keyring.find(key).kind).toBe('ok');
  expect(errors().map(({ message }) => message)).toEqual(
    Array(3).fill('API keys cannot be used; those of before stay'),
  );

  await place(text);
  await keyring.reload();
  expect(lines.at(-1)).toMatchObject({
    level: 'info',
    message: expect.stringMatching(/can be read again/),
  });
  await unlink(path);
  await keyring.reload();
  expect(errors()).toHaveLength(4);
  await place(text);
  await revoke(record.prefix);
  await keyring.reload();
  expect(keyring.find(key)).toEqual({ kind: 'revoked' });
  const said = JSON.stringify(lines);
  expect(said).toContain('keys.json');
  expect(said).not.toContain(folder);
  expect(said).not.toContain(JSON.parse(text).keys[0].hash);
  expect(said).not.toContain(key);
});

test('keys of plans whose names may no longer be given stay known', async () => {
  const { key } = await make();
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"pro"', '"Pro_Plan"'));
  const { keyring } = open();
  await keyring.ready;
  expect(keyring.find(key)).toMatchObject({ kind: 'ok', record: { plan: 'Pro_Plan' } });
});

test('a file that loses all of its keys closes, and says so loudly', async () => {
  const { key } = await make();
  const { keyring, lines } = open();
  await keyring.ready;
  await place('{"version":1,"keys":[]}');
  await keyring.reload();
  expect(keyring.find(key)).toEqual({ kind: 'unknown' });
  expect(lines.at(-1)).toMatchObject({ level: 'warn', object: { keys: 0 } });
});

test('a closed keyring looks no more, and one that is open keeps no process alive', async () => {
  const { record, key } = await make();
  const { keyring } = open({ pollMs: 5 });
  await keyring.ready;
  keyring.close();
  await revoke(record.prefix);
  await keyring.reload();
  expect(keyring.find(key).kind).toBe('ok');

  const script = `
    import { createKeyring } from './src/callers/keys/keyring.ts';
    const log = { info() {}, warn() {}, error() {} };
    await createKeyring({ source: { kind: 'file', path: ${JSON.stringify(path)} }, log, pollMs: 60_000 }).ready;`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: root,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(await once(child, 'close')).toEqual([0, null]);
});
