import { expect, it } from 'vitest';
import { createdSecrets } from '../support/deploy-files.ts';
import { type Base, ofKind, podOf, readBase } from '../support/kubernetes.ts';
import { problemsOf } from '../support/kubernetes-problems.ts';

const base = readBase(createdSecrets());
const container = (broken: Base) => podOf(broken).spec.containers[0];
const settings = ({ configMaps }: Base): any => configMaps['assay'];

type Damage = readonly [what: string, damage: (base: Base) => void, problem: RegExp];

it.each<Damage>([
  ['a field that is misspelt', (b) => (podOf(b).spec.hostNetwrk = true), /unrecognized key/i],
  [
    'a kind of another apiVersion',
    (b) => (ofKind(b, 'Deployment').apiVersion = 'v1'),
    /apiVersion/,
  ],
  ['an unknown kind', (b) => (ofKind(b, 'Service').kind = 'Servce'), /Servce: is no kind/],
  [
    'a root that can be written',
    (b) => (container(b).securityContext.readOnlyRootFilesystem = false),
    /readOnly/,
  ],
  ['a user that is root', (b) => (podOf(b).spec.securityContext.runAsUser = 0), /runAsUser/],
  ['replicas beside an autoscaler', (b) => (ofKind(b, 'Deployment').spec.replicas = 3), /replicas/],
  [
    'a name that is there twice',
    (b) => (b.manifests as any[]).push(ofKind(b, 'Service')),
    /Service assay: is there twice/,
  ],
  [
    'a service of other pods',
    (b) => (ofKind(b, 'Service').spec.selector = { app: 'x' }),
    /Service: does not select/,
  ],
  [
    'a policy for other pods',
    (b) => (ofKind(b, 'NetworkPolicy').spec.podSelector.matchLabels = {}),
    /NetworkPolicy: does not select/,
  ],
  [
    'a deployment of other pods',
    (b) => (ofKind(b, 'Deployment').spec.selector.matchLabels = { app: 'x' }),
    /Deployment: does not select/,
  ],
  [
    'an autoscaler of nothing',
    (b) => (ofKind(b, 'HorizontalPodAutoscaler').spec.scaleTargetRef.name = 'x'),
    /scales nothing/,
  ],
  [
    'a port that is not open',
    (b) => (ofKind(b, 'Service').spec.ports[0].targetPort = 'web'),
    /port web: is not open/,
  ],
  [
    'a probe of such a port',
    (b) => (container(b).readinessProbe.httpGet.port = 'web'),
    /port web: is not open/,
  ],
  [
    'a port the gateway is not on',
    (b) => (container(b).ports[1].containerPort = 9000),
    /port admin: is not ADMIN_PORT/,
  ],
  [
    'settings that are not generated',
    (b) => (container(b).envFrom[0].configMapRef.name = 'x'),
    /ConfigMap x/,
  ],
  [
    'a secret nobody makes',
    (b) => (container(b).env[0].valueFrom.secretKeyRef.name = 'x'),
    /Secret x: nobody is told/,
  ],
  [
    'a key that is in no secret',
    (b) => (container(b).env[0].valueFrom.secretKeyRef.key = 'x'),
    /put x into it/,
  ],
  [
    'a mount of nothing',
    (b) => (container(b).volumeMounts[0].name = 'x'),
    /volume x: is mounted and not there/,
  ],
  [
    'a file that is mounted nowhere',
    (b) => (settings(b).PLANS_FILE = '/plans'),
    /PLANS_FILE: there is no/,
  ],
  ['a variable nobody reads', (b) => (settings(b).ROW_MB = '1'), /ROW_MB: is nothing/],
  [
    'a secret that is written down',
    (b) => (settings(b).REDIS_URL = 'redis://a'),
    /REDIS_URL: is told twice\nREDIS_URL: is a secret/,
  ],
  [
    'a secret beside its name',
    (b) => (container(b).env[0] = { name: 'ADMIN_TOKEN', value: 'x' }),
    /ADMIN_TOKEN: is a secret/,
  ],
  ['the latest image', (b) => (container(b).image = 'assay:latest'), /expected a version/],
  ['an image of another version', (b) => (container(b).image = 'assay:0.0.9'), /expected version/],
])('with %s are refused', (_, damage, problem) => {
  const broken = structuredClone(base);
  damage(broken);
  expect(problemsOf(broken).join('\n')).toMatch(problem);
});
