import { readYaml } from './deploy-files.ts';
import { alerts } from './monitoring-files.ts';
import { evaluate, keyOf, type Series } from './promql-evaluator.ts';
import { parsePromql, secondsOf } from './promql.ts';
import { selectorsIn } from './promql-problems.ts';

/** The tests of the alerts, in the form of `promtool test rules`. */

export const ruleTestsFile = 'deploy/alerts.test.yml';
const [file] = readYaml(ruleTestsFile);
const evaluationSeconds = secondsOf(file.evaluation_interval);

export interface RuleTest {
  readonly name: string;
  readonly series: readonly Series[];
  readonly checks: readonly Check[];
}

interface Check {
  readonly alert: string;
  readonly seconds: number;
  /** How many of it. */
  readonly firing: number;
}

export const ruleTests: readonly RuleTest[] = file.tests.map((test: any) => ({
  name: test.name,
  series: test.input_series.map((input: any) => seriesOf(input, secondsOf(test.interval))),
  checks: test.promql_expr_test.map(checkOf),
}));

/** `count(ALERTS{alertname="…", alertstate="firing"})`, which Prometheus has for each that fires. */
function checkOf({ expr, eval_time: at, exp_samples: samples = [] }: any): Check {
  const [{ metric, matchers } = { metric: '', matchers: [] }] = selectorsIn(parsePromql(expr));
  const asked = new Map(matchers.map(({ label, value }) => [label, value]));
  const alert = asked.get('alertname');
  const expected = `count(ALERTS{alertname="${alert}", alertstate="firing"})`;
  if (alert === undefined || metric !== 'ALERTS' || expr !== expected) {
    throw new Error(`expected ${expected}, got ${expr}`);
  }
  return { alert, seconds: secondsOf(at), firing: samples[0]?.value ?? 0 };
}

function seriesOf({ series, values }: any, intervalSeconds: number): Series {
  const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(series) ?? [];
  return {
    name,
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]),
    ),
    samples: valuesIn(values).flatMap((value, at) =>
      value === 'none' ? [] : [[at * intervalSeconds, value === 'stale' ? undefined : value]],
    ),
  };
}

/** `1 _x2 2x3 1+2x2 stale`: one sample for each interval, or several. */
function valuesIn(notation: string): readonly (number | 'none' | 'stale')[] {
  return notation.split(/\s+/).flatMap((word): (number | 'none' | 'stale')[] => {
    if (word === 'stale') return [word];
    const [, first, step = '0', times = '0'] = /^(\d+|_)(?:\+(\d+))?(?:x(\d+))?$/.exec(word) ?? [];
    if (first === undefined) throw new Error(`${word}: is no notation that is known`);
    // `_x3` is none three times, `1x3` is 1 and three more.
    if (first === '_') return Array.from({ length: Math.max(1, Number(times)) }, () => 'none');
    return Array.from({ length: Number(times) + 1 }, (_, at) => Number(first) + at * Number(step));
  });
}

/** How many of an alert fire at a moment: each looked after from the beginning on. */
export function firingAt(name: string, series: readonly Series[], endSeconds: number): number {
  const { expr, for: hold } = alerts.find(({ alert }) => alert === name) ?? {};
  const expression = parsePromql(expr);
  let activeSince = new Map<string, number>();
  for (let seconds = 0; seconds <= endSeconds; seconds += evaluationSeconds) {
    const active = evaluate(expression, { series, seconds }).map(({ labels }) => keyOf(labels));
    activeSince = new Map(active.map((key) => [key, activeSince.get(key) ?? seconds]));
  }
  const held = [...activeSince.values()].filter((since) => endSeconds - since >= secondsOf(hold));
  return held.length;
}
