import { describe, expect, it } from 'vitest';
import { examineEnvironment } from '../../src/config.ts';
import { gatewayEnvironment, problemsOf, serverSetting } from '../support/compose-problems.ts';
import { composeShape } from '../support/compose-shape.ts';
import { createdSecrets, milliseconds, readText, readYaml } from '../support/deploy-files.ts';

const created = createdSecrets();
const [file] = readYaml('deploy/compose.yaml');
const compose = composeShape.parse(file);
const { config, problems } = examineEnvironment(gatewayEnvironment(compose, created));
const [prometheus] = readYaml('deploy/prometheus.yml');
const gateway = compose.services['gateway'];
const createdNames = new Set(created.keys());

describe('the compose file', () => {
  it('has its shape and fits together', () => {
    expect(problemsOf(file, createdNames)).toEqual([]);
  });

  type Damage = readonly [
    what: string,
    damage: (services: any, file: any) => void,
    problem: RegExp,
  ];
  it.each<Damage>([
    ['a field that is misspelt', (s) => (s.redis.comand = []), /unrecognized key/i],
    ['a root that can be written', (s) => (s.redis.read_only = false), /redis.read_only/],
    ['capabilities', (s) => (s.grafana.cap_drop = []), /grafana.cap_drop/],
    ['no limits', (s) => delete s.gateway.deploy.resources, /gateway.deploy.resources/],
    [
      'the latest image',
      (s) => (s.redis.image = 'redis:latest'),
      /redis: image .*expected a version/,
    ],
    ['a minor version', (s) => (s.redis.image = 'redis:7.2'), /redis: image .*expected a version/],
    ['an image of another version', (s) => (s.gateway.image = 'assay:0.0.9'), /expected version/],
    ['a variable nobody reads', (s) => (s.gateway.environment.ROW_MB = '1'), /ROW_MB: nobody/],
    ['a secret', (s) => (s.gateway.environment.ADMIN_TOKEN = 'x'), /ADMIN_TOKEN: is a secret/],
    ['a lost file', (s) => (s.gateway.volumes = ['./x.json:/x:ro']), /x.json:\/x:ro: is not there/],
    ['a file to write', (s) => (s.redis.volumes[0] = './redis.conf:/x'), /can be written/],
    ['a file mounted nowhere', (s) => (s.gateway.volumes = []), /PLANS_FILE: there is no/],
    ['a secret not given', (s) => (s.redis.secrets = []), /redis: is not given redis.conf/],
    [
      'a secret not needed',
      (s) => (s.redis.secrets = ['redis.conf', 'admin-token']),
      /does not look for admin-token/,
    ],
    ['a port for everybody', (s) => (s.grafana.ports = ['3000:3000']), /is open to everybody/],
    ['no health check', (s) => delete s.redis.healthcheck, /redis: has no health check/],
    ['a lost network', (s) => (s.redis.networks = ['dat']), /network dat: is nowhere/],
    ['a lost volume', (s) => (s.redis.volumes[1] = 'rdis:/data'), /volume rdis: is nowhere/],
    ['a volume not used', (_, f) => (f.volumes.more = {}), /volume more: is not used/],
    [
      'a wait for nobody',
      (s) => (s.grafana.depends_on = { x: { condition: 'service_healthy' } }),
      /x: is no service/,
    ],
    [
      'a secret nobody makes',
      (_, f) => (f.secrets['admin-token'].file = 'secrets/x'),
      /does not make it/,
    ],
  ])('with %s is refused', (_, damage, problem) => {
    const broken = structuredClone(file);
    damage(broken.services, broken);
    expect(problemsOf(broken, createdNames).join('\n')).toMatch(problem);
  });
});

