import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { dayOf } from './src/calendar.ts';
import {
  compareVersions,
  isMajor,
  isVersion,
  releasedFolder,
  releasedText,
} from './test/contract/released-schemas.ts';
import { checkPublishedSchema, publishedSdl, report } from './test/contract/schema-check.ts';

/**
 * Makes a release of what is committed: `npm run release -- <version>`. It writes files and prints
 * the commands that publish them; it runs none of those.
 */

const root = new URL('./', import.meta.url);
const unreleased = '## Unreleased\n';

/** What a release is made from. */
interface State {
  readonly version: string | undefined;
  readonly current: string;
  /** What `git status --porcelain` prints. */
  readonly changes: string;
  /** Of the check of the schema. */
  readonly problems: readonly string[];
  readonly changelog: string;
}

/** Why there can be no release, or nothing. */
export function refusalOf(state: State): string | undefined {
  const { version, current, changes, problems, changelog } = state;
  if (version === undefined || !isVersion(version)) {
    return 'release takes a version of three numbers: npm run release -- 1.2.3';
  }
  if (compareVersions(version, current) <= 0) return `${version} is not newer than ${current}`;
  if (changes !== '') return `there is work that is not committed:\n${changes}`;
  if (problems.length > 0 && !isMajor(version, current)) {
    return `the schema breaks what ${current} promised, which takes a new first number`;
  }
  if (unreleasedOf(changelog) === '') return 'CHANGELOG.md tells nothing under Unreleased';
  return undefined;
}

/** The changelog with what was unreleased under its version and day. */
export function releasedChangelog(changelog: string, version: string, day: string): string {
  return changelog.replace(unreleased, () => `${unreleased}\n## ${version} - ${day}\n`);
}

function unreleasedOf(changelog: string): string {
  const [, after = ''] = changelog.split(unreleased);
  return (after.split(/^## /m)[0] ?? '').trim();
}

interface PackageFile {
  version: string;
  packages?: { '': { version: string } };
}

/** A package.json or a lockfile with another version. */
export function withVersion(text: string, version: string): string {
  const file = JSON.parse(text) as PackageFile;
  file.version = version;
  if (file.packages) file.packages[''].version = version;
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** A file of `deploy` that runs the image of another version, or tells how to. */
export const withImage = (text: string, version: string): string =>
  text.replaceAll(/(image: assay:|newTag: )\S+/g, `$1${version}`);

/** The files that name the image. */
const deployed = [
  'deploy/compose.yaml',
  'deploy/kubernetes/deployment.yaml',
  'deploy/README.md',
] as const;

/** What is left to do, by hand. */
export function commandsOf(version: string): readonly string[] {
  return [
    'git add CHANGELOG.md package.json package-lock.json schema/released deploy',
    `git commit -m "chore(release): ${version}"`,
    `git tag -a v${version} -m ${version}`,
    // Where images are kept is not written down here: the shell knows it.
    `docker build -t "$REGISTRY/assay:${version}" .`,
    `docker push "$REGISTRY/assay:${version}"`,
    'git push --follow-tags',
  ];
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const file = new URL(path, root);
  await writeFile(file, change(await readFile(file, 'utf8')));
}

async function main([version, ...more]: readonly string[]): Promise<number> {
  const today = dayOf(Date.now());
  const { stdout: changes } = await promisify(execFile)('git', ['status', '--porcelain'], {
    cwd: root,
  });
  const manifest = await readFile(new URL('package.json', root), 'utf8');
  const { last, ...findings } = await checkPublishedSchema(today);
  const refusal = refusalOf({
    version: more.length === 0 ? version : undefined,
    current: (JSON.parse(manifest) as PackageFile).version,
    changes: changes.trimEnd(),
    problems: findings.problems,
    changelog: await readFile(new URL('CHANGELOG.md', root), 'utf8'),
  });
  console.log(report(findings, last));
  if (refusal !== undefined || version === undefined) {
    console.error(`No release: ${refusal}`);
    return 1;
  }
  await edit('package.json', (text) => withVersion(text, version));
  await edit('package-lock.json', (text) => withVersion(text, version));
  await edit('CHANGELOG.md', (text) => releasedChangelog(text, version, today));
  for (const path of deployed) await edit(path, (text) => withImage(text, version));
  await writeReleasedSchema(version, today);
  console.log(`\n${version} is ready. To publish it:\n`);
  for (const command of commandsOf(version)) console.log(`  ${command}`);
  return 0;
}

async function writeReleasedSchema(version: string, day: string): Promise<void> {
  const file = new URL(`${version}.graphql`, releasedFolder);
  const style = await resolveConfig(file);
  const text = releasedText(publishedSdl(), version, day);
  await writeFile(file, await format(text, { ...style, parser: 'graphql' }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  });
}
