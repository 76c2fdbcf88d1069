import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program that tests need: the names it may have on PATH, and the package that brings it. */
export type SystemPackage = {
  readonly name: string;
  readonly programs: readonly string[];
};

export const redisPackage: SystemPackage = {
  name: 'redis-server',
  programs: ['redis-server'],
};

export const chromiumPackage: SystemPackage = {
  name: 'chromium',
  programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
};

/** Paths of the programs, in the order asked; what is missing is installed, in one go. */
export function ensureSystemPackages(wanted: readonly SystemPackage[]): string[] {
  const missing = wanted.filter((one) => !findProgram(one)).map(({ name }) => name);
  if (missing.length > 0) install(missing);
  return wanted.map((one) => {
    const path = findProgram(one);
    if (!path) throw impossible([one.name], `${one.programs.join(', ')} is still not on PATH`);
    return path;
  });
}

/** Where it is on PATH. */
export function findProgram({ programs }: SystemPackage): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return programs
    .flatMap((program) => folders.map((folder) => join(folder, program)))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function install(packages: readonly string[]): void {
  if (!findProgram({ name: 'apt', programs: ['apt-get'] })) {
    throw impossible(packages, 'there is no apt-get here');
  }
  const isRoot = process.getuid?.() === 0;
  const command = isRoot ? ['apt-get'] : ['sudo', '-n', 'apt-get'];
  run(packages, [...command, 'update', '-q']);
  run(packages, [...command, 'install', '-q', '-y', '--no-install-recommends', ...packages]);
}

function run(packages: readonly string[], [program = '', ...rest]: readonly string[]): void {
  const line = [program, ...rest].join(' ');
  console.log(`test setup: ${line}`);
  const { status, error, stderr } = spawnSync(program, rest, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status === 0) return;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit ${status}`;
  throw impossible(packages, `\`${line}\` failed: ${reason}`);
}

function impossible(packages: readonly string[], reason: string): Error {
  return new Error(
    `Tests need ${packages.join(' and ')} on PATH (${reason}). Install: apt-get install -y ${packages.join(' ')}`,
  );
}
