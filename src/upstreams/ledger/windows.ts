import { DAY_MS } from '../../calendar.ts';

/** The windows an upstream counts in: the UTC minute and the UTC calendar month. */
export const windowNames = ['minute', 'month'] as const;
export type WindowName = (typeof windowNames)[number];

/** Which minute and which month; credits go back to the very windows they were taken from. */
export type Windows = Readonly<Record<WindowName, string>>;

const MINUTE_MS = 60_000;

export function windowsAt(ms: number): Windows {
  return {
    minute: String(Math.floor(ms / MINUTE_MS)),
    month: new Date(ms).toISOString().slice(0, 7),
  };
}

/** Milliseconds of the first instant after a window. */
export function endOf(name: WindowName, id: string): number {
  if (name === 'minute') return (Number(id) + 1) * MINUTE_MS;
  // Into the next month from any day of this one, and back to its first.
  const nextMonth = new Date(Date.parse(`${id}-01T00:00:00.000Z`) + 31 * DAY_MS);
  return Date.parse(`${nextMonth.toISOString().slice(0, 7)}-01T00:00:00.000Z`);
}
