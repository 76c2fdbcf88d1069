/**
 * How what is missing is cut into blocks of some subjects and a range of days. All cuts between days
 * are weighed against each other, for all subjects at once and for groups of them; the groups are
 * found by trying, as all there could be are too many.
 */

/** The subjects that miss the same days: whole numbers, ascending. */
export interface Pattern<Subject> {
  readonly subjects: readonly Subject[];
  readonly days: readonly number[];
}

/** All subjects of the patterns on all days of a range, both ends counted. */
export interface Block<Subject> {
  readonly patterns: readonly Pattern<Subject>[];
  readonly from: number;
  readonly to: number;
}

/** Requests times `perRequest`, plus rows: requests decide, and rows where those are equal. */
export type Price = (keys: number, days: number) => number;
export const perRequest = 2 ** 32;

/** With more patterns than this none are grouped: 8 have 28 pairs, and reads of 3 ranges leave 8. */
const groupedMax = 8;

/** Blocks weighed, about, for all subjects at once and again for groups: some milliseconds. */
const weighedMax = 500_000;

/** Blocks that together cover what the patterns miss. */
interface Cover<Subject> {
  readonly patterns: readonly Pattern<Subject>[];
  readonly blocks: () => readonly Block<Subject>[];
  readonly price: number;
}

type Cut<Subject> = (patterns: readonly Pattern<Subject>[]) => Cover<Subject>;

/** Blocks that cover what the patterns miss; one block of it all where no others are cheaper. */
export function cheapestBlocks<Subject>(
  patterns: readonly Pattern<Subject>[],
  price: Price,
  windowDays: number,
): readonly Block<Subject>[] {
  if (patterns.length === 0) return [];
  const from = Math.min(...patterns.map(({ days }) => days[0] ?? Infinity));
  const to = Math.max(...patterns.map(({ days }) => days.at(-1) ?? -Infinity));
  const box = { patterns, from, to };
  const boxDays = to - from + 1;
  const whole = { price: price(subjectsIn(patterns), boxDays), blocks: () => [box] };
  const isFull = patterns.every(({ days }) => days.length === boxDays);
  if (isFull || requestsIn(whole.price) === 1) return [box];

  const cutWeighing = (weighed: number) => (some: readonly Pattern<Subject>[]) => {
    const columns = columnsOf(some);
    // A window at least, or a run of days would be cut where no request has to end.
    const reach = Math.max(windowDays, Math.floor(weighed / columns.length));
    return { patterns: some, ...cutDays(columns, price, reach) };
  };
  const atOnce = cutWeighing(weighedMax)(patterns);
  const covers = [whole, atOnce];
  if (patterns.length <= groupedMax || priceAlone(patterns, price) < atOnce.price) {
    const groups = cutGroups(patterns, cutWeighing(weighedMax / patterns.length ** 2));
    covers.push({
      price: priceOf(groups),
      blocks: () => groups.flatMap((group) => group.blocks()),
    });
  }
  return covers.reduce((best, cover) => (cover.price < best.price ? cover : best)).blocks();
}

/** Unites the two groups that save the most by it until one is left: the cheapest groups on the way. */
function cutGroups<Subject>(
  patterns: readonly Pattern<Subject>[],
  cut: Cut<Subject>,
): readonly Cover<Subject>[] {
  let groups = patterns.map((pattern) => cut([pattern]));
  if (groups.length > groupedMax) return groups;
  const pairOf = (a: Cover<Subject>, b: Cover<Subject>) => {
    const both = cut([...a.patterns, ...b.patterns]);
    return { a, b, both, saved: a.price + b.price - both.price };
  };
  let best = groups;
  let pairs = groups.flatMap((a, index) => groups.slice(index + 1).map((b) => pairOf(a, b)));
  for (;;) {
    // A union that saves nothing is made too: it may be a step to one that does.
    const [first, ...others] = pairs;
    if (first === undefined) return best;
    const pair = others.reduce((most, other) => (other.saved > most.saved ? other : most), first);
    const rest = groups.filter((group) => group !== pair.a && group !== pair.b);
    groups = [...rest, pair.both];
    pairs = [
      ...pairs.filter(({ a, b }) => rest.includes(a) && rest.includes(b)),
      ...rest.map((group) => pairOf(group, pair.both)),
    ];
    if (priceOf(groups) <= priceOf(best)) best = groups;
  }
}

/** The patterns that miss a day. */
interface Column<Subject> {
  readonly day: number;
  readonly patterns: Pattern<Subject>[];
}

/** The days that are missing, ascending. */
function columnsOf<Subject>(patterns: readonly Pattern<Subject>[]): Column<Subject>[] {
  const columns = new Map<number, Column<Subject>>();
  for (const pattern of patterns) {
    for (const day of pattern.days) {
      const column = columns.get(day);
      if (column === undefined) columns.set(day, { day, patterns: [pattern] });
      else column.patterns.push(pattern);
    }
  }
  return [...columns.values()].sort((a, b) => a.day - b.day);
}

/**
 * The cheapest way to cut the days into ranges, each read for the subjects that miss one of its days.
 * A range reaches at most so many columns back.
 */
function cutDays<Subject>(columns: readonly Column<Subject>[], price: Price, reach: number) {
  const days = columns.map(({ day }) => day);
  const newest = new Map<Pattern<Subject>, number>();
  // By column: the subjects that miss no newer day up to the one at hand.
  const counts = columns.map(() => 0);
  const prices = [0];
  const starts: number[] = [];
  for (const [end, { day, patterns }] of columns.entries()) {
    for (const pattern of patterns) {
      const before = newest.get(pattern);
      if (before !== undefined) counts[before] = (counts[before] ?? 0) - pattern.subjects.length;
      newest.set(pattern, end);
    }
    counts[end] = subjectsIn(patterns);
    let cheapest = Infinity;
    let subjects = 0;
    for (let start = end; start >= 0 && start > end - reach; start -= 1) {
      subjects += counts[start] ?? 0;
      const block = price(subjects, day - (days[start] ?? day) + 1);
      // Further back a block only grows.
      if (block > cheapest) break;
      const total = (prices[start] ?? 0) + block;
      if (total > cheapest) continue;
      cheapest = total;
      starts[end] = start;
    }
    prices.push(cheapest);
  }
  return { price: prices.at(-1) ?? 0, blocks: () => blocksOf(columns, starts) };
}

/** The ranges between cuts, where the start of each range is known by its end. */
function blocksOf<Subject>(columns: readonly Column<Subject>[], starts: readonly number[]) {
  const blocks: Block<Subject>[] = [];
  for (let end = columns.length - 1; end >= 0;) {
    const start = starts[end] ?? end;
    const range = columns.slice(start, end + 1);
    const patterns = [...new Set(range.flatMap((column) => column.patterns))];
    blocks.push({ patterns, from: range[0]?.day ?? 0, to: range.at(-1)?.day ?? 0 });
    end = start - 1;
  }
  return blocks;
}

function subjectsIn(patterns: readonly Pattern<unknown>[]): number {
  return patterns.reduce((count, { subjects }) => count + subjects.length, 0);
}

/** The least that subjects cost that are read one by one: as if what each misses were one run. */
function priceAlone(patterns: readonly Pattern<unknown>[], price: Price): number {
  return patterns.reduce(
    (sum, { subjects, days }) => sum + subjects.length * price(1, days.length),
    0,
  );
}

function priceOf(covers: readonly Cover<unknown>[]): number {
  return covers.reduce((sum, { price }) => sum + price, 0);
}

function requestsIn(price: number): number {
  return Math.floor(price / perRequest);
}
