/** First milliseconds of the UTC month before an instant's, of its own, and of the two that follow. */
export type Months = readonly [before: number, current: number, next: number, afterNext: number];

export function monthsAt(ms: number): Months {
  const date = new Date(ms);
  const startOf = (offset: number) => Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset);
  return [startOf(-1), startOf(0), startOf(1), startOf(2)];
}

/** `monthsAt`, worked out once a month. */
export function createCalendar() {
  let known = monthsAt(0);
  return (ms: number): Months => {
    if (ms < known[1] || ms >= known[2]) known = monthsAt(ms);
    return known;
  };
}
