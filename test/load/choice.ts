import { encodeGlobalId } from '../../src/graph/global-id.ts';
import type { Random } from '../support/random.ts';
import type { Operation, Scenario } from './scenario.ts';

/** One of them, each as likely. */
export function anyOf<T>(items: readonly T[], random: Random): T {
  return itemAt(items, random.integer(0, items.length - 1));
}

/** One of them by Zipf's law: the second half as often as the first, the hundredth a hundredth as often. */
export function popularOf<T>(items: readonly T[], random: Random): T {
  return itemAt(items, Math.floor((items.length + 1) ** random.next()) - 1);
}

/** One of them by their weights. */
export function createWeighted(scenarios: readonly Scenario[]): (random: Random) => Scenario {
  const total = scenarios.reduce((sum, { weight }) => sum + weight, 0);
  return (random) => {
    let left = random.next() * total;
    const found = scenarios.find(({ weight }) => (left -= weight) < 0);
    return found ?? itemAt(scenarios, scenarios.length - 1);
  };
}

const tokenStart = encodeGlobalId('Token', '').slice(0, 6);
const isTokenId = (value: unknown) => typeof value === 'string' && value.startsWith(tokenStart);

/** The variables with other tokens in the place of theirs: most of them popular, some of them anybody's. */
export function variablesOf(
  { variables }: Pick<Operation, 'variables'>,
  tokens: readonly string[],
  random: Random,
): Record<string, unknown> {
  const pick = () => (random.chance(0.1) ? anyOf(tokens, random) : popularOf(tokens, random));
  const { id, ids } = variables;
  return {
    ...variables,
    ...(isTokenId(id) ? { id: pick() } : {}),
    ...(Array.isArray(ids) ? { ids: [...new Set(Array.from({ length: 10 }, pick))] } : {}),
  };
}

function itemAt<T>(items: readonly T[], index: number): T {
  const [item] = items.slice(index, index + 1);
  if (item === undefined) throw new Error(`expected an item at ${index} of ${items.length}`);
  return item;
}
