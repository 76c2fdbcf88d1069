import { addDays, dayOf, isDay } from '../calendar.ts';
import type { SpendingQuery } from '../upstreams/ledger/spending.ts';

type By = SpendingQuery['by'][number];

const parameters = ['from', 'to', 'by', 'top'];
const cuts = ['caller', 'operation', 'endpoint', 'day'] as const satisfies readonly By[];
const topDefault = 20;
const topMax = 10_000;

/** What `/spending` is asked, or every mistake in it: what was expected, and what came. */
export function readSpendingQuery(
  given: URLSearchParams,
  nowMs: number,
): { readonly query: SpendingQuery } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  for (const name of new Set(given.keys())) {
    if (!parameters.includes(name)) {
      problems.push(`"${name}" is no parameter: expected ${parameters.join(', ')}`);
    } else if (given.getAll(name).length > 1) {
      problems.push(`${name}: expected once, got ${given.getAll(name).length} of it`);
    }
  }

  const dayIn = (name: string, fallback: string) => {
    const text = given.get(name);
    if (text === null) return fallback;
    if (isDay(text)) return text;
    problems.push(`${name}: expected a UTC day as YYYY-MM-DD, got "${text}"`);
    return undefined;
  };
  const today = dayOf(nowMs);
  const yesterday = addDays(today, -1);
  const to = dayIn('to', today);
  const from = dayIn('from', to !== undefined && to < yesterday ? to : yesterday);
  if (from !== undefined && to !== undefined && from > to) {
    problems.push(`from: expected a day not after to, got ${from} and ${to}`);
  }

  const by: By[] = [];
  for (const name of (given.get('by') ?? 'caller').split(',')) {
    const known = cuts.find((cut) => cut === name.trim());
    if (known === undefined) {
      problems.push(`by: expected one or more of ${cuts.join(', ')}, got "${name.trim()}"`);
    } else if (!by.includes(known)) by.push(known);
  }

  const top = given.get('top') ?? String(topDefault);
  if (!/^\d{1,5}$/.test(top) || Number(top) < 1 || Number(top) > topMax) {
    problems.push(`top: expected a whole number from 1 to ${topMax}, got "${top}"`);
  }

  if (problems.length > 0 || from === undefined || to === undefined) return { problems };
  return { query: { from, to, by, top: Number(top) } };
}
