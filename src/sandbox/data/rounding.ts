/** Two decimals, as the vendor rounds grades, scores and percentages. */
export function round2(value: number): number {
  // + 0 turns a negative zero into zero.
  return Math.round(value * 100 + Number.EPSILON) / 100 + 0;
}

/** Four decimals, as the vendor rounds returns. */
export function round4(value: number): number {
  return Math.round(value * 10_000) / 10_000 + 0;
}

/** A price as the vendor quotes it: whole dollars when great, cents above a dollar, six digits below. */
export function roundPrice(value: number): number {
  if (value >= 10_000) return Math.round(value);
  return value >= 1 ? round2(value) : Number(value.toPrecision(6));
}

/** Change from one figure to the next in percent, or null when either is unknown. */
export function percentChange(from: number | null, to: number | null): number | null {
  return from === null || to === null || from === 0 ? null : round2(((to - from) / from) * 100);
}

/** Within both bounds. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
