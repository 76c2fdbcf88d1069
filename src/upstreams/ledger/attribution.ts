import { addDays, dayOf, isDay } from '../../calendar.ts';
import { createDayBook, type DayBook } from './day-book.ts';
import { DRAWN, fieldsOf, type Line } from './lines.ts';
import { createSpendingSum, MICRO, type Spending, type SpendingQuery } from './spending.ts';

/** The books of all processes; those of this one are added to them. */
export interface SharedBooks {
  readonly daysMax: number;
  /** Adds all of the book that can be added; what could not stays for later. Never rejects. */
  flush(): Promise<void>;
  /** Whether there is something to flush. */
  isBehind(): boolean;
  /** What was not told yet, where the book itself does not hold it any more. */
  untold(): readonly (readonly [day: string, field: string, micro: number])[];
  linesOn(day: string): Promise<readonly (readonly [field: string, micro: number])[]>;
}

export interface AttributionOptions {
  readonly linesMax: number;
  readonly now: () => number;
  readonly share: ((book: DayBook) => SharedBooks) | undefined;
  readonly onBooked: () => void;
}

export type Attribution = ReturnType<typeof createAttribution>;

const MEMORY_DAYS_MAX = 35;

/** Who spent our credits on what, by UTC day. */
export function createAttribution({ linesMax, now, share, onBooked }: AttributionOptions) {
  const book = createDayBook({ linesMax, daysMax: MEMORY_DAYS_MAX });
  const shared = share?.(book);
  const sinceStart = { drawn: 0, borneMicro: 0 };
  /** What rounding has left over, below half a millionth: thirds of a credit add up to one. */
  let rest = 0;

  const daysOf = ({ from, to }: SpendingQuery): string[] => {
    if (!isDay(from) || !isDay(to)) throw new RangeError(`no days: ${from}, ${to}`);
    const today = dayOf(now());
    const first = addDays(today, 1 - (shared?.daysMax ?? MEMORY_DAYS_MAX));
    const days: string[] = [];
    for (let day = from > first ? from : first; day <= to && day <= today; day = addDays(day, 1)) {
      days.push(day);
    }
    return days;
  };

  const ownSpending = (query: SpendingQuery): Spending => {
    const sum = createSpendingSum(query);
    const days = daysOf(query);
    for (const day of days) sum.add(day, book.linesOn(day));
    for (const [day, field, micro] of shared?.untold() ?? []) {
      if (days.includes(day)) sum.add(day, [[field, micro]]);
    }
    return sum.spending(shared === undefined);
  };

  return {
    /** Books a share of what an endpoint cost. */
    bear: (line: Line, credits: number) => {
      if (!(credits >= 0 && credits < Infinity)) throw new RangeError(`a share of ${credits}`);
      const exact = credits * MICRO + rest;
      const micro = Math.round(exact);
      rest = exact - micro;
      sinceStart.borneMicro += micro;
      book.add(dayOf(now()), fieldsOf(line), micro);
      onBooked();
    },
    /** Counts requests that were sent; a negative number, those that were not after all. */
    draw: (requests: number, day: string) => {
      sinceStart.drawn += requests;
      book.add(day, [DRAWN], requests * MICRO);
      onBooked();
    },
    sinceStart: () => ({ drawn: sinceStart.drawn, borne: sinceStart.borneMicro / MICRO }),
    spending: async (query: SpendingQuery): Promise<Spending> => {
      if (shared === undefined) return ownSpending(query);
      const days = daysOf(query);
      await shared.flush();
      try {
        const sum = createSpendingSum(query);
        for (const day of days) sum.add(day, await shared.linesOn(day));
        return sum.spending(true);
      } catch {
        return ownSpending(query);
      }
    },
    flush: async () => shared?.flush(),
    isBehind: () => shared?.isBehind() ?? false,
  };
}
