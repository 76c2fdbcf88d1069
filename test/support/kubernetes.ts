import { readdirSync } from 'node:fs';
import { envOf, readText, readYaml, type Settings } from './deploy-files.ts';

const folder = 'deploy/kubernetes';

/** What `kubectl apply -k` sends, and what it refers to. */
export interface Base {
  readonly manifests: readonly any[];
  /** The generated ConfigMaps, by name. */
  readonly configMaps: Readonly<Record<string, Settings>>;
  /** The keys of the Secrets that the README tells to make, by name. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
}

export function readBase(created: ReadonlyMap<string, string>): Base {
  const [{ resources, configMapGenerator }] = readYaml(`${folder}/kustomization.yaml`);
  const [monitoring] = readYaml(`${folder}/monitoring/kustomization.yaml`);
  const files = [...resources, ...monitoring.resources.map((file: string) => `monitoring/${file}`)];
  return {
    manifests: files.flatMap((file) => readYaml(`${folder}/${file}`)),
    configMaps: Object.fromEntries(
      configMapGenerator.map(({ name, envs = [], files = [] }: any) => [
        name,
        Object.fromEntries([
          ...envs.flatMap((file: string) => Object.entries(envOf(readText(`${folder}/${file}`)))),
          ...files.map((file: string) => [file, readText(`${folder}/${file}`)]),
        ]),
      ]),
    ),
    secrets: secretsOf(readText('deploy/README.md'), created),
  };
}

/** The manifests that lie in the folder and are in no kustomization. */
export function forgottenFiles(): readonly string[] {
  const [{ resources, configMapGenerator: generators }] = readYaml(`${folder}/kustomization.yaml`);
  const generated = generators.flatMap(({ envs = [], files = [] }: any) => [...envs, ...files]);
  const used = new Set([...resources, ...generated, 'kustomization.yaml', 'monitoring']);
  return readdirSync(folder).filter((file) => !used.has(file));
}

function secretsOf(readme: string, created: ReadonlyMap<string, string>) {
  const commands = readme.matchAll(
    /create secret generic (\S+) --from-(env-file|file)=(\S+?=)?deploy\/secrets\/(\S+)/g,
  );
  return Object.fromEntries(
    [...commands].map(([, name, how, key = '', file = '']) => {
      const text = created.get(file);
      if (text === undefined) throw new Error(`create-secrets.sh makes no ${file}`);
      return [name, how === 'file' ? [key.slice(0, -1)] : Object.keys(envOf(text))];
    }),
  );
}

export const ofKind = ({ manifests }: Base, kind: string): any =>
  manifests.find((manifest) => manifest.kind === kind);

/** The pod of the only deployment. */
export const podOf = (base: Base): any => ofKind(base, 'Deployment').spec.template;

/** What a pod's environment is made of; a secret is there by its name alone. */
export function toldTo(base: Base): readonly (readonly [name: string, value: string])[] {
  const [gateway] = podOf(base).spec.containers;
  return [
    ...gateway.envFrom.flatMap(({ configMapRef }: any) =>
      Object.entries(base.configMaps[configMapRef.name] ?? {}),
    ),
    ...gateway.env.map(({ name, value = '' }: any) => [name, value]),
  ];
}

/** The environment that the gateway finds. */
export const environmentOf = (base: Base): Settings => Object.fromEntries(toldTo(base));
