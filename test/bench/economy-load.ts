import { requestsFor } from '../../src/upstreams/tokenmetrics/plan.ts';
import { createRandom } from '../support/random.ts';
import type { Answer, Gateway, Query } from './economy-world.ts';

/** What is asked, and the fewest upstream requests it can be answered with. */

/** How the five endpoints of `fiveFields` are read. */
const readsOfFive = ['one', 'one', 'one', 'latest', 'latest'] as const;

/** Distinct tokens by the batches of each endpoint: lists of ids, and rectangles of tokens and days. */
export const floorOfFive = (tokens: number): number =>
  readsOfFive.reduce(
    (sum, kind) => sum + requestsFor({ kind, keys: tokens, span: 1 }, { lists: true }),
    0,
  );

export const floorOfOne = (tokens: number): number =>
  requestsFor({ kind: 'one', keys: tokens, span: 1 }, { lists: true });

/** So many picks of the items, the nth of them n times as rare as the first. */
export function zipf<T>(items: readonly T[], picks: number, seed: number): T[] {
  const random = createRandom(seed);
  const reaches: number[] = [];
  let reach = 0;
  for (const index of items.keys()) reaches.push((reach += 1 / (index + 1)));
  return Array.from({ length: picks }, () => {
    const at = random.next() * reach;
    let [low, high] = [0, reaches.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((reaches[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    const item = items[low];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  });
}

/** All at once. */
export const burst = (gateway: Pick<Gateway, 'ask'>, queries: readonly Query[]) =>
  Promise.all(queries.map((query) => gateway.ask(query)));

/** One after the other on each of so many connections. */
export async function paced(
  gateway: Pick<Gateway, 'ask'>,
  queries: readonly Query[],
  connections: number,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const connection = async () => {
    for (let query = queries[next++]; query !== undefined; query = queries[next++]) {
      answers.push(await gateway.ask(query));
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  return answers;
}

export const sum = (figures: readonly number[]) =>
  figures.reduce((total, figure) => total + figure, 0);

export const spentOf = ({ extensions }: Answer): number => extensions.cost.credits.spent;

/** Credits that the operations say they have borne. */
export const creditsSpent = (answers: readonly Answer[]): number => sum(answers.map(spentOf));

/** Each share is told to a millionth: that is how far the sum may be off. */
export const isSumOf = (answers: readonly Answer[], calls: number): boolean =>
  Math.abs(creditsSpent(answers) - calls) <= 1e-6 * answers.length;

export const longestMs = (answers: readonly Answer[]): number =>
  answers.reduce((longest, { ms }) => Math.max(longest, ms), 0);
