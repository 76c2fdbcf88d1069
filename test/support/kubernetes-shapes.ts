import { z } from 'zod';

/**
 * The fields that the manifests in `deploy/kubernetes` have. A field that is not here is most likely
 * misspelt, and Kubernetes would drop it: who needs another adds it. What has to be so is a literal.
 */

const word = z.string().min(1);
const name = z.string().regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
const labels = z.record(word, word);
const metadata = z.strictObject({ name, labels });
const selector = z.strictObject({ matchLabels: labels });
const count = z.int().min(1);
const number = z.int().min(1).max(65_535);
const portName = z.string().regex(/^[a-z]([-a-z0-9]{0,13}[a-z0-9])?$/);
const amounts = z.strictObject({
  cpu: z.string().regex(/^\d+m?$/),
  memory: z.string().regex(/^\d+[MG]i$/),
});

const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string().startsWith('/'), port: portName }),
  periodSeconds: count,
  timeoutSeconds: count.optional(),
  failureThreshold: count,
});

const container = z.strictObject({
  name,
  image: word,
  ports: z.array(z.strictObject({ name: portName, containerPort: number })),
  envFrom: z.array(z.strictObject({ configMapRef: z.strictObject({ name }) })),
  env: z.array(
    z.union([
      z.strictObject({ name: word, value: z.string() }),
      z.strictObject({
        name: word,
        valueFrom: z.strictObject({ secretKeyRef: z.strictObject({ name, key: word }) }),
      }),
    ]),
  ),
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
  resources: z.strictObject({ requests: amounts, limits: amounts }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z.array(z.strictObject({ name, mountPath: word, readOnly: z.literal(true) })),
});

const pod = z.strictObject({
  automountServiceAccountToken: z.literal(false),
  enableServiceLinks: z.literal(false),
  terminationGracePeriodSeconds: count,
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    runAsUser: count,
    runAsGroup: count,
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
  }),
  topologySpreadConstraints: z.array(
    z.strictObject({
      topologyKey: word,
      maxSkew: count,
      whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']),
      labelSelector: selector,
    }),
  ),
  containers: z.tuple([container]),
  volumes: z.array(z.strictObject({ name, configMap: z.strictObject({ name }) })),
});

const deployment = z.strictObject({
  // No replicas: applying them would undo what the autoscaler did.
  revisionHistoryLimit: count,
  selector,
  strategy: z.strictObject({
    rollingUpdate: z.strictObject({ maxSurge: count, maxUnavailable: z.literal(0) }),
  }),
  template: z.strictObject({ metadata: z.strictObject({ labels }), spec: pod }),
});

const service = z.strictObject({
  selector: labels,
  ports: z.array(
    z.strictObject({ name: portName, port: number, targetPort: portName, appProtocol: word }),
  ),
});

const autoscaler = z.strictObject({
  scaleTargetRef: z.strictObject({
    apiVersion: z.literal('apps/v1'),
    kind: z.literal('Deployment'),
    name,
  }),
  minReplicas: z.int().min(2),
  maxReplicas: z.int().min(2),
  metrics: z.tuple([
    z.strictObject({
      type: z.literal('Resource'),
      resource: z.strictObject({
        name: z.literal('cpu'),
        target: z.strictObject({
          type: z.literal('Utilization'),
          averageUtilization: z.int().min(1).max(100),
        }),
      }),
    }),
  ]),
  behavior: z.strictObject({
    scaleDown: z.strictObject({
      stabilizationWindowSeconds: count,
      policies: z.array(
        z.strictObject({ type: z.literal('Pods'), value: count, periodSeconds: count }),
      ),
    }),
  }),
});

const disruptionBudget = z.strictObject({
  maxUnavailable: count,
  unhealthyPodEvictionPolicy: z.literal('AlwaysAllow'),
  selector,
});

const peer = z.union([
  z.strictObject({ namespaceSelector: selector.optional(), podSelector: selector.optional() }),
  z.strictObject({
    ipBlock: z.strictObject({
      cidr: z.union([z.cidrv4(), z.cidrv6()]),
      except: z.array(z.union([z.cidrv4(), z.cidrv6()])),
    }),
  }),
]);
const peers = z.array(peer).min(1);
const protocol = z.enum(['TCP', 'UDP']);

const networkPolicy = z.strictObject({
  podSelector: selector,
  policyTypes: z.tuple([z.literal('Ingress'), z.literal('Egress')]),
  ingress: z.array(
    z.strictObject({
      from: peers,
      ports: z.array(z.strictObject({ protocol, port: portName })).min(1),
    }),
  ),
  egress: z.array(
    z.strictObject({
      to: peers,
      ports: z.array(z.strictObject({ protocol, port: number })).min(1),
    }),
  ),
});

const podMonitor = z.strictObject({
  jobLabel: word,
  selector,
  podMetricsEndpoints: z.array(
    z.strictObject({
      port: portName,
      interval: word,
      authorization: z.strictObject({ credentials: z.strictObject({ name, key: word }) }),
    }),
  ),
});

const prometheusRule = z.strictObject({
  groups: z.array(
    z.strictObject({
      name,
      rules: z.array(
        z.strictObject({
          alert: word,
          expr: word,
          for: word,
          labels,
          annotations: labels,
        }),
      ),
    }),
  ),
});

const manifest = <A extends string, K extends string>(apiVersion: A, kind: K, spec: z.ZodType) =>
  z.strictObject({ apiVersion: z.literal(apiVersion), kind: z.literal(kind), metadata, spec });

/** The shape of each kind, with the one apiVersion it is served under. */
export const shapes: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['Deployment', manifest('apps/v1', 'Deployment', deployment)],
  ['Service', manifest('v1', 'Service', service)],
  ['HorizontalPodAutoscaler', manifest('autoscaling/v2', 'HorizontalPodAutoscaler', autoscaler)],
  ['PodDisruptionBudget', manifest('policy/v1', 'PodDisruptionBudget', disruptionBudget)],
  ['NetworkPolicy', manifest('networking.k8s.io/v1', 'NetworkPolicy', networkPolicy)],
  ['PodMonitor', manifest('monitoring.coreos.com/v1', 'PodMonitor', podMonitor)],
  ['PrometheusRule', manifest('monitoring.coreos.com/v1', 'PrometheusRule', prometheusRule)],
]);
