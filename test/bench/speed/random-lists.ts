import { idsOf, listSize, type Request, requestOf } from './workload.ts';

/** Persisted POSTs for lists of random tokens, the same ones in every run. */
export function randomLists(
  document: string,
  tokenIds: readonly number[],
  count: number,
): readonly Request[] {
  let state = 20_260_115;
  const next = (below: number) => {
    // Numerical Recipes' generator: the high bits are random enough for a choice.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: count }, () => {
    const chosen = new Set<number>();
    while (chosen.size < Math.min(listSize, tokenIds.length)) {
      chosen.add(tokenIds[next(tokenIds.length)] ?? 0);
    }
    return requestOf('persisted', document, idsOf([...chosen]));
  });
}
