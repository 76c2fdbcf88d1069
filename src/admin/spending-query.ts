import { addDays, dayOf, isDay } from '../calendar.ts';
import type { SpendingQuery } from '../upstreams/ledger/spending.ts';
import { checkNames, readTop } from './parameters.ts';

type By = SpendingQuery['by'][number];

const parameters = ['from', 'to', 'by', 'top'];
const cuts = ['caller', 'operation', 'endpoint', 'day'] as const satisfies readonly By[];

/** What `/spending` is asked, or every mistake in it: what was expected, and what came. */
export function readSpendingQuery(
  given: URLSearchParams,
  nowMs: number,
): { readonly query: SpendingQuery } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  checkNames(given, parameters, problems);

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

  const top = readTop(given, problems);
  if (problems.length > 0 || from === undefined || to === undefined) return { problems };
  return { query: { from, to, by, top } };
}
