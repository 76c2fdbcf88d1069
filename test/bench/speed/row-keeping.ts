export interface RowKeeping {
  /** What it adds to the name of a list. */
  readonly suffix: string;
  readonly env: Readonly<Record<string, string>>;
}

const memory = { ROWS_MEMORY_MB: '256' };

/** For how long the gateway keeps rows, by the name of the option. */
export const rowKeepings: ReadonlyMap<string, RowKeeping> = new Map([
  ['nothing', { suffix: '', env: { ROWS_MEMORY_MB: '0' } }],
  [
    'second',
    {
      suffix: ', a second',
      // Nothing is given out stale, nor stands in for what cannot be had. The day before yesterday is over
      // and kept for ever all the same: of signals, those of yesterday and of today are asked for again.
      env: {
        ...memory,
        TOKENMETRICS_LIFETIMES: 'tokens=1/0/0,tm-grade=1/0/0,trading-signals=1/0/0',
      },
    },
  ],
  ['lifetime', { suffix: ', kept', env: memory }],
]);
