/** What questions to the listener have in common; every mistake is added to `problems`. */

const topDefault = 20;
const topMax = 10_000;

/** Names that mean nothing, and those that came twice. */
export function checkNames(
  given: URLSearchParams,
  parameters: readonly string[],
  problems: string[],
): void {
  for (const name of new Set(given.keys())) {
    if (!parameters.includes(name)) {
      problems.push(`"${name}" is no parameter: expected ${parameters.join(', ')}`);
    } else if (given.getAll(name).length > 1) {
      problems.push(`${name}: expected once, got ${given.getAll(name).length} of it`);
    }
  }
}

/** How many of the first are asked for. */
export function readTop(given: URLSearchParams, problems: string[]): number {
  const top = given.get('top') ?? String(topDefault);
  if (!/^\d{1,5}$/.test(top) || Number(top) < 1 || Number(top) > topMax) {
    problems.push(`top: expected a whole number from 1 to ${topMax}, got "${top}"`);
  }
  return Number(top);
}
