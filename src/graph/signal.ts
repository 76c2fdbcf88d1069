import { builder } from './builder.ts';

/** The upstream's 1, 0 and -1. */
export const Signal = builder.enumType('Signal', {
  description: 'What a model expects of a price. Open: new values may appear.',
  values: {
    BULLISH: { description: 'Rising (1 upstream).' },
    NEUTRAL: { description: 'No new signal (0 upstream): most days have none.' },
    BEARISH: { description: 'Falling (-1 upstream).' },
    UNKNOWN: { description: 'A value of the upstream that is newer than this list.' },
  } as const,
});

export function signalOf(value: number | null) {
  if (value === null) return null;
  return value === 1 ? 'BULLISH' : value === 0 ? 'NEUTRAL' : value === -1 ? 'BEARISH' : 'UNKNOWN';
}
