import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadAll } from 'js-yaml';

/** Paths are from the root of the project. */
const root = resolve(import.meta.dirname, '../..');

export const pathOf = (file: string): string => join(root, file);
export const exists = (file: string): boolean => existsSync(pathOf(file));
export const readText = (file: string): string => readFileSync(pathOf(file), 'utf8');
export const readYaml = (file: string): any[] => loadAll(readText(file));

/** The version that is built and deployed from this tree. */
export const version = String(JSON.parse(readText('package.json')).version);

export type Settings = Readonly<Record<string, string>>;

/** A file of `NAME=value` lines. */
export const envOf = (text: string): Settings =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => /^\w+=/.test(line))
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );

/** `75s`, `5m`. */
export function milliseconds(text: string): number {
  const [, count, unit = ''] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  const factor = { ms: 1, s: 1000, m: 60_000 }[unit];
  if (factor === undefined) throw new Error(`${text} is no duration`);
  return Number(count) * factor;
}

/** A tag that says which version it is, down to the patch. */
export const isPinned = (image: string): boolean =>
  /^[\w./-]+:v?\d+\.\d+\.\d+(-[\w.-]+)?$/.test(image);

/** What must never be written down in a file that is committed. */
export const isSecret = (name: string): boolean =>
  /(_KEY|_TOKEN|_PASSWORD|_SECRET)$/.test(name) || name === 'REDIS_URL';

/** What `deploy/create-secrets.sh` makes: the text of each file. */
export function createdSecrets(): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  try {
    execFileSync('sh', [pathOf('deploy/create-secrets.sh'), folder]);
    const names = ['admin-token', 'gateway.env', 'grafana-password', 'redis.conf'];
    return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
