import { environmentNames } from '../../src/config.ts';
import { type Compose, composeShape, type Service } from './compose-shape.ts';
import { envOf, exists, isPinned, isSecret, readText, version } from './deploy-files.ts';

/** What is wrong with a compose file in `deploy`, one line each. `created` are the files of secrets. */
export function problemsOf(file: unknown, created: ReadonlySet<string>): string[] {
  const { data, error } = composeShape.safeParse(file);
  if (data === undefined) {
    return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  }
  const ofServices = Object.entries(data.services).flatMap(([name, service]) => {
    const checks = [image, environment, files, grants, ports, health];
    return checks.flatMap((check) => check(service)).map((problem) => `${name}: ${problem}`);
  });
  return [...ofServices, ...declarations(data), ...secrets(data, created)];
}

const isOurs = ({ build }: Service) => build !== undefined;

function image(service: Service): string[] {
  if (!isPinned(service.image)) return [`image ${service.image}: expected a version`];
  if (!isOurs(service) || service.image === `assay:${version}`) return [];
  return [`image ${service.image}: expected version ${version}`];
}

function environment(service: Service): string[] {
  const told = Object.entries(service.environment ?? {});
  const isKnown = (name: string) =>
    isOurs(service) ? environmentNames.includes(name) : name.startsWith('GF_');
  return [
    ...told.filter(([name]) => !isKnown(name)).map(([name]) => `${name}: nobody reads it`),
    ...told
      .filter(([name, value]) => isSecret(name) && !value.startsWith('${'))
      .map(([name]) => `${name}: is a secret, and written down`),
  ];
}

/** A volume as `source:target`, or with `:ro` behind. */
const partsOf = (volume: string) => volume.split(':');

function files(service: Service): string[] {
  const bound = (service.volumes ?? []).filter((volume) => volume.startsWith('.'));
  const mounted = bound.map((volume) => partsOf(volume)[1] ?? '');
  const named = Object.entries(service.environment ?? {}).filter(([name]) =>
    /[^_]_FILE$/.test(name),
  );
  return [
    ...bound
      .filter((volume) => !exists(`deploy/${partsOf(volume)[0]}`))
      .map((volume) => `${volume}: is not there`),
    ...bound
      .filter((volume) => partsOf(volume)[2] !== 'ro')
      .map((volume) => `${volume}: can be written`),
    ...named
      .filter(([, path]) => !mounted.includes(path) && !path.startsWith('/run/secrets/'))
      .map(([name, path]) => `${name}: there is no ${path}`),
  ];
}

/** The secrets a service is given, and those that it or a file of it looks for. */
function grants({
  secrets = [],
  environment = {},
  command = [],
  volumes = [],
  healthcheck,
}: Service) {
  const sources = volumes
    .map((volume) => partsOf(volume)[0] ?? '')
    .filter((path) => /\.\w+$/.test(path));
  const texts = sources
    .filter((path) => exists(`deploy/${path}`))
    .map((path) => readText(`deploy/${path}`));
  const told = [
    ...Object.values(environment),
    ...command,
    ...(healthcheck?.test ?? []),
    ...texts,
  ].join('\n');
  const sought = [...told.matchAll(/\/run\/secrets\/([\w.-]+)/g)].map(([, name = '']) => name);
  return [
    ...sought.filter((name) => !secrets.includes(name)).map((name) => `is not given ${name}`),
    ...secrets.filter((name) => !sought.includes(name)).map((name) => `does not look for ${name}`),
  ];
}

/** Docker opens ports to the whole world, past a firewall of the machine. */
function ports({ ports = [] }: Service): string[] {
  return ports
    .filter((port) => !port.startsWith('127.0.0.1:'))
    .map((port) => `${port}: is open to everybody`);
}

function health(service: Service): string[] {
  // Ours is in the image.
  return isOurs(service) || service.healthcheck !== undefined ? [] : ['has no health check'];
}

/** What is used and not declared, and what is declared and not used. */
function declarations(compose: Compose): string[] {
  const all = Object.values(compose.services);
  const pairs = [
    ['network', Object.keys(compose.networks), all.flatMap(({ networks }) => networks)],
    ['volume', Object.keys(compose.volumes), all.flatMap(volumesOf)],
    ['secret', Object.keys(compose.secrets), all.flatMap(({ secrets = [] }) => secrets)],
  ] as const;
  const services = Object.keys(compose.services);
  const awaited = all.flatMap(({ depends_on }) => Object.keys(depends_on ?? {}));
  return [
    ...pairs.flatMap(([kind, declared, used]) => [
      ...used
        .filter((name) => !declared.includes(name))
        .map((name) => `${kind} ${name}: is nowhere`),
      ...declared
        .filter((name) => !used.includes(name))
        .map((name) => `${kind} ${name}: is not used`),
    ]),
    ...awaited.filter((name) => !services.includes(name)).map((name) => `${name}: is no service`),
  ];
}

const volumesOf = ({ volumes = [] }: Service) =>
  volumes.filter((volume) => !volume.startsWith('.')).map((volume) => partsOf(volume)[0] ?? '');

function secrets({ secrets, services }: Compose, created: ReadonlySet<string>): string[] {
  const read = [
    ...Object.values(secrets).map(({ file }) => file),
    ...Object.values(services).flatMap(({ env_file }) => env_file ?? []),
  ];
  const lost = read.filter((file) => !created.has(file.replace(/^secrets\//, '')));
  return lost.map((file) => `${file}: create-secrets.sh does not make it`);
}

/** Variables of the gateways, from the file and from what `create-secrets.sh` made. */
export function gatewayEnvironment(compose: Compose, created: ReadonlyMap<string, string>) {
  const { environment, env_file: [file = ''] = [] } = compose.services['gateway'] ?? {};
  return { ...envOf(created.get(file.replace(/^secrets\//, '')) ?? ''), ...environment };
}

/** The value of a setting in HAProxy's configuration. */
export function proxySetting(name: string): string {
  const line = readText('deploy/haproxy.cfg')
    .split('\n')
    .map((text) => text.trim())
    .find((text) => text.startsWith(`${name} `));
  if (line === undefined) throw new Error(`haproxy.cfg does not say ${name}`);
  return line.slice(name.length + 1);
}

/** The word after another in how HAProxy finds gateways and checks them. */
export function serverSetting(name: string): string {
  const how = proxySetting('server-template').split(' ');
  return how[how.indexOf(name) + 1] ?? '';
}
