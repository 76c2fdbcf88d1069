import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { createdSecrets, exists, pathOf, readText, version } from '../support/deploy-files.ts';
import { readBase } from '../support/kubernetes.ts';
import { findProgram } from '../support/system-package.ts';

/** The overlay that the README tells to write, and the commands that go with it. */

const [, section = ''] = readText('deploy/README.md').split('## In a cluster\n');
const [, file = ''] = /`(deploy\/\S+\/kustomization\.yaml)`/.exec(section) ?? [];
const [, text = ''] = /^```yaml\n([^]*?)^```$/m.exec(section) ?? [];
const [, commands = ''] = /^```sh\n([^]*?)^```$/m.exec(section) ?? [];
const [overlay]: any[] = loadAll(text);
const [image] = overlay.images;

describe('the overlay', () => {
  it('is built on what is there', () => {
    for (const path of [...overlay.resources, ...overlay.components]) {
      expect([path, exists(join(dirname(file), path))]).toEqual([path, true]);
    }
  });

  it('names the image that was pushed', () => {
    expect(image).toMatchObject({ name: 'assay', newTag: version });
    expect(commands).toContain(
      `image="${image.newName}:$(node -p 'require("./package.json").version')"`,
    );
    expect(commands).toMatch(/^docker build -t "\$image" \. && docker push "\$image"$/m);
  });

  it('is applied after the namespace and the secrets in it have been made', () => {
    const lines = commands.split('\n').filter((line) => line.startsWith('kubectl'));
    const [made, ...others] = lines;
    expect(made).toBe(`kubectl create namespace ${overlay.namespace}`);
    const at = others.indexOf(`kubectl apply -k ${dirname(file)}`);
    const secrets = others.slice(0, at);
    expect(secrets).toHaveLength(2);
    for (const line of others.filter((_, index) => index !== at)) {
      expect(line).toMatch(new RegExp(`^kubectl --namespace ${overlay.namespace} `));
    }
  });
});

describe('what is applied', () => {
  const kubectls = [findProgram({ name: 'kubectl', programs: ['kubectl'] })];
  it.each(kubectls.filter((path) => path !== undefined))(
    '%s makes of what tests read',
    (kubectl) => {
      const folder = mkdtempSync(join(tmpdir(), 'overlay-'));
      try {
        cpSync(pathOf('deploy/kubernetes'), join(folder, 'kubernetes'), { recursive: true });
        mkdirSync(join(folder, 'cluster'));
        writeFileSync(join(folder, 'cluster/kustomization.yaml'), text);
        const printed = execFileSync(kubectl, ['kustomize', join(folder, 'cluster')]);
        const built: any[] = loadAll(printed.toString());
        const { manifests, configMaps } = readBase(createdSecrets());
        const spaces = built.map(({ metadata }) => metadata.namespace);
        expect(new Set(spaces)).toEqual(new Set([overlay.namespace]));
        expect(byKind(built.filter(({ kind }) => kind !== 'ConfigMap').map(asWritten))).toEqual(
          byKind(manifests),
        );
        const maps = built.filter(({ kind }) => kind === 'ConfigMap').map(asWritten);
        expect(Object.fromEntries(maps.map(({ metadata, data }) => [metadata.name, data]))).toEqual(
          configMaps,
        );
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

/** Without what the overlay says, and the hashes of settings in names. */
function asWritten(manifest: any): any {
  const written = JSON.stringify(manifest)
    .replaceAll(/"(assay(?:-plans)?)-[a-z0-9]{10}"/g, '"$1"')
    .replaceAll(`"image":"${image.newName}:`, '"image":"assay:');
  const { metadata, ...rest } = JSON.parse(written);
  const { namespace: _, ...others } = metadata;
  return { ...rest, metadata: others };
}

const byKind = (manifests: readonly any[]) =>
  Object.fromEntries(manifests.map((manifest) => [manifest.kind, manifest]));
