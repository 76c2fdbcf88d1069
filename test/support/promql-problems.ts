import { readText } from './deploy-files.ts';
import type { Expression, Matcher, Selector } from './promql.ts';
import { parsePromql } from './promql.ts';
import type { metricsIn } from './prometheus.ts';

/** What there is to ask for. */
export interface Known {
  /** By the name it is declared by. */
  readonly types: ReadonlyMap<string, string>;
  /** Values of each label, by the name of the series. */
  readonly labels: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
}

type Value = 'scalar' | 'vector' | 'range';

const signatures: Readonly<Record<string, readonly [takes: readonly Value[], gives: Value]>> = {
  ...{ rate: [['range'], 'vector'], increase: [['range'], 'vector'] },
  ...{ changes: [['range'], 'vector'], absent: [['vector'], 'vector'] },
  ...{ avg_over_time: [['range'], 'vector'], max_over_time: [['range'], 'vector'] },
  quantile_over_time: [['scalar', 'range'], 'vector'],
  ...{ scalar: [['vector'], 'scalar'], time: [[], 'scalar'], hour: [[], 'vector'] },
  ...{ days_in_month: [[], 'vector'], day_of_month: [[], 'vector'] },
  histogram_quantile: [['scalar', 'vector'], 'vector'],
};
const ofCounters = new Set(['rate', 'increase']);
/** What Prometheus itself gives every series that it read; its operator also tells the pod. */
const targetLabels = ['job', 'instance', 'pod'];

const proxies = readText('deploy/haproxy.cfg').matchAll(/^(?:frontend|backend) (\w+)$/gm);
const proxy = new Set([...proxies].map(([, name = '']) => name));
const code = new Set(['1xx', '2xx', '3xx', '4xx', '5xx', 'other']);

/** What others tell than gateways: Prometheus, and the exporter of HAProxy. */
const ofOthers = [
  { name: 'up', type: 'gauge', labels: {} },
  { name: 'haproxy_backend_active_servers', type: 'gauge', labels: { proxy } },
  { name: 'haproxy_frontend_http_responses_total', type: 'counter', labels: { proxy, code } },
];

/** The metrics of a gateway, and of those around it. */
export function knownOf({ declared, samples }: ReturnType<typeof metricsIn>): Known {
  const labels = new Map<string, Map<string, Set<string>>>(
    ofOthers.map((other) => [other.name, new Map(Object.entries(other.labels))]),
  );
  for (const sample of samples) {
    const known = labels.get(sample.name) ?? new Map<string, Set<string>>();
    labels.set(sample.name, known);
    for (const [label, value] of Object.entries(sample.labels)) {
      known.set(label, (known.get(label) ?? new Set()).add(value));
    }
  }
  const types = ofOthers.map(({ name, type }) => [name, type] as const);
  return { types: new Map([...declared, ...types]), labels };
}

/** The name a series is declared by: that of a histogram has none of its endings. */
export function declaredName(series: string, { types }: Known): string | undefined {
  if (types.has(series)) return series;
  const base = series.replace(/_(bucket|sum|count)$/, '');
  return types.get(base) === 'histogram' ? base : undefined;
}

/** What is wrong with an expression, one line each. */
export function problemsOfPromql(text: string, known: Known): string[] {
  try {
    return problemsIn(parsePromql(text), known);
  } catch (error) {
    return [String(error)];
  }
}

/** Every selector in it. */
export function selectorsIn(expression: Expression): readonly Selector[] {
  if (expression.kind === 'selector') return [expression];
  return expression.kind === 'number' ? [] : expression.operands.flatMap(selectorsIn);
}

function problemsIn(expression: Expression, known: Known): string[] {
  if (expression.kind === 'number') return [];
  if (expression.kind === 'selector') return selectorProblems(expression, known);
  const inner = expression.operands.flatMap((operand) => problemsIn(operand, known));
  return [...inner, ...ownProblems(expression, known)];
}

function selectorProblems({ metric, matchers }: Selector, known: Known): string[] {
  if (declaredName(metric, known) === undefined) return [`${metric}: is no metric`];
  const labels = known.labels.get(metric);
  if (labels === undefined) return [`${metric}: has no series`];
  return matchers
    .filter(({ label }) => !targetLabels.includes(label))
    .flatMap((matcher) => matcherProblems(metric, matcher, labels.get(matcher.label)));
}

