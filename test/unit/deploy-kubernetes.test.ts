import { describe, expect, it, onTestFinished } from 'vitest';
import { examineEnvironment } from '../../src/config.ts';
import { createdSecrets, envOf, pathOf, readText } from '../support/deploy-files.ts';
import { environmentOf, forgottenFiles, podOf, readBase } from '../support/kubernetes.ts';
import { problemsOf } from '../support/kubernetes-problems.ts';
import { startGateway } from '../support/gateway.ts';
import { alerts } from '../support/monitoring-files.ts';

const created = createdSecrets();
const base = readBase(created);
const gateway = podOf(base).spec.containers[0];
/** What a gateway needs beside what its settings bound. */
const besidesMegabytes = 250;

describe('the manifests', () => {
  it('have their shapes and fit together', () => {
    expect(problemsOf(base)).toEqual([]);
  });

  it('are all in a kustomization', () => {
    expect(forgottenFiles()).toEqual([]);
  });
});

describe('a pod', () => {
  const secrets = { ...envOf(created.get('gateway.env') ?? ''), TOKENMETRICS_API_KEY: 'tm-key' };
  const { config, problems } = examineEnvironment({ ...environmentOf(base), ...secrets });

  it('has an environment that the gateway starts with', () => {
    expect(problems).toEqual([]);
    expect(config.tokenMetrics.source.kind).toBe('api');
    expect(config.server.connectionsPerAddressMax).toBe(config.server.connectionsMax);
  });

  it('has plans that can be read, and lets in nobody without a key', async () => {
    const plansFile = pathOf('deploy/kubernetes/plans.json');
    const started = await startGateway({ env: { PLANS_FILE: plansFile } });
    onTestFinished(() => started.close());
    const { errors } = await started.ask('{ __typename }');
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it('runs as the user of the image', () => {
    const { runAsUser, runAsGroup } = podOf(base).spec.securityContext;
    expect(readText('Dockerfile')).toMatch(new RegExp(`^USER ${runAsUser}:${runAsGroup}$`, 'm'));
  });

  it('is given the time to finish what it has begun', () => {
    const { drainDelayMs, shutdownGraceMs } = config.server;
    const { terminationGracePeriodSeconds } = podOf(base).spec;
    expect(drainDelayMs).toBeGreaterThanOrEqual(5000);
    expect(shutdownGraceMs).toBeGreaterThanOrEqual(config.deadline.mutationMs);
    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
      (drainDelayMs + shutdownGraceMs) / 1000 + 5,
    );
  });

  it('is probed where a gateway answers, and found not ready once it drains', async () => {
    const started = await startGateway();
    onTestFinished(() => started.close());
    const probe = async ({ httpGet }: any) =>
      (await started.app.fetch(`http://10.0.0.1:4000${httpGet.path}`)).status;
    const probeAll = () =>
      Promise.all([gateway.startupProbe, gateway.readinessProbe, gateway.livenessProbe].map(probe));
    expect(await probeAll()).toEqual([200, 200, 200]);
    started.app.drain();
    expect(await probeAll()).toEqual([200, 503, 200]);
  });

  it('is given as long to say that it is ready as that it lives', () => {
    const { readinessProbe, livenessProbe } = gateway;
    expect(readinessProbe.timeoutSeconds).toBeGreaterThan(1);
    expect(readinessProbe.timeoutSeconds).toBe(livenessProbe.timeoutSeconds);
  });

  it('asks for the core that it computes on, and for the memory of what it keeps', () => {
    const { requests, limits } = gateway.resources;
    expect(requests.cpu).toBe('1');
    const parts = [config.rows, config.answers, config.documents].map(
      ({ bytesMax }) => bytesMax / 1024 ** 2,
    );
    const usual = [...parts, besidesMegabytes].reduce((sum, part) => sum + part);
    expect(Number.parseInt(requests.memory)).toBeGreaterThanOrEqual(usual);
    // Bursts, and what the collector has not got to yet.
    expect(Number.parseInt(limits.memory)).toBeGreaterThanOrEqual(1.5 * usual);
    expect(readText('deploy/README.md')).toContain(
      `${[...parts, besidesMegabytes].join(' + ')} = ${usual} MB`,
    );
    const { annotations } = alerts.find(({ alert }) => alert === 'AssayMemoryHigh');
    expect(annotations.description).toContain(`${usual} MB are usual`);
  });
});
