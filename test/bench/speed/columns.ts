/** Rows as columns for a terminal, the first row being their names. */
export function columnsOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(' | ')
        .trimEnd(),
    )
    .join('\n');
}

export const counted = (figure: number) => Math.round(figure).toLocaleString('en-US');

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const [below = NaN, above = NaN] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ];
  return (below + above) / 2;
}

export const verdict = (isKept: boolean) => (isKept ? 'kept' : 'NOT KEPT');
