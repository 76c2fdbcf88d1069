import { type Line, lineOf, DRAWN } from './lines.ts';

export interface SpendingQuery {
  /** UTC days, both counted. */
  readonly from: string;
  readonly to: string;
  readonly by: readonly ('day' | keyof Line)[];
  /** How many rows; all when not said. */
  readonly top?: number | undefined;
}

export interface SpendingRow extends Partial<Line> {
  readonly day?: string;
  readonly credits: number;
}

export interface Spending {
  /** Most credits first. */
  readonly rows: readonly SpendingRow[];
  /** Of all rows, also of those beyond `top`. */
  readonly totals: {
    /** Credits operations have borne. */
    readonly borne: number;
    /** Credits drawn: requests that were sent. */
    readonly drawn: number;
  };
  /** False when the shared books could not be read: then it is what this process has not told them yet. */
  readonly isComplete: boolean;
}

/** Credits are kept in millionths, as integers, so that shares of a request add up. */
export const MICRO = 1_000_000;

/** Sums what days hold, one after the other. */
export function createSpendingSum({ by, top }: Pick<SpendingQuery, 'by' | 'top'>) {
  const rows = new Map<string, { row: Omit<SpendingRow, 'credits'>; micro: number }>();
  let drawn = 0;
  let borne = 0;

  const addLine = (day: string, line: Line, micro: number) => {
    const all = { day, ...line };
    const row = Object.fromEntries(by.map((name) => [name, all[name]]));
    const key = JSON.stringify(by.map((name) => all[name]));
    rows.set(key, { row, micro: micro + (rows.get(key)?.micro ?? 0) });
    borne += micro;
  };

  return {
    add: (day: string, lines: Iterable<readonly [field: string, micro: number]>) => {
      for (const [field, micro] of lines) {
        const line = lineOf(field);
        if (line !== undefined) addLine(day, line, micro);
        else if (field === DRAWN) drawn += micro;
      }
    },
    spending: (isComplete: boolean): Spending => ({
      rows: [...rows]
        .sort(([a, { micro: ofA }], [b, { micro: ofB }]) => ofB - ofA || (a < b ? -1 : 1))
        .slice(0, top)
        .map(([, { row, micro }]) => ({ ...row, credits: micro / MICRO })),
      totals: { borne: borne / MICRO, drawn: drawn / MICRO },
      isComplete,
    }),
  };
}
