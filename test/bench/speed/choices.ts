/** What an option names of what there is, in the order of the wish; throws what is unknown. */
export function chosen<T>(
  option: string,
  wish: string,
  known: ReadonlyMap<string, T>,
): readonly T[] {
  return wish.split(',').map((name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    throw new Error(
      `--${option}: expected names of ${[...known.keys()].join(', ')}; got "${name}"`,
    );
  });
}
