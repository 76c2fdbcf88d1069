import { GraphQLError, type ValueNode } from 'graphql';
import { isDay } from '../calendar.ts';
import { builder } from './builder.ts';
import { plainDecimal } from './decimal.ts';
import { quoted } from './global-id.ts';

const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const decimalPattern = /^-?\d+(\.\d+)?$/;

function invalid(scalar: string, expected: string, value: unknown, node?: ValueNode): GraphQLError {
  const got = typeof value === 'string' ? quoted(value) : String(value);
  return new GraphQLError(`${scalar}: expected ${expected}, got ${got}.`, {
    nodes: node,
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

function parseInstant(value: unknown, node?: ValueNode): string {
  const isInstant =
    typeof value === 'string' &&
    instantPattern.test(value) &&
    isDay(value.slice(0, 10)) &&
    !Number.isNaN(Date.parse(value));
  if (!isInstant) throw invalid('DateTime', 'RFC 3339 such as "2025-05-25T14:00:00Z"', value, node);
  return new Date(value).toISOString();
}

function parseDay(value: unknown, node?: ValueNode): string {
  if (typeof value !== 'string' || !isDay(value)) {
    throw invalid('Date', 'a day that exists such as "2025-05-25"', value, node);
  }
  return value;
}

function parseDecimal(value: unknown, node?: ValueNode): string {
  if (typeof value === 'number' && Number.isFinite(value)) return plainDecimal(value);
  if (typeof value === 'string' && value.length <= 100 && decimalPattern.test(value)) return value;
  throw invalid('Decimal', 'a number in plain notation such as "1234.5"', value, node);
}

/** The text of a literal, as it was written; the kind of what has none. */
function literal(node: ValueNode): unknown {
  return 'value' in node ? node.value : node.kind;
}

builder.scalarType('DateTime', {
  description:
    'An instant in UTC, RFC 3339 with milliseconds: `2025-05-25T14:00:00.000Z`. Other offsets are accepted as input.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize: (value) => new Date(value).toISOString(),
  parseValue: (value) => parseInstant(value),
  parseLiteral: (node) => parseInstant(literal(node), node),
});

builder.scalarType('Date', {
  description: 'A day in UTC: `2025-05-25`.',
  serialize: (value) => value,
  parseValue: (value) => parseDay(value),
  parseLiteral: (node) => parseDay(literal(node), node),
});

builder.scalarType('Decimal', {
  description:
    'An exact decimal number as a string in plain notation, never with an exponent: `"0.00000835"`. Used for money, where a float would lose digits.',
  serialize: plainDecimal,
  parseValue: (value) => parseDecimal(value),
  parseLiteral: (node) => parseDecimal(literal(node), node),
});