function matcherProblems(
  metric: string,
  { label, operator, value }: Matcher,
  values: ReadonlySet<string> | undefined,
): string[] {
  if (values === undefined) return [`${metric}: has no label ${label}`];
  // Each of several words has to be one that there is.
  const patterns = operator.endsWith('~') ? value.split('|') : [value];
  const isThere = (pattern: string) =>
    operator.endsWith('~')
      ? [...values].some((each) => new RegExp(`^(?:${pattern})$`).test(each))
      : values.has(pattern);
  return patterns
    .filter((pattern) => !isThere(pattern))
    .map((pattern) => `${metric}: ${label} is never ${pattern}`);
}

type Inner = Exclude<Expression, Selector | { kind: 'number' }>;

function ownProblems(expression: Inner, known: Known): string[] {
  const { kind, operands } = expression;
  const given = operands.map(valueOf);
  if (kind === 'subquery') {
    return given.join() === 'vector' ? [] : [`a subquery of a ${given.join()}`];
  }
  if (kind === 'call') {
    const [takes] = signatures[expression.name] ?? [];
    if (takes === undefined) return [`${expression.name}: is no function that is known`];
    if (takes.join() !== given.join()) {
      return [`${expression.name}: takes (${takes.join()}), got (${given.join()})`];
    }
    return callProblems(expression.name, operands, known);
  }
  if (given.includes('range')) return [`a range is no operand of ${kind}`];
  const raw = operands.flatMap((operand) => bareCounters(operand, known));
  if (kind === 'binary') return [...raw, ...unmatched(operands, known)];
  const labels = labelsOf(operands.at(-1), known);
  return [
    ...raw,
    ...(given.join() === (expression.name === 'topk' ? 'scalar,vector' : 'vector')
      ? []
      : [`${expression.name}: got (${given.join()})`]),
    ...expression.by
      .filter((label) => !labels.has(label))
      .map((label) => `${expression.name} by (${label}): there is no such label`),
  ];
}

function callProblems(name: string, operands: readonly Expression[], known: Known): string[] {
  if (name === 'histogram_quantile') {
    return labelsOf(operands[1], known).has('le') ? [] : ['histogram_quantile: there is no le'];
  }
  const [operand] = operands;
  if (operand?.kind !== 'selector') return [];
  const isCounted = isCounter(operand.metric, known);
  if (ofCounters.has(name)) return isCounted ? [] : [`${name}: ${operand.metric} is no counter`];
  return isCounted ? [`${name}: ${operand.metric} is a counter`] : [];
}

/** Series of two sides are matched by all of their labels: where those differ, nothing comes out. */
function unmatched(operands: readonly Expression[], known: Known): string[] {
  if (operands.some((operand) => valueOf(operand) === 'scalar')) return [];
  const [left, right] = operands.map((operand) => [...labelsOf(operand, known)].sort().join());
  return left === right ? [] : [`the sides have the labels (${left}) and (${right})`];
}

/** A counter by itself says how long a process has lived. */
function bareCounters(operand: Expression, known: Known): string[] {
  if (operand.kind !== 'selector' || !isCounter(operand.metric, known)) return [];
  return [`${operand.metric}: is a counter: expected its rate`];
}

function isCounter(metric: string, known: Known): boolean {
  const name = declaredName(metric, known);
  return name !== undefined && known.types.get(name) !== 'gauge';
}

function valueOf(expression: Expression): Value {
  if (expression.kind === 'number') return 'scalar';
  if (expression.kind === 'selector') {
    return expression.rangeSeconds === undefined ? 'vector' : 'range';
  }
  if (expression.kind === 'subquery') return 'range';
  if (expression.kind === 'call') return signatures[expression.name]?.[1] ?? 'vector';
  if (expression.kind === 'aggregation') return 'vector';
  return expression.operands.every((each) => valueOf(each) === 'scalar') ? 'scalar' : 'vector';
}

/** The labels of what comes out. */
export function labelsOf(expression: Expression | undefined, known: Known): ReadonlySet<string> {
  if (expression === undefined || expression.kind === 'number') return new Set();
  if (expression.kind === 'selector') {
    return new Set([...targetLabels, ...(known.labels.get(expression.metric)?.keys() ?? [])]);
  }
  if (expression.kind === 'aggregation' && expression.name !== 'topk') {
    return new Set(expression.by);
  }
  return new Set(expression.operands.flatMap((operand) => [...labelsOf(operand, known)]));
}
