import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { examineEnvironment } from '../../src/config.ts';
import { gatewayEnvironment, proxySetting, serverSetting } from '../support/compose-problems.ts';
import { composeShape } from '../support/compose-shape.ts';
import { createdSecrets, milliseconds, pathOf, readYaml } from '../support/deploy-files.ts';
import { findProgram } from '../support/system-package.ts';

const compose = composeShape.parse(readYaml('deploy/compose.yaml')[0]);
const { config } = examineEnvironment(gatewayEnvironment(compose, createdSecrets()));
const gateway = compose.services['gateway'];
const loadBalancer = compose.services['load-balancer'];
const [, release = ''] = /^haproxy:(\d+\.\d+)\./.exec(loadBalancer?.image ?? '') ?? [];

describe('the load balancer', () => {
  it('asks each gateway whether it is ready, at the port it listens on', () => {
    const [, , address, ...how] = proxySetting('server-template').split(' ');
    expect(address).toBe(`gateway:${config.server.port}`);
    expect(how).toContain('check');
    expect(proxySetting('http-check send')).toContain('uri /health/ready');
    expect(loadBalancer?.networks).toContain('front');
    expect(gateway?.networks).toContain('front');
  });

  it('sends a gateway nothing before it has said that it is ready', () => {
    expect(serverSetting('init-state')).toBe('down');
    // Those before do not know the word, and do not start.
    expect(Number(release)).toBeGreaterThanOrEqual(3.1);
  });

  // One of another release knows other words.
  const haproxies = [findProgram({ name: 'haproxy', programs: ['haproxy'] })]
    .filter((path) => path !== undefined)
    .filter((path) => execFileSync(path, ['-v'], { encoding: 'utf8' }).includes(` ${release}.`));
  it.each(haproxies)('has a configuration that %s understands', (haproxy) => {
    expect(() => execFileSync(haproxy, ['-c', '-f', pathOf('deploy/haproxy.cfg')])).not.toThrow();
  });

  it('waits longer for what a gateway says than until it asks again', () => {
    const timeoutMs = milliseconds(proxySetting('timeout check'));
    expect(timeoutMs).toBeGreaterThan(2 * milliseconds(serverSetting('inter')));
  });

  it('starts no more threads than it may', () => {
    const { pids, cpus } = loadBalancer?.deploy.resources.limits ?? { pids: 0, cpus: '0' };
    const threads = Number(proxySetting('nbthread'));
    expect(threads).toBeLessThanOrEqual(2 * Number(cpus));
    expect(threads).toBeLessThan(pids / 4);
  });

  it('has room for every replica there is', () => {
    const [, slots] = proxySetting('server-template').split(' ');
    expect(Number(slots)).toBeGreaterThanOrEqual(gateway?.deploy.replicas ?? 0);
  });

  it('lets a gateway end a request, and counts as one address with all its connections', () => {
    expect(milliseconds(proxySetting('timeout server'))).toBeGreaterThan(
      config.deadline.mutationMs,
    );
    expect(config.server.connectionsPerAddressMax).toBe(config.server.connectionsMax);
    expect(Number(proxySetting('maxconn'))).toBeLessThanOrEqual(config.server.connectionsMax);
  });

  it('may open what its connections need, and so may a gateway', () => {
    const connections = Number(proxySetting('maxconn'));
    const filesOf = (name: string) => compose.services[name]?.ulimits?.nofile;
    expect(filesOf('load-balancer')).toBeGreaterThan(2 * connections + 100);
    expect(filesOf('gateway')).toBeGreaterThan(config.server.connectionsMax + 100);
  });

  it('is stopped no sooner than it has let everybody go', () => {
    const stopMs = milliseconds(loadBalancer?.stop_grace_period ?? '0s');
    expect(stopMs).toBeGreaterThan(milliseconds(proxySetting('hard-stop-after')));
  });
});
