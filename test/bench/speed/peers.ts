import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { root, versionOf } from './machine.ts';

const folder = resolve(root, 'test/bench/peers');
const names = ['graphql-yoga', '@apollo/server', 'mercurius', 'fastify', 'graphql'];

/** Installs what Assay is compared with, in a package of its own, once. */
export function ensurePeers(): void {
  if (existsSync(resolve(folder, 'node_modules/graphql/package.json'))) return;
  process.stderr.write('installing the peers (npm ci in test/bench/peers) …\n');
  const { status } = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    // Words of npm are progress: standard output is the table's.
    { cwd: folder, stdio: ['ignore', 2, 2] },
  );
  if (status !== 0) throw new Error('expected `npm ci` in test/bench/peers to work');
}

/** Which versions take part, in one line. */
export function peerVersions(): string {
  const ours = versionOf(root, 'graphql');
  const theirs = versionOf(folder, 'graphql');
  if (ours !== theirs) throw new Error(`graphql is ${ours} here and ${theirs} in the peers`);
  return `peers    ${names.map((name) => `${name} ${versionOf(folder, name)}`).join(', ')}`;
}
