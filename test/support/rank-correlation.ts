/** Spearman's rank correlation: Pearson's, of the ranks. Equal values share the mean of theirs. */
export function rankCorrelation(pairs: readonly (readonly [number, number])[]): number {
  const ranksA = ranksOf(pairs.map(([a]) => a));
  const ranksB = ranksOf(pairs.map(([, b]) => b));
  const mean = (pairs.length - 1) / 2;
  let [together, squaresA, squaresB] = [0, 0, 0];
  ranksA.forEach((rankA, at) => {
    const [a, b] = [rankA - mean, (ranksB[at] ?? mean) - mean];
    together += a * b;
    squaresA += a * a;
    squaresB += b * b;
  });
  return together / Math.sqrt(squaresA * squaresB);
}

/** The place of each value among all of them, from 0. */
function ranksOf(values: readonly number[]): number[] {
  const placesOf = new Map<number, number[]>();
  [...values]
    .sort((a, b) => a - b)
    .forEach((value, place) => {
      const places = placesOf.get(value) ?? [];
      placesOf.set(value, places);
      places.push(place);
    });
  const rankOf = new Map([...placesOf].map(([value, places]) => [value, mean(places)]));
  return values.map((value) => rankOf.get(value) ?? 0);
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
