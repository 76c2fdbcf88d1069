import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSchema, findBreakingChanges } from 'graphql';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { refusalOf, releasedChangelog, withVersion } from '../../release.ts';
import { dayOf } from '../../src/calendar.ts';
import { loadReleasedSchemas, readReleasedSchema } from './released-schemas.ts';

// One of these starts a dozen processes, on machines that are busy.
vi.setConfig({ testTimeout: 90_000 });

const root = resolve(import.meta.dirname, '../..');
const changelog = '# Changelog\n\n## Unreleased\n\n### Added\n\n- News.\n\n## 0.1.0 - 2026-01-01\n';

describe('a release is refused', () => {
  const state = { version: '0.2.0', current: '0.1.9', changes: '', problems: [], changelog };

  test.each([
    ['without a version', { version: undefined }, 'takes a version of three numbers'],
    ['under a name', { version: 'next' }, 'takes a version of three numbers'],
    ['backwards', { version: '0.1.8' }, '0.1.8 is not newer than 0.1.9'],
    ['twice', { version: '0.1.9' }, '0.1.9 is not newer than 0.1.9'],
    ['with work under way', { changes: ' M src/app.ts' }, 'not committed:\n M src/app.ts'],
    ['with a schema that breaks', { problems: ['Token.price was removed.'] }, 'breaks what 0.1.9'],
    [
      'without news',
      { changelog: changelog.replace('### Added\n\n- News.\n', '') },
      'CHANGELOG.md tells nothing under Unreleased',
    ],
  ])('%s', (_what, more, reason) => {
    expect(refusalOf({ ...state, ...more })).toContain(reason);
  });

  test('and otherwise not; a new first number may break the schema', () => {
    expect(refusalOf(state)).toBeUndefined();
    const problems = ['Token.price was removed.'];
    expect(refusalOf({ ...state, problems, version: '1.0.0' })).toBeUndefined();
  });
});

