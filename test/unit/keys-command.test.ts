import { expect, test } from 'vitest';

import { parseCommand, UsageError } from '../../src/callers/keys/command.ts';
import { createKey } from '../../src/callers/keys/key.ts';
import { keysSettings } from '../../src/callers/keys/settings.ts';

/** What may be typed after `npm run keys --`, and what is said to all else. */

const nowMs = Date.parse('2026-03-01T00:00:00.000Z');
const parse = (...args: string[]) => parseCommand(args, nowMs);
const create = (...args: string[]) => parse('create', '--name', 'A', '--plan', 'pro', ...args);

test('commands are understood', () => {
  const flags = { file: undefined, redis: undefined };
  const made = { kind: 'create', name: 'A', plan: 'pro', expiresAtMs: undefined, isQuiet: false };
  expect(create()).toEqual({ ...made, flags });
  expect(create('--quiet', '--file', 'k')).toEqual({
    ...made,
    isQuiet: true,
    flags: { ...flags, file: 'k' },
  });
  expect(create('--expires', '2027-01-01')).toMatchObject({ expiresAtMs: Date.UTC(2027, 0, 1) });
  expect(create('--expires', '2027-01-01T12:30Z')).toMatchObject({
    expiresAtMs: Date.UTC(2027, 0, 1, 12, 30),
  });
  expect(parse('list', '--json')).toMatchObject({ kind: 'list', isJson: true });
  expect(parse('revoke', 'abcd1234')).toMatchObject({ kind: 'revoke', prefix: 'abcd1234' });
  expect(parse('rotate', 'abcd1234')).toMatchObject({ graceMs: 86_400_000, isQuiet: false });
  expect(parse('rotate', 'abcd1234', '--grace', '0s')).toMatchObject({ graceMs: 0 });
  expect(parse('rotate', 'abcd1234', '--grace', '90m')).toMatchObject({ graceMs: 5_400_000 });
  expect(parse('rotate', 'abcd1234', '--grace', '90d')).toMatchObject({ graceMs: 90 * 86_400_000 });
  expect(parse('--help')).toMatchObject({ kind: 'help' });
});

test.each<[args: string[], told: RegExp]>([
  [[], /^expected a command: create, list, revoke or rotate, got none$/],
  [['delete'], /^expected a command: .* got "delete"$/],
  [['constructor'], /^expected a command: .* got "constructor"$/],
  [['create', '--plan', 'x'], /^--name: expected a name, and it is missing$/],
  [['create', '--name', 'x'], /^--plan: expected the name of a plan, and it is missing$/],
  [
    ['create', '--name', '  ', '--plan', 'x'],
    /^--name: expected a name, got an empty one, got " {2}"$/,
  ],
  [
    ['create', '--name', 'x'.repeat(101), '--plan', 'x'],
    /^--name: expected at most 100 .*, got 101 char/,
  ],
  [['create', '--name', 'a\u001b[2J', '--plan', 'x'], /^--name: expected no control or invisible/],
  [
    ['create', '--name', 'x', '--plan', 'a b'],
    /^--plan: expected the name of a plan: .* got "a b"$/,
  ],
  [
    ['create', '--name', 'x', '--plan', 'Pro'],
    /^--plan: expected the name of a plan: 1 to 40 of a-z, 0-9 and -, got "Pro"$/,
  ],
  [
    ['create', '--name', 'x', '--plan', 'y', 'z'],
    /^create: expected nothing more, got "z"; names need quotes$/,
  ],
  [['create', '--name', 'x', '--plan', 'y', '--json'], /^create takes no --json$/],
  [
    ['create', '--name', 'x', '--plan', 'y', '--expires', 'soon'],
    /^--expires: expected a day .*, got "soon"$/,
  ],
  [
    ['create', '--name', 'x', '--plan', 'y', '--expires', '2027-02-30'],
    /^--expires: .* got "2027-02-30"$/,
  ],
  [
    ['create', '--name', 'x', '--plan', 'y', '--expires', '2027-13-01'],
    /^--expires: .* got "2027-13-01"$/,
  ],
  [
    ['create', '--name', 'x', '--plan', 'y', '--expires', '2026-03-01'],
    /^--expires: expected a time to come/,
  ],
  [['list', 'all'], /^list: expected nothing more, got "all"/],
  [['list', '--quiet'], /^list takes no --quiet$/],
  [['list', '--jsno'], /^Unknown option '--jsno'/],
  [['revoke'], /^revoke: expected the prefix of a key, got none; list shows them$/],
  [
    ['revoke', 'abc'],
    /^revoke: expected the prefix of a key, 8 characters of a-z and 0-9, got "abc"$/,
  ],
  [['revoke', 'abcd1234', 'abcd1235'], /^revoke: expected nothing more, got "abcd1235"/],
  [
    ['rotate', 'abcd1234', '--grace', '1w'],
    /^--grace: expected a duration as 90m, 24h or 7d, at most 90d, got "1w"$/,
  ],
  [['rotate', 'abcd1234', '--grace', '91d'], /^--grace: .* got "91d"$/],
  [['rotate', 'abcd1234', '--grace=-1h'], /^--grace: .* got "-1h"$/],
])('%j is told what was expected', (args, told) => {
  expect(() => parse(...args)).toThrow(UsageError);
  expect(() => parse(...args)).toThrow(told);
});

