import type { GraphContext } from '../context.ts';
import { priced } from '../pricing/field-cost.ts';
import { builder } from './builder.ts';
import type { TokenNode } from './token.ts';

/** For rows that name a token by its name, which several tokens may share. */
export const TokenMatch = builder.enumType('TokenMatch', {
  description: 'Whether a name could be resolved to a token.',
  values: {
    RESOLVED: { description: 'Exactly one token has the name.' },
    AMBIGUOUS: { description: 'Several tokens have the name: none is chosen.' },
    UNRESOLVABLE: { description: 'The name has a comma, and the upstream cannot be asked for it.' },
    NOT_FOUND: { description: 'No token has the name today; tokens get renamed.' },
  } as const,
});

export interface NamedToken {
  readonly name: string;
  /** Where the row also tells the symbol. */
  readonly symbol?: string;
}

/** Every token that fits a name, and the symbol where one is known. */
export async function matchesOf(
  { name, symbol }: NamedToken,
  { loaders }: GraphContext,
): Promise<readonly TokenNode[]> {
  if (isUnresolvable(name)) return [];
  const rows = await loaders.tokenMetrics.tokensByName.load(name);
  return rows.filter((row) => symbol === undefined || row.tokenSymbol === symbol);
}

/** One token when the name is unambiguous, and never a guess. */
export function onlyMatch(matches: readonly TokenNode[]): TokenNode | null {
  return matches.length === 1 ? (matches[0] ?? null) : null;
}

/** A comma would be read as two names. */
const isUnresolvable = (name: string) => name.includes(',');

export function matchOf(name: string, matches: readonly TokenNode[]) {
  if (isUnresolvable(name)) return 'UNRESOLVABLE';
  if (matches.length === 0) return 'NOT_FOUND';
  return matches.length === 1 ? 'RESOLVED' : 'AMBIGUOUS';
}

/** What looking a name up costs: twenty-five names share a request. */
export const nameCost = priced({
  bornOf: 'tokens',
  reads: () => [{ upstream: 'tokenMetrics', endpoint: 'tokens', kind: 'name' }] as const,
});
