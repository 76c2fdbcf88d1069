import { expect, it } from 'vitest';

import { startWithEverything } from '../support/admin.ts';
import { alertQueries, alerts, dashboard, panelQueries } from '../support/monitoring-files.ts';
import { parsePromql } from '../support/promql.ts';
import {
  declaredName,
  type Known,
  knownOf,
  labelsOf,
  problemsOfPromql,
  selectorsIn,
} from '../support/promql-problems.ts';

/** The dashboard and the alerts ask for what a gateway tells, and the dashboard for all of it. */

let learnt: Promise<Known> | undefined;

/** All that a gateway tells which uses everything there is. */
const learn = () => (learnt ??= askGateway());

async function askGateway() {
  const { metrics } = await startWithEverything(11);
  return knownOf(await metrics());
}

it('every metric has a series, so that its labels are known', async () => {
  const known = await learn();
  const silent = [...known.types.keys()].filter(
    (name) => !known.labels.has(name) && !known.labels.has(`${name}_bucket`),
  );
  expect(silent).toEqual([]);
});

it.each([
  ['the dashboard', panelQueries],
  ['the alerts', alertQueries],
])(
  '%s ask for metrics and labels that there are, and as their types want it',
  async (_, queries) => {
    const known = await learn();
    const problems = queries.flatMap(({ of, text }) =>
      problemsOfPromql(text, known).map((problem) => `${of}: ${problem}`),
    );
    expect(problems).toEqual([]);
  },
);

it('the dashboard shows every metric there is', async () => {
  const known = await learn();
  const asked = panelQueries
    .flatMap(({ text }) => selectorsIn(parsePromql(text)))
    .map(({ metric }) => declaredName(metric, known));
  const told = [...known.types.keys()].filter((name) => name !== 'up').sort();
  expect([...new Set(asked)].sort()).toEqual(told);
});

it('the gateways to choose from are those that tell a metric', async () => {
  const known = await learn();
  const [, { query }] = dashboard.templating.list;
  const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(query.query) ?? [];
  expect([known.types.has(metric ?? ''), label]).toEqual([true, 'instance']);
});

it('an alert tells labels that its series have', async () => {
  const known = await learn();
  for (const { alert, expr, annotations } of alerts) {
    const labels = labelsOf(parsePromql(expr), known);
    const told = [
      ...Object.values(annotations)
        .join(' ')
        .matchAll(/\$labels\.(\w+)/g),
    ];
    for (const [, label = ''] of told) expect([alert, label, labels.has(label)]).toContain(true);
  }
});

it.each([
  ['a metric that is misspelt', 'sum(rate(assay_request_total[5m]))', /is no metric/],
  ['an ending no gauge has', 'assay_callers_seen_bucket', /is no metric/],
  [
    'a label that is misspelt',
    'sum(rate(assay_errors_total{cod="INTERNAL"}[5m]))',
    /has no label cod/,
  ],
  [
    'a value that is never there',
    'sum(rate(assay_errors_total{code="INTRNAL"}[5m]))',
    /never INTRNAL/,
  ],
  ['one such word of several', 'sum(rate(assay_rows_total{outcome=~"hit|mis"}[5m]))', /never mis/],
  ['a sum by no label', 'sum by (opration) (rate(assay_points_total[5m]))', /by \(opration\)/],
  [
    'a label that is summed up',
    'sum by (le) (sum by (code) (rate(assay_errors_total[5m])))',
    /by \(le\)/,
  ],
  ['a counter by itself', 'sum(assay_points_total)', /expected its rate/],
  ['the rate of a gauge', 'rate(assay_callers_seen[5m])', /is no counter/],
  ['the changes of a counter', 'changes(assay_points_total[5m])', /is a counter/],
  ['a rate without a range', 'rate(assay_points_total)', /takes \(range\), got \(vector\)/],
  ['a range by itself', 'sum(assay_callers_seen[5m])', /range is no operand/],
  [
    'a quantile without buckets',
    'histogram_quantile(0.9, sum(rate(assay_request_duration_seconds_bucket[5m])))',
    /there is no le/,
  ],
  [
    'sides that never match',
    'sum by (upstream) (assay_budget_left) / sum by (window) (assay_budget_limit)',
    /\(upstream\) and \(window\)/,
  ],
  ['no function', 'summ(assay_callers_seen)', /is no function/],
  ['a bracket too few', 'sum(rate(assay_points_total[5m])', /expected ,/],
  ['a bracket too many', 'sum(assay_callers_seen))', /expected the end/],
  ['no duration', 'rate(assay_points_total[5x])', /not understood|expected a duration/],
  ['a sign too many', 'assay_callers_seen > > 1', /expected a name/],
])('%s would be found', async (_, text, problem) => {
  const known = await learn();
  expect(problemsOfPromql(text, known).join('\n')).toMatch(problem);
});
