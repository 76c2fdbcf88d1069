/** PromQL, as far as alerts and dashboards use it: what is not known here is a mistake. */

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | Selector
  | Subquery
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Expression[] }
  | {
      readonly kind: 'aggregation';
      readonly name: string;
      /** The labels that are left. */
      readonly by: readonly string[];
      readonly operands: readonly Expression[];
    }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly operands: readonly [Expression, Expression];
    };

export interface Selector {
  readonly kind: 'selector';
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** None where the newest sample is asked for. */
  readonly rangeSeconds: number | undefined;
}

export interface Subquery {
  readonly kind: 'subquery';
  readonly operands: readonly [Expression];
  readonly rangeSeconds: number;
  readonly stepSeconds: number;
}

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

const aggregations = new Set(['sum', 'min', 'max', 'count', 'topk']);
/** Those that bind the least first. */
const levels = [['or'], ['==', '!=', '<=', '>=', '<', '>'], ['+', '-'], ['*', '/']];
const token =
  /\s*(?:(\d+(?:ms|[smhdwy])\b|\$__rate_interval)|(\d+(?:\.\d+)?(?:e\d+)?)|("(?:[^"\\]|\\.)*")|([a-zA-Z_]\w*)|(=~|!~|==|!=|<=|>=|[-+*/<>=(){}[\],:]))/y;

type Kind = 'duration' | 'number' | 'string' | 'name' | 'sign';
const kinds: readonly Kind[] = ['duration', 'number', 'string', 'name', 'sign'];

interface Token {
  readonly kind: Kind;
  readonly text: string;
}

export function parsePromql(text: string): Expression {
  const tokens = tokensOf(text);
  let at = 0;

  const fail = (expected: string): never => {
    throw new Error(`expected ${expected}, got ${tokens[at]?.text ?? 'the end'} in ${text}`);
  };
  const isNext = (wanted: string) => tokens[at]?.text === wanted;
  const accept = (wanted: string): boolean => {
    if (!isNext(wanted)) return false;
    at += 1;
    return true;
  };
  const expect = (wanted: string): void => void (accept(wanted) || fail(wanted));
  const take = (kind: Kind): string => {
    const found = tokens[at];
    if (found?.kind !== kind) return fail(`a ${kind}`);
    at += 1;
    return found.text;
  };
  /** Members between two signs, separated by commas. */
  const list = <T>(open: string, close: string, member: () => T): T[] => {
    expect(open);
    const members: T[] = [];
    while (!accept(close)) {
      if (members.length > 0) expect(',');
      members.push(member());
    }
    return members;
  };

  const binary = (level = 0): Expression => {
    const operators = levels[level];
    if (operators === undefined) return maybeSubquery(primary());
    let left = binary(level + 1);
    for (;;) {
      const operator = operators.find(isNext);
      if (operator === undefined) return left;
      at += 1;
      left = { kind: 'binary', operator, operands: [left, binary(level + 1)] };
    }
  };

  const maybeSubquery = (inner: Expression): Expression => {
    if (!accept('[')) return inner;
    const rangeSeconds = secondsOf(take('duration'));
    expect(':');
    const stepSeconds = secondsOf(take('duration'));
    expect(']');
    return { kind: 'subquery', operands: [inner], rangeSeconds, stepSeconds };
  };

  const primary = (): Expression => {
    if (accept('(')) {
      const inner = binary();
      expect(')');
      return inner;
    }
    if (tokens[at]?.kind === 'number') {
      return { kind: 'number', value: Number(take('number')) };
    }
    const name = take('name');
    if (aggregations.has(name)) return aggregation(name);
    if (isNext('(')) return { kind: 'call', name, operands: list('(', ')', () => binary()) };
    return selector(name);
  };

  const aggregation = (name: string): Expression => {
    const by = accept('by') ? list('(', ')', () => take('name')) : [];
    return { kind: 'aggregation', name, by, operands: list('(', ')', () => binary()) };
  };

  const selector = (metric: string): Selector => {
    const matchers = isNext('{') ? list('{', '}', matcher) : [];
    if (!accept('[')) return { kind: 'selector', metric, matchers, rangeSeconds: undefined };
    const rangeSeconds = secondsOf(take('duration'));
    expect(']');
    return { kind: 'selector', metric, matchers, rangeSeconds };
  };

  const matcher = (): Matcher => {
    const label = take('name');
    const operator = take('sign');
    if (!['=', '!=', '=~', '!~'].includes(operator)) fail('a comparison of labels');
    return { label, operator, value: JSON.parse(take('string')) };
  };

  const parsed = binary();
  return at === tokens.length ? parsed : fail('the end');
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const trimmed = text.trimEnd();
  token.lastIndex = 0;
  for (let end = 0; end < trimmed.length; end = token.lastIndex) {
    const found = token.exec(trimmed);
    if (found === null) throw new Error(`not understood: ${trimmed.slice(end)}`);
    const [kind] = kinds.filter((_, index) => found[index + 1] !== undefined);
    tokens.push({ kind: kind ?? 'sign', text: found[0].trim() });
  }
  return tokens;
}

const unitSeconds: Readonly<Record<string, number>> = {
  ...{ ms: 0.001, s: 1, m: 60, h: 3600, d: 24 * 3600, w: 7 * 24 * 3600, y: 365 * 24 * 3600 },
  // Filled in by Grafana; a minute at least.
  $__rate_interval: 60,
};

/** `5m`, `1h30m`. */
export function secondsOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d*)(ms|[smhdwy]|\$__rate_interval)/g)];
  return parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count || 1) * (unitSeconds[unit] ?? Number.NaN),
    0,
  );
}
