/** Milliseconds of a UTC day. */
export const dayMs = 86_400_000;

/** Milliseconds of an hour. */
export const hourMs = 3_600_000;

/** The number of the UTC day an instant falls on, counted from 1970-01-01. */
export function dayOf(ms: number): number {
  return Math.floor(ms / dayMs);
}

/** `YYYY-MM-DD` of a day number. */
export function isoDay(day: number): string {
  return isoInstant(day * dayMs).slice(0, 10);
}

/** `YYYY-MM-DDTHH:mm:ss.sssZ` of an instant in milliseconds. */
export function isoInstant(ms: number): string {
  return new Date(ms).toISOString();
}

/** The day number of `YYYY-MM-DD`, or undefined when the calendar has no such day. */
export function parseDay(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  // Date.parse takes 2025-02-30 for 2 March: what it read must be what was written.
  return Number.isNaN(ms) || isoInstant(ms).slice(0, 10) !== text ? undefined : dayOf(ms);
}
