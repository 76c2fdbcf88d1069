import { expect, it } from 'vitest';
import { readYaml } from '../support/deploy-files.ts';
import { dashboard, panels } from '../support/monitoring-files.ts';

/** The dashboard as a file; whether what it asks for exists is the test of the monitoring's to say. */

const ids = dashboard.panels.map(({ id }: any) => id);
const [source, instance] = dashboard.templating.list;

it('says of each panel what a rise means', () => {
  for (const { title, description } of panels) {
    expect([title, description]).toEqual([title, expect.stringMatching(/^.{40,}\.$/)]);
    expect([title, description]).toEqual([title, expect.stringMatching(/\b(rises?|falls?)\b/)]);
  }
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
});

it('has a place of its own for each panel', () => {
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect([title, taken.has(`${x},${y}`)]).toEqual([title, false]);
        taken.add(`${x},${y}`);
      }
    }
  }
  expect(new Set(ids).size).toBe(ids.length);
});

it('asks the source that Grafana is given, by a variable', () => {
  const [{ datasources }] = readYaml('deploy/grafana/provisioning/datasources/prometheus.yaml');
  expect(source).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
  expect(source.current.value).toBe(datasources[0].uid);
  const variable = { type: 'prometheus', uid: '${datasource}' };
  const asked = panels.flatMap(({ datasource, targets }) => [
    datasource,
    ...targets.map((target: any) => target.datasource),
  ]);
  for (const each of [instance.datasource, ...asked]) expect(each).toEqual(variable);
});

it('looks at the gateways that are chosen, in every query', () => {
  expect(instance).toMatchObject({ name: 'instance', multi: true, allValue: '.*' });
  for (const { title, targets } of panels) {
    const letters = targets.map(({ refId }: any) => refId);
    expect([title, new Set(letters).size]).toEqual([title, letters.length]);
    for (const { expr } of targets) {
      const names = [...expr.matchAll(/\bassay_\w+/g)];
      const chosen = [...expr.matchAll(/instance=~"\$instance"/g)];
      expect([title, chosen.length]).toEqual([title, names.length]);
    }
  }
});

it('is found by Grafana where it is mounted', () => {
  const [{ providers }] = readYaml('deploy/grafana/provisioning/dashboards/assay.yaml');
  const { volumes } = readYaml('deploy/compose.yaml')[0].services.grafana;
  expect(volumes).toContain(`./grafana/dashboards:${providers[0].options.path}:ro`);
  // Of Grafana 12; it is the last of its kind.
  expect([dashboard.schemaVersion, dashboard.uid]).toEqual([42, 'assay']);
});
