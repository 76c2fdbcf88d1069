import type { Row } from './endpoint.ts';

/** A column as generation 3 spells it: `24H_VOLUME` is `24_h_volume`. */
export function snakeName(column: string): string {
  return column.replace(/(\d)([A-Za-z])/g, '$1_$2').toLowerCase();
}

/** A row of generation 2 as one of generation 3. Where a token is named its slug follows. */
export function snakeRow(row: Row, slug: string | undefined): Row {
  return Object.fromEntries(
    Object.entries(row).flatMap(([column, value]) => {
      const cell = [snakeName(column), value] as const;
      return column === 'TOKEN_SYMBOL' && slug !== undefined ? [cell, ['slug', slug]] : [cell];
    }),
  );
}