describe('the gateways', () => {
  it('have an environment that they start with, and answer from the sandbox until there is a key', () => {
    expect(problems).toEqual([]);
    expect(config.tokenMetrics.source.kind).toBe('sandbox');
    expect(gateway?.deploy.replicas).toBe(2);
  });

  it('find the Redis that is there, by its password, and nobody else finds it', () => {
    const url = new URL(config.redis?.url.reveal() ?? '');
    expect(url.host).toBe('redis:6379');
    expect(created.get('redis.conf')).toBe(`requirepass ${url.password}\n`);
    const neighbours = Object.entries(compose.services).filter(([, { networks }]) =>
      networks.includes('data'),
    );
    expect(neighbours.map(([name]) => name)).toEqual(['gateway', 'redis']);
    expect(compose.networks['data']).toEqual({ internal: true });
  });

  it('are given the time to finish what they have begun', () => {
    const { drainDelayMs, shutdownGraceMs } = config.server;
    expect(shutdownGraceMs).toBeGreaterThanOrEqual(config.deadline.mutationMs);
    const graceMs = milliseconds(gateway?.stop_grace_period ?? '0s');
    expect(graceMs).toBeGreaterThanOrEqual(drainDelayMs + shutdownGraceMs + 5000);
  });

  it('are found not ready before they let nobody in', () => {
    const noticedMs = Number(serverSetting('fall')) * milliseconds(serverSetting('inter'));
    expect(noticedMs).toBeGreaterThan(0);
    expect(config.server.drainDelayMs).toBeGreaterThan(noticedMs + 1000);
  });

  it('keep their logs for as long as the runbook looks back, at 100 requests a second', () => {
    const hours = [...readText('OPERATIONS.md').matchAll(/\blines '[^']+' (\d+)h/g)];
    const seconds = Math.max(...hours.map(([, count]) => Number(count))) * 3600;
    const { 'max-size': size, 'max-file': count } = gateway?.logging.options ?? {};
    const [, megabytes] = /^(\d+)m$/.exec(size ?? '') ?? [];
    // The line of a request with an operation and its sources, and what the driver writes with it.
    const lineBytes = 450;
    expect(seconds).toBeGreaterThan(0);
    expect(Number(megabytes) * 1024 ** 2 * Number(count)).toBeGreaterThan(
      seconds * 100 * lineBytes,
    );
  });
});

describe('Prometheus', () => {
  const job = (name: string) => prometheus.scrape_configs.find((one: any) => one.job_name === name);

  it('asks each gateway where operators are answered, with a token that is accepted', () => {
    const [discovery] = job('assay').dns_sd_configs;
    expect(discovery).toMatchObject({ names: ['gateway'], type: 'A', port: config.admin?.port });
    expect(job('assay').authorization.credentials_file).toBe('/run/secrets/admin-token');
    const tokens = config.adminTokens.map((token) => token.reveal());
    expect(tokens).toContain(created.get('admin-token'));
  });

  it('asks only who is there, on a network of both', () => {
    const names = prometheus.scrape_configs.flatMap((one: any) => [
      ...(one.static_configs ?? []).flatMap(({ targets }: any) => targets),
      ...(one.dns_sd_configs ?? []).flatMap(({ names }: any) => names),
    ]);
    const others = names
      .map((name: string) => name.split(':')[0])
      .filter((name: string) => name !== 'localhost');
    expect(others).toEqual(['gateway', 'load-balancer']);
    for (const name of others) expect(compose.services[name]?.networks).toContain('metrics');
  });

  it('is the source of Grafana', () => {
    const [{ datasources }] = readYaml('deploy/grafana/provisioning/datasources/prometheus.yaml');
    expect(datasources).toMatchObject([{ type: 'prometheus', url: 'http://prometheus:9090' }]);
  });
});

describe('secrets', () => {
  it('are of this start alone', () => {
    const again = createdSecrets();
    for (const [name, text] of created) expect([name, again.get(name)]).not.toEqual([name, text]);
  });

  it('are never committed', () => {
    expect(readText('deploy/secrets/.gitignore').split('\n')).toEqual(
      expect.arrayContaining(['*', '!.gitignore']),
    );
  });
});
