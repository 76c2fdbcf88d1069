import { environmentNames } from '../../src/config.ts';
import { isPinned, isSecret, version } from './deploy-files.ts';
import { type Base, environmentOf, ofKind, podOf, toldTo } from './kubernetes.ts';
import { shapes } from './kubernetes-shapes.ts';

/** What is wrong with a base, one line each. */
export function problemsOf(base: Base): string[] {
  const misshapen = base.manifests.flatMap(shapeProblems);
  // The others look into what has its shape.
  if (misshapen.length > 0) return misshapen;
  const checks = [names, selectors, ports, references, mounts, environment, images];
  return checks.flatMap((check) => check(base));
}

function shapeProblems(manifest: any): string[] {
  const shape = shapes.get(manifest?.kind);
  if (shape === undefined) return [`${manifest?.kind}: is no kind that is known`];
  const issues = shape.safeParse(manifest).error?.issues ?? [];
  return issues.map(({ path, message }) => `${manifest.kind}.${path.join('.')}: ${message}`);
}

function names({ manifests }: Base): string[] {
  const all = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return all
    .filter((name, at) => all.indexOf(name) !== at)
    .map((name) => `${name}: is there twice`);
}

/** Everything that is to find the pods of the deployment, or the deployment. */
function selectors(base: Base): string[] {
  const { spec, metadata } = ofKind(base, 'Deployment');
  const found = [
    ['Deployment', spec.selector.matchLabels],
    ...podOf(base).spec.topologySpreadConstraints.map(({ labelSelector }: any) => [
      'topologySpreadConstraints',
      labelSelector.matchLabels,
    ]),
    ['Service', ofKind(base, 'Service').spec.selector],
    ...['PodDisruptionBudget', 'PodMonitor'].map((kind) => [
      kind,
      ofKind(base, kind).spec.selector.matchLabels,
    ]),
    ['NetworkPolicy', ofKind(base, 'NetworkPolicy').spec.podSelector.matchLabels],
  ] as const;
  const { labels } = podOf(base).metadata;
  const missed = found.filter(([, selector]) => {
    const wanted = Object.entries(selector);
    return wanted.length === 0 || wanted.some(([label, value]) => labels[label] !== value);
  });
  const { scaleTargetRef } = ofKind(base, 'HorizontalPodAutoscaler').spec;
  return [
    ...missed.map(([kind]) => `${kind}: does not select the pods`),
    ...(scaleTargetRef.name === metadata.name ? [] : ['HorizontalPodAutoscaler: scales nothing']),
  ];
}

function ports(base: Base): string[] {
  const [gateway] = podOf(base).spec.containers;
  const open = new Map<string, string>(
    gateway.ports.map(({ name, containerPort }: any) => [name, String(containerPort)]),
  );
  const used: string[] = [
    ...['startupProbe', 'readinessProbe', 'livenessProbe'].map(
      (probe) => gateway[probe].httpGet.port,
    ),
    ...ofKind(base, 'Service').spec.ports.map(({ targetPort }: any) => targetPort),
    ...ofKind(base, 'NetworkPolicy').spec.ingress.flatMap(({ ports }: any) =>
      ports.map(({ port }: any) => port),
    ),
    ...ofKind(base, 'PodMonitor').spec.podMetricsEndpoints.map(({ port }: any) => port),
  ];
  const { PORT, ADMIN_PORT } = environmentOf(base);
  return [
    ...used.filter((name) => !open.has(name)).map((name) => `port ${name}: is not open`),
    ...(open.get('http') === PORT ? [] : ['port http: is not PORT']),
    ...(open.get('admin') === ADMIN_PORT ? [] : ['port admin: is not ADMIN_PORT']),
  ];
}

function references(base: Base): string[] {
  const pod = podOf(base).spec;
  const [gateway] = pod.containers;
  const maps: string[] = [
    ...gateway.envFrom.map(({ configMapRef }: any) => configMapRef.name),
    ...pod.volumes.map(({ configMap }: any) => configMap.name),
  ];
  const keys = [
    ...gateway.env.flatMap(({ valueFrom }: any) => valueFrom?.secretKeyRef ?? []),
    ...ofKind(base, 'PodMonitor').spec.podMetricsEndpoints.map(
      ({ authorization }: any) => authorization.credentials,
    ),
  ];
  return [
    ...maps
      .filter((name) => base.configMaps[name] === undefined)
      .map((name) => `ConfigMap ${name}: is not generated`),
    ...keys
      .filter(({ name, key }) => base.secrets[name]?.includes(key) !== true)
      .map(({ name, key }) => `Secret ${name}: nobody is told to put ${key} into it`),
  ];
}

function mounts(base: Base): string[] {
  const { containers, volumes } = podOf(base).spec;
  const mounted = containers[0].volumeMounts;
  const files = mounted.flatMap(({ name, mountPath }: any) => {
    const map = volumes.find((volume: any) => volume.name === name)?.configMap.name;
    return Object.keys(base.configMaps[map] ?? {}).map((file) => `${mountPath}/${file}`);
  });
  const wanted = Object.entries(environmentOf(base)).filter(([name]) => name.endsWith('_FILE'));
  const namesOf = (list: any[]): string[] => list.map(({ name }) => name);
  return [
    ...namesOf(mounted)
      .filter((name) => !namesOf(volumes).includes(name))
      .map((name) => `volume ${name}: is mounted and not there`),
    ...namesOf(volumes)
      .filter((name) => !namesOf(mounted).includes(name))
      .map((name) => `volume ${name}: is mounted nowhere`),
    ...wanted
      .filter(([, path]) => !files.includes(path))
      .map(([name, path]) => `${name}: there is no ${path}`),
  ];
}

function environment(base: Base): string[] {
  const told = toldTo(base);
  const names = told.map(([name]) => name);
  return [
    ...names
      .filter((name, at) => names.indexOf(name) !== at)
      .map((name) => `${name}: is told twice`),
    ...told
      .filter(([name]) => !environmentNames.includes(name))
      .map(([name]) => `${name}: is nothing the gateway reads`),
    ...told
      .filter(([name, value]) => isSecret(name) && value !== '')
      .map(([name]) => `${name}: is a secret, and written down`),
  ];
}

function images(base: Base): string[] {
  const { image } = podOf(base).spec.containers[0];
  if (!isPinned(image)) return [`image ${image}: expected a version`];
  return image.endsWith(`:${version}`) ? [] : [`image ${image}: expected version ${version}`];
}
