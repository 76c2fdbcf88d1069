import { remembering } from './remembering.ts';

/** UTC calendar arithmetic. A day is `YYYY-MM-DD`, an instant RFC 3339 with milliseconds. */

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

const dayNumbered = remembering((number: number) =>
  new Date(number * DAY_MS).toISOString().slice(0, 10),
);

/** The UTC day of an instant given in milliseconds. */
export function dayOf(ms: number): string {
  return dayNumbered(Math.floor(ms / DAY_MS));
}

/** Milliseconds of a day's first instant. */
export const startOfDay = remembering((day: string) => Date.parse(`${day}T00:00:00.000Z`));

/** Whether a text is a day that exists (2025-02-30 does not). */
export function isDay(text: string): boolean {
  if (!dayPattern.test(text)) return false;
  const ms = startOfDay(text);
  return !Number.isNaN(ms) && dayOf(ms) === text;
}

export function addDays(day: string, days: number): string {
  return dayOf(startOfDay(day) + days * DAY_MS);
}

/** Seconds until the next UTC day begins, when "today" means another one. */
export function secondsLeftOfDay(ms: number): number {
  return Math.ceil((DAY_MS - (ms % DAY_MS)) / 1000);
}

/** Days from first to last, both counted; 0 when last is before first. */
export function daysInclusive(first: string, last: string): number {
  return Math.max(0, Math.round((startOfDay(last) - startOfDay(first)) / DAY_MS) + 1);
}

/** A range of UTC days, both ends counted. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

/** Windows of at most so many days that follow each other and together are the range, newest first. */
export function windowsOf({ from, to }: DayRange, daysMax: number): DayRange[] {
  const windows: DayRange[] = [];
  for (let end = to; end >= from; end = addDays(end, -daysMax)) {
    const start = addDays(end, 1 - daysMax);
    windows.push({ from: start > from ? start : from, to: end });
  }
  return windows;
}

/** The start of the hour an instant falls into, in milliseconds. */
export function hourOf(ms: number): number {
  return Math.floor(ms / HOUR_MS) * HOUR_MS;
}

/** Hours from the hour of one instant to the hour of another, both counted. */
export function hoursInclusive(firstMs: number, lastMs: number): number {
  return Math.max(0, (hourOf(lastMs) - hourOf(firstMs)) / HOUR_MS + 1);
}
