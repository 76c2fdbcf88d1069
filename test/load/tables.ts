import { columnsOf, counted, verdict } from '../bench/speed/columns.ts';
import type { Usage } from './gateway.ts';
import { type Figures, sumOf } from './tally.ts';

/** Something that was promised, and what was found. */
export interface Verdict {
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
  readonly isKept: boolean;
  /** Whether it is about time alone, of which a busy machine has less: told, and no failure. */
  readonly isSpeed?: boolean;
}

export const verdictsTable = (verdicts: readonly Verdict[]): string =>
  columnsOf([
    ['promise', 'measured', 'bound', 'verdict'],
    ...verdicts.map(({ what, measured, bound, isKept }) => [
      what,
      measured,
      bound,
      verdict(isKept),
    ]),
  ]);

export const isBroken = (verdicts: readonly Verdict[]): boolean =>
  verdicts.some(({ isKept, isSpeed = false }) => !isKept && !isSpeed);

/** A figure that is not to be above its bound. */
export const atMost = (what: string, measured: number, bound: number): Verdict => ({
  ...{ what, measured: rounded(measured), bound: `≤ ${rounded(bound)}` },
  isKept: measured <= bound,
});

export const none = (what: string, found: readonly string[]): Verdict => ({
  ...{ what, bound: 'none', isKept: found.length === 0 },
  measured: found.length === 0 ? 'none' : `${found.length}: ${shortened(found[0] ?? '')}`,
});

/** Each scenario with what came of it; what should not have is told behind it. */
export const figuresTable = (rows: readonly Figures[]): string =>
  columnsOf([
    ['requests', 'of them', 'a second', 'p50 ms', 'p90 ms', 'p99 ms', 'max ms', 'outcomes'],
    ...rows.map((figures) => [
      figures.name,
      counted(figures.requests),
      rounded(figures.perSecond),
      ...[figures.p50Ms, figures.p90Ms, figures.p99Ms, figures.maxMs].map((ms) => ms.toFixed(1)),
      timesOf(figures.outcomes) +
        (sumOf(figures.faults) > 0 ? ` — WRONG: ${timesOf(figures.faults)}` : ''),
    ]),
  ]);

export const usageTable = (rows: readonly (readonly [when: string, Usage])[]): string =>
  columnsOf([
    ['memory', 'heap', 'resident', 'handles'],
    ...rows.map(([when, { heapBytes, residentBytes, handles }]) => [
      when,
      megabytes(heapBytes),
      megabytes(residentBytes),
      String(handles),
    ]),
  ]);

/** `12 × 200, 3 × 304` */
export const timesOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, count]) => `${count} × ${outcome}`)
    .join(', ');

/** Wrong outcomes, each with the scenario it was of. */
export const faultsOf = (scenarios: readonly Figures[]): readonly string[] =>
  scenarios.flatMap(({ name, faults }) =>
    Object.entries(faults).map(([outcome, count]) => `${name}: ${count} × ${outcome}`),
  );

export const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

const rounded = (figure: number) => (figure >= 100 ? counted(figure) : String(+figure.toFixed(3)));
const shortened = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
