import type { Expression, Selector } from './promql.ts';
import {
  aggregate,
  arithmetic,
  comparisons,
  known,
  overTime,
  quantileOf,
} from './promql-functions.ts';

/**
 * What PromQL comes to, as far as the rules of alerts need it that have a test: what is not known here
 * throws. Rates are not extrapolated to the ends of their range, which Prometheus does.
 */

export type Labels = Readonly<Record<string, string>>;

export interface Series {
  readonly name: string;
  readonly labels: Labels;
  /** By time; no value marks where the series ended. */
  readonly samples: (readonly [seconds: number, value: number | undefined])[];
}

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

interface RangeOfSamples {
  readonly labels: Labels;
  readonly values: readonly number[];
}

interface Moment {
  readonly series: readonly Series[];
  readonly seconds: number;
}

/** How long the newest sample of a series stands for it. */
const lookbackSeconds = 300;

/** The series that come out, with their values. */
export function evaluate(expression: Expression, moment: Moment): readonly Sample[] {
  switch (expression.kind) {
    case 'number':
      return [{ labels: {}, value: expression.value }];
    case 'selector':
      return newest(expression, moment);
    case 'aggregation':
      return aggregated(expression, evaluate(operandAt(expression, 0), moment));
    case 'call':
      return called(expression, moment);
    case 'binary':
      return combined(expression, moment);
    case 'subquery':
      throw new Error('a range is no vector');
  }
}

const matching = ({ metric, matchers }: Selector, { series }: Moment) =>
  series.filter(
    ({ name, labels }) =>
      name === metric &&
      matchers.every(({ label, operator, value }) => {
        const told = labels[label] ?? '';
        const isEqual = operator.endsWith('~')
          ? new RegExp(`^(?:${value})$`).test(told)
          : told === value;
        return operator.startsWith('!') ? !isEqual : isEqual;
      }),
  );

function newest(selector: Selector, moment: Moment): readonly Sample[] {
  return matching(selector, moment).flatMap(({ labels, samples }) => {
    const [at = Number.NEGATIVE_INFINITY, value] =
      samples.findLast(([seconds]) => seconds <= moment.seconds) ?? [];
    const isThere = value !== undefined && at > moment.seconds - lookbackSeconds;
    return isThere ? [{ labels, value }] : [];
  });
}

function rangesOf(expression: Expression, moment: Moment): readonly RangeOfSamples[] {
  if (expression.kind === 'subquery') return subqueried(expression, moment);
  if (expression.kind !== 'selector' || expression.rangeSeconds === undefined) {
    throw new Error(`expected a range, got a ${expression.kind}`);
  }
  const from = moment.seconds - expression.rangeSeconds;
  const found = matching(expression, moment).map(({ labels, samples }) => {
    const inside = samples.filter(([seconds]) => seconds > from && seconds <= moment.seconds);
    return { labels, values: inside.flatMap(([, value]) => value ?? []) };
  });
  return found.filter(({ values }) => values.length > 0);
}

function subqueried(
  { operands, rangeSeconds, stepSeconds }: Extract<Expression, { kind: 'subquery' }>,
  { series, seconds: now }: Moment,
): readonly RangeOfSamples[] {
  const found = new Map<string, { labels: Labels; values: number[] }>();
  const first = (Math.floor((now - rangeSeconds) / stepSeconds) + 1) * stepSeconds;
  for (let seconds = first; seconds <= now; seconds += stepSeconds) {
    for (const { labels, value } of evaluate(operands[0], { series, seconds })) {
      const range = found.get(keyOf(labels)) ?? { labels, values: [] };
      found.set(keyOf(labels), range);
      range.values.push(value);
    }
  }
  return [...found.values()];
}

function aggregated(
  { name, by }: Extract<Expression, { kind: 'aggregation' }>,
  samples: readonly Sample[],
): readonly Sample[] {
  const combine = known(aggregate, name);
  const groups = new Map(
    samples.map(({ labels }) => [keyOf(only(labels, by)), only(labels, by)] as const),
  );
  return [...groups].map(([key, labels]) => ({
    labels,
    value: combine(
      samples.filter((sample) => keyOf(only(sample.labels, by)) === key).map(({ value }) => value),
    ),
  }));
}

function called(
  expression: Extract<Expression, { kind: 'call' }>,
  moment: Moment,
): readonly Sample[] {
  const { name } = expression;
  if (name === 'absent') {
    const isThere = evaluate(operandAt(expression, 0), moment).length > 0;
    return isThere ? [] : [{ labels: {}, value: 1 }];
  }
  if (name === 'quantile_over_time') {
    const [{ value: quantile } = { value: Number.NaN }] = evaluate(
      operandAt(expression, 0),
      moment,
    );
    const ranges = rangesOf(operandAt(expression, 1), moment);
    return ranges.map(({ labels, values }) => ({ labels, value: quantileOf(quantile, values) }));
  }
  return rangesOf(operandAt(expression, 0), moment).flatMap(({ labels, values }) => {
    const value = known(overTime, name)(values);
    return value === undefined ? [] : [{ labels, value }];
  });
}

function combined(
  expression: Extract<Expression, { kind: 'binary' }>,
  moment: Moment,
): readonly Sample[] {
  const { operator, operands } = expression;
  const [left, right] = operands.map((operand) => evaluate(operand, moment));
  const partners = new Map(right?.map((sample) => [keyOf(sample.labels), sample]));
  if (operator === 'or') {
    const taken = new Set(left?.map(({ labels }) => keyOf(labels)));
    return [...(left ?? []), ...(right ?? []).filter(({ labels }) => !taken.has(keyOf(labels)))];
  }
  const isNumber = operands[1].kind === 'number';
  return (left ?? []).flatMap((sample) => {
    const partner = isNumber ? right?.[0] : partners.get(keyOf(sample.labels));
    if (partner === undefined) return [];
    if (operator in comparisons) {
      return known(comparisons, operator)(sample.value, partner.value) ? [sample] : [];
    }
    const value = known(arithmetic, operator)(sample.value, partner.value);
    return [{ labels: sample.labels, value }];
  });
}

function operandAt({ operands }: { readonly operands: readonly Expression[] }, at: number) {
  const operand = operands[at];
  if (operand === undefined) throw new Error(`expected an operand more than ${at}`);
  return operand;
}

const only = (labels: Labels, names: readonly string[]): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name)));

export const keyOf = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1)));