const { key } = createKey();

test('a whole key where a prefix belongs is refused, and the prefix asked for', () => {
  for (const command of ['revoke', 'rotate']) {
    const told = `${command}: got a whole key; expected its prefix only, the 8 characters after "assay_"`;
    for (const typed of [key, key.slice(0, 30)]) expect(() => parse(command, typed)).toThrow(told);
  }
});

test.each([
  [key],
  ['revoke', key],
  ['revoke', 'abcd1234', key],
  ['list', `--${key}`],
  ['list', '--redis', 'redis://:hunter2@host'],
  ['list', '--redis=redis://:hunter2@host'],
  ['list', '--redis://:hunter2@host'],
  ['create', '--plan', 'x', '--name', key],
  ['create', '--name', 'x', '--plan', key],
  ['create', '--name', 'x', '--plan', 'y', '--expires', key],
  ['rotate', 'abcd1234', '--grace', key],
])('a secret in the wrong place is not repeated: %#', (...args) => {
  const message = (() => {
    try {
      parse(...args);
    } catch (error) {
      return String(error);
    }
    throw new Error('expected a refusal');
  })();
  expect(message).toMatch(/Error: ./);
  expect(message).not.toMatch(/hunter2/);
  expect(message).not.toContain(key.slice(0, 20));
});

test('keys are where the flags say, else in the file, else in Redis', () => {
  const env = { KEYS_FILE: 'a.json', REDIS_URL: 'redis://r' };
  expect(keysSettings(env)).toEqual({ kind: 'file', path: 'a.json' });
  expect(keysSettings(env, { file: 'b.json' })).toEqual({ kind: 'file', path: 'b.json' });
  expect(keysSettings(env, { redis: true })).toEqual({ kind: 'redis', url: 'redis://r' });
  expect(keysSettings({ ...env, KEYS_FILE: '' })).toEqual({ kind: 'redis', url: 'redis://r' });
  expect(keysSettings({ KEYS_FILE: '', REDIS_URL: '' })).toBeUndefined();
});

test('a contradiction about where keys are is told, without the URL', () => {
  expect(() => keysSettings({}, { file: 'a', redis: true })).toThrow(
    '--file and --redis: expected one',
  );
  expect(() => keysSettings({}, { file: '' })).toThrow('--file: expected a path');
  expect(() => keysSettings({}, { redis: true })).toThrow('expected REDIS_URL to say where');
  for (const REDIS_URL of ['http://:hunter2@host', 'hunter2']) {
    expect(() => keysSettings({ REDIS_URL })).toThrow(
      /^REDIS_URL: expected a URL that starts with redis:\/\/, [^@]*$/,
    );
  }
});
