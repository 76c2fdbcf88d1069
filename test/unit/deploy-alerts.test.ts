import { expect, it } from 'vitest';
import { z } from 'zod';
import { readText, readYaml } from '../support/deploy-files.ts';
import { alertGroups, alerts } from '../support/monitoring-files.ts';

/** The rules of Prometheus; whether what they ask for exists is the test of the monitoring's to say. */

const text = z.string().min(1);
const rule = z.strictObject({
  alert: z.string().regex(/^Assay[A-Z][A-Za-z]+$/),
  expr: text,
  for: z.string().regex(/^\d+[mh]$/),
  labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
  annotations: z.strictObject({
    summary: z.string().regex(/^[A-Z].*\.$/),
    description: z.string().regex(/\.$/),
    runbook: text,
  }),
});
const groups = z.array(
  z.strictObject({ name: z.string().regex(/^assay-[a-z]+$/), rules: z.array(rule).min(1) }),
);

it('they have the fields of rules, all of them', () => {
  expect(groups.safeParse(alertGroups).error?.issues ?? []).toEqual([]);
  expect(Object.keys(readYaml('deploy/alerts.yml')[0])).toEqual(['groups']);
});

it('each has a name of its own, and says under which heading it is explained', () => {
  const names = alerts.map(({ alert }) => alert);
  expect(new Set(names).size).toBe(names.length);
  for (const { alert, annotations } of alerts) {
    expect(annotations.runbook).toBe(`OPERATIONS.md#${alert.toLowerCase()}`);
  }
});

it('each is described by a number', () => {
  for (const { alert, annotations } of alerts) {
    expect([alert, annotations.description]).toEqual([
      alert,
      expect.stringMatching(/\$value|\d|minute/),
    ]);
  }
});

it('what is filled in is known to Prometheus', () => {
  const known = /^\$labels\.\w+$|^\$value( \| humanize(1024|Percentage|Duration)?)?$/;
  const filled = [...readText('deploy/alerts.yml').matchAll(/\{\{ (.*?) \}\}/g)];
  expect(filled.length).toBeGreaterThan(20);
  for (const [, told] of filled) expect(told).toMatch(known);
});

it('the Prometheus Operator is given the same', () => {
  const [{ spec }] = readYaml('deploy/kubernetes/monitoring/prometheus-rule.yaml');
  expect(spec.groups).toEqual(alertGroups);
});

it('Prometheus reads them where they are mounted, and calls its jobs what they call them', () => {
  const [{ rule_files: files, scrape_configs: jobs }] = readYaml('deploy/prometheus.yml');
  expect(files).toEqual(['alerts.yml']);
  const { volumes } = readYaml('deploy/compose.yaml')[0].services.prometheus;
  expect(volumes).toContain('./alerts.yml:/etc/prometheus/alerts.yml:ro');
  const named = readText('deploy/alerts.yml').matchAll(/job="([\w-]+)"/g);
  expect(new Set([...named].map(([, job]) => job))).toEqual(new Set(['assay', 'load-balancer']));
  expect(jobs.map((job: any) => job.job_name)).toEqual(['assay', 'load-balancer', 'prometheus']);
  // The operator takes a job's name from a label of the pod.
  const [{ spec }] = readYaml('deploy/kubernetes/monitoring/pod-monitor.yaml');
  const [{ spec: deployment }] = readYaml('deploy/kubernetes/deployment.yaml');
  expect(deployment.template.metadata.labels[spec.jobLabel]).toBe(jobs[0].job_name);
});
