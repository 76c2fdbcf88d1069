import { readText, readYaml } from './deploy-files.ts';

/** What Prometheus and Grafana are told to look at. */

export const alertGroups: readonly any[] = readYaml('deploy/alerts.yml')[0].groups;
export const alerts: readonly any[] = alertGroups.flatMap(({ rules }) => rules);

export const dashboard = JSON.parse(readText('deploy/grafana/dashboards/assay.json'));
export const panels: readonly any[] = dashboard.panels.filter(({ type }: any) => type !== 'row');

export interface Query {
  /** What asks. */
  readonly of: string;
  readonly text: string;
}

export const alertQueries: readonly Query[] = alerts.map(({ alert, expr }) => ({
  of: alert,
  text: expr,
}));
export const panelQueries: readonly Query[] = panels.flatMap(({ title, targets }) =>
  targets.map(({ expr }: any) => ({ of: title, text: expr })),
);
