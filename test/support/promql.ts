/** PromQL, as far as alerts and dashboards use it: what is not known here is a mistake. */

export type Expression =
  | { readonly kind: 'number' }
  | Selector
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
  readonly isRange: boolean;
}

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

const aggregations = new Set(['sum', 'min', 'max', 'topk']);
/** Those that bind the least first. */
const levels = [
  ['==', '!=', '<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/'],
];
const token =
  /\s*(?:(\d+(?:ms|[smhdwy])\b|\$__rate_interval)|(\d+(?:\.\d+)?(?:e\d+)?)|("(?:[^"\\]|\\.)*")|([a-zA-Z_]\w*)|(=~|!~|==|!=|<=|>=|[-+*/<>=(){}[\],]))/y;

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
    if (operators === undefined) return primary();
    let left = binary(level + 1);
    for (;;) {
      const operator = operators.find(isNext);
      if (operator === undefined) return left;
      at += 1;
      left = { kind: 'binary', operator, operands: [left, binary(level + 1)] };
    }
  };

  const primary = (): Expression => {
    if (accept('(')) {
      const inner = binary();
      expect(')');
      return inner;
    }
    if (tokens[at]?.kind === 'number') {
      take('number');
      return { kind: 'number' };
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
    const isRange = accept('[');
    if (isRange) {
      take('duration');
      expect(']');
    }
    return { kind: 'selector', metric, matchers, isRange };
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