test('each release has its place in the changelog, and the last is the version of the package', async () => {
  const told = await readFile(join(root, 'CHANGELOG.md'), 'utf8');
  const released = (await loadReleasedSchemas()).map(({ version, day }) => `${version} - ${day}`);
  expect([...told.matchAll(/^## (\d.*)$/gm)].map(([, heading]) => heading)).toEqual(
    released.reverse(),
  );
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  expect(released[0]).toMatch(new RegExp(`^${version} - `));
});

test('the changelog has the news under the version, and room for more above it', () => {
  expect(releasedChangelog(changelog, '0.2.0', '2026-12-01')).toBe(
    changelog.replace('## Unreleased', '## Unreleased\n\n## 0.2.0 - 2026-12-01'),
  );
});

test.each(['package.json', 'package-lock.json'])('in %s only the version changes', async (file) => {
  const text = await readFile(join(root, file), 'utf8');
  const released = withVersion(text, '99.0.0').split('\n');
  const changed = text.split('\n').filter((line, at) => line !== released[at]);
  expect(released).toHaveLength(text.split('\n').length);
  expect(new Set(changed.map((line) => line.trim()))).toEqual(
    new Set([expect.stringMatching(/^"version": "\d+\.\d+\.\d+",$/)]),
  );
  expect(changed).toHaveLength(file === 'package.json' ? 1 : 2);
});

test('as a command, in a repository: refused, made, and refused where the schema breaks', async () => {
  const folder = await copyOfRepository();
  const run = (command: string, ...args: readonly string[]) => {
    const identity = ['-c', 'user.name=A', '-c', 'user.email=a@b.invalid'];
    const given = command === 'git' ? [...identity, ...args] : args;
    const { status, stdout, stderr } = spawnSync(command, given, {
      ...{ cwd: folder, encoding: 'utf8' as const },
      // Of this environment nothing that names another repository, or how commits are made there.
      env: { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null' },
    });
    return { status, stdout, stderr };
  };
  const release = (version: string) =>
    run(process.execPath, '--import', 'tsx', 'release.ts', version);
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  const edit = async (file: string, change: (text: string) => string) => {
    await writeFile(join(folder, file), change(await read(file)));
  };
  const commit = () => {
    expect(run('git', 'add', '-A').status).toBe(0);
    expect(run('git', 'commit', '-qm', 'work').status).toBe(0);
  };
  run('git', 'init', '-q');
  await writeFile(join(folder, '.git/info/exclude'), 'node_modules\n');
  await edit('CHANGELOG.md', () => changelog);
  commit();
  const { version: before } = JSON.parse(await read('package.json'));
  const [major] = before.split('.').map(Number);
  const [next, later] = [`${major}.999.0`, `${major}.999.1`];

  await edit('CHANGELOG.md', (text) => `${text}\n`);
  const refused = release(next);
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('CHANGELOG.md') });
  expect(run('git', 'status', '--porcelain').stdout).toBe(' M CHANGELOG.md\n');
  run('git', 'checkout', '-q', 'CHANGELOG.md');

  const made = release(next);
  expect(made).toMatchObject({ status: 0, stderr: '' });
  expect(made.stdout).toContain('The schema keeps what was promised.');
  expect(made.stdout).toMatch(
    new RegExp(`git commit -m "chore\\(release\\): ${next}"\n +git tag -a v${next} `),
  );
  expect(made.stdout).toContain(
    `docker build -t "$REGISTRY/assay:${next}" .\n  docker push "$REGISTRY/assay:${next}"\n`,
  );
  expect(run('git', 'status', '--porcelain').stdout.split('\n').sort()).toEqual([
    '',
    ' M CHANGELOG.md',
    ' M deploy/README.md',
    ' M deploy/compose.yaml',
    ' M deploy/kubernetes/deployment.yaml',
    ' M package-lock.json',
    ' M package.json',
    `?? schema/released/${next}.graphql`,
  ]);
  expect(await read('CHANGELOG.md')).toContain(`## Unreleased\n\n## ${next} - 2`);
  expect(JSON.parse(await read('package.json')).version).toBe(next);
  expect(JSON.parse(await read('package-lock.json')).packages[''].version).toBe(next);
  expect(await read('deploy/compose.yaml')).toContain(`image: assay:${next}\n`);
  expect(await read('deploy/kubernetes/deployment.yaml')).toContain(`image: assay:${next}\n`);
  expect(await read('deploy/README.md')).toContain(`newTag: ${next} }\n`);
  const released = readReleasedSchema(
    `${next}.graphql`,
    await read(`schema/released/${next}.graphql`),
  );
  const today = Date.now();
  expect([dayOf(today), dayOf(today - 24 * 3600 * 1000)]).toContain(released.day);
  const published = buildSchema(await read('schema/schema.graphql'));
  expect(findBreakingChanges(released.schema, published)).toEqual([]);
  expect(findBreakingChanges(published, released.schema)).toEqual([]);

  await edit('CHANGELOG.md', (text) => text.replace('## Unreleased\n', '$&\n- More.\n'));
  await edit('src/graph/tm-grade.ts', (text) =>
    text.replace('tmGrade: t.field(', 'renamed: t.field('),
  );
  commit();
  const checked = run(process.execPath, '--import', 'tsx', 'test/contract/schema-check.ts');
  expect(checked.status).toBe(1);
  expect(checked.stdout).toMatch(new RegExp(`^Compared with ${next}, released `));
  expect(checked.stdout).toMatch(
    /Token\.tmGrade was removed\. Release \S+ did not deprecate it\. Breaks .*web-1\.1\.0 \(Home/,
  );
  expect(release(later)).toMatchObject({
    status: 1,
    stderr: `No release: the schema breaks what ${next} promised, which takes a new first number\n`,
  });
});

/** What a release is made of, in a folder of its own. */
async function copyOfRepository(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-release-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const parts = [
    ...['release.ts', 'codegen.ts', 'package.json', 'package-lock.json', 'CHANGELOG.md'],
    ...['.prettierrc.json', 'tsconfig.json', 'src', 'schema', 'test/contract'],
    ...['test/fixtures', 'deploy'],
  ];
  for (const part of parts) await cp(join(root, part), join(folder, part), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}
