/** `, from line 2, column 5`: where a text stops being JSON; the engine's own message may repeat it. */
export function jsonPlaceOf(text: string, error: unknown): string {
  const [, position] = /position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return `, from line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
