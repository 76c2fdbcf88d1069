import { roomsOf } from './lines.ts';

export interface Entry {
  readonly day: string;
  readonly field: string;
  readonly amount: number;
}

export type DayBook = ReturnType<typeof createDayBook>;

/** Sums per day and field, of so many days and so many fields a day. */
export function createDayBook({ linesMax, daysMax }: { linesMax: number; daysMax: number }) {
  const days = new Map<string, Map<string, number>>();
  const rooms = roomsOf(linesMax);

  const linesOf = (day: string) => {
    const lines = days.get(day) ?? new Map<string, number>();
    days.set(day, lines);
    const oldest = days.size > daysMax ? [...days.keys()].sort()[0] : undefined;
    if (oldest !== undefined) days.delete(oldest);
    return lines;
  };

  return {
    /** Adds to the first field for which there is room, and to the last in any case. */
    add: (day: string, fields: Iterable<string>, amount: number) => {
      const lines = linesOf(day);
      // After the loop it is the field to add to, or the last.
      let field: string | undefined;
      let index = 0;
      for (field of fields) {
        if (lines.has(field) || lines.size < (rooms[index] ?? Infinity)) break;
        index += 1;
      }
      if (field !== undefined) lines.set(field, (lines.get(field) ?? 0) + amount);
    },
    linesOn: (day: string): ReadonlyMap<string, number> => days.get(day) ?? new Map(),
    isEmpty: () => days.size === 0,
    /** Takes at most so many entries out of the book. */
    takeOut: (entriesMax: number): Entry[] => {
      const entries: Entry[] = [];
      for (const [day, lines] of days) {
        for (const [field, amount] of lines) {
          if (entries.length === entriesMax) return entries;
          entries.push({ day, field, amount });
          lines.delete(field);
        }
        days.delete(day);
      }
      return entries;
    },
  };
}
