import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { spawnGateway } from './gateway-process.ts';

test('SIGHUP has it look at its files, also where no change is told, and goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-reload-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const publish = async (version: string, documents: object) => {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, 'manifest.json'), JSON.stringify(documents));
    // What is watched is the folder this led to before.
    await symlink(version, join(folder, 'next'));
    await rename(join(folder, 'next'), join(folder, 'current'));
  };
  await publish('v1', { a: '{ __typename }' });
  const gateway = spawnGateway({
    DOCUMENTS: 'trusted',
    DOCUMENTS_MANIFESTS: join(folder, 'current', 'manifest.json'),
  });
  onTestFinished(() => gateway.kill());
  const origin = await gateway.origin();
  const statusOf = async (id: string) => {
    const headers = { accept: 'application/graphql-response+json' };
    return (await fetch(`${origin}/graphql?documentId=${id}`, { headers })).status;
  };
  expect([await statusOf('a'), await statusOf('b')]).toEqual([200, 404]);
  await publish('v2', { b: '{ __typename }' });
  gateway.signal('SIGHUP');
  await gateway.untilLogged(/SIGHUP: looking at keys, plans and manifests/);
  await gateway.untilLogged(/The manifests were read anew/);
  expect([await statusOf('a'), await statusOf('b')]).toEqual([404, 200]);
});
