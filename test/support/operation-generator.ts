import {
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import { tokenId } from './gateway.ts';
import type { Random } from './random.ts';

/** The last of each is in no catalogue. */
const tokens = [3375, 3306, 3369, 3988, 20613, 2037, 28902, 999_999] as const;
const indices = [1, 2, 8, 9, 999] as const;
const symbols = ['SOL', 'ton', 'PEPE', 'BTC', 'NOPE'] as const;

/** Whether a generated operation names a token, an index or a symbol that does not exist. */
export function namesNothing(query: string): boolean {
  return (
    /\b999999\b|"NOPE"/.test(query) ||
    [tokenId(999_999), indexId(999)].some((id) => query.includes(id))
  );
}

const indexId = (number: number) => Buffer.from(`CryptoIndex:${number}`).toString('base64url');

/** Writes valid operations over a schema: fields, aliases, fragments and arguments by chance. */
export function createOperationGenerator(schema: GraphQLSchema, random: Random) {
  const id = () => JSON.stringify(tokenId(random.pick(tokens)));
  const ids = () =>
    `[${Array.from({ length: random.chance(0.1) ? 100 : random.integer(1, 8) }, id).join(', ')}]`;

  /** Values for arguments, by name; anything else is left out. */
  const values: Readonly<Record<string, (field: string) => string>> = {
    first: () => String(random.chance(0.1) ? random.integer(1, 100) : random.integer(1, 8)),
    ids,
    id: (field) => (field === 'index' ? JSON.stringify(indexId(random.pick(indices))) : id()),
    theme: () => '"meme"',
    chart: (field) => (field === 'marketChart' ? 'MARKET_SIGNAL' : 'TOKEN_LEVELS'),
    kind: () => random.pick(['TRADER', 'INVESTOR']),
    interval: () => random.pick(['D1', 'H1']),
    by: (field) =>
      field.startsWith('basket')
        ? random.pick(['{ kind: TRADER }', '{ theme: "meme" }'])
        : random.chance(0.5)
          ? `{ id: ${id()} }`
          : `{ tokenMetricsId: ${random.pick(tokens)} }`,
    symbol: () => JSON.stringify(random.pick(symbols)),
    from: () => random.pick(['"2025-11-01"', '"2026-10-20"', '"2026-11-15"']),
    signal: () => random.pick(['BULLISH', 'BEARISH', 'NEUTRAL']),
    filter: () => '{ categories: ["layer-1"] }',
    gradeMin: () => String(random.integer(0, 60)),
  };

  function argumentsOf(field: GraphQLField<unknown, unknown>, typeName: string): string {
    const given: string[] = [];
    const give = (argument: GraphQLArgument) => {
      // Tokens by id and by filter exclude each other; hours are no days.
      if (field.name === 'tokens' && argument.name === 'filter') return;
      if (['hourlySignals', 'candles'].includes(field.name) && argument.name === 'from') return;
      if (typeName === 'HourlySignal') return;
      const value = values[argument.name];
      const isRequired = getNullableType(argument.type) !== argument.type;
      if (value && (isRequired || random.chance(0.5))) {
        given.push(`${argument.name}: ${value(field.name)}`);
      }
    };
    field.args.forEach(give);
    if (
      field.name === 'tokens' &&
      !given.some((one) => one.startsWith('ids')) &&
      random.chance(0.5)
    ) {
      given.push('filter: { categories: ["layer-1"] }');
    }
    return given.length === 0 ? '' : `(${given.join(', ')})`;
  }

  function selections(type: GraphQLObjectType, depth: number, width: number): string {
    const fields = Object.values(type.getFields());
    const chosen = new Map<string, string>();
    for (let count = random.integer(1, width); count > 0; count -= 1) {
      const field = random.pick([fields[0] ?? fail(), ...fields.slice(1)]);
      const text = selection(field, type.name, depth);
      if (text === undefined) continue;
      const alias = random.chance(0.3) ? `a${chosen.size}_${field.name}` : undefined;
      // Two fields of one name must be the same field: a second one gets an alias.
      const key = alias ?? (chosen.has(field.name) ? `b${chosen.size}_${field.name}` : field.name);
      chosen.set(key, key === field.name ? text : `${key}: ${text}`);
    }
    // Depth may have left nothing: a leaf, or what leads to one soonest, is always there.
    const least =
      fields.find(({ type }) => isLeafType(getNamedType(type))) ?? type.getFields()['pageInfo'];
    const body =
      [...chosen.values()].join(' ') ||
      selection(least ?? type.getFields()['topTokens'] ?? fail(), type.name, 1) ||
      fail();
    return random.chance(0.2) ? `... on ${type.name} { ${body} }` : body;
  }

  function selection(
    field: GraphQLField<unknown, unknown>,
    typeName: string,
    depth: number,
  ): string | undefined {
    const type = getNamedType(field.type);
    const head = `${field.name}${argumentsOf(field, typeName)}`;
    if (isLeafType(type)) return head;
    if (depth <= 0) return undefined;
    if (isInterfaceType(type)) {
      const token = schema.getType('Token');
      if (!isObjectType(token)) fail();
      return `${head} { id ... on Token { ${selections(token, depth - 1, 4)} } }`;
    }
    if (!isObjectType(type)) return undefined;
    const isList = isListType(getNullableType(field.type));
    return `${head} { ${selections(type, depth - 1, isList ? 3 : 5)} }`;
  }

  return {
    next(): string {
      return `{ ${selections(schema.getQueryType() ?? fail(), 5, 3)} }`;
    },
  };
}

function fail(): never {
  throw new Error('the schema has no such type');
}
