/** What is to be mended before the gateway starts, place by place. */
export class MistakesError extends Error {
  override readonly name = 'MistakesError';

  constructor(places: readonly (readonly [place: string, problems: readonly string[]])[]) {
    super(
      places
        .map(([place, problems]) => {
          const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
          return `${place}: ${count}\n  ${problems.join('\n  ')}`;
        })
        .join('\n'),
    );
  }
}

/** What is known to be wrong with a place, or the reading of it. */
type Place = readonly string[] | Promise<unknown>;

/**
 * Waits for all that is read, and rejects with the mistakes of all places at once: the first of them must
 * not hide the others.
 */
export async function refuseMistakes(places: Readonly<Record<string, Place>>): Promise<void> {
  const told = await Promise.all(
    Object.entries(places).map(async ([place, found]) => [place, await problemsOf(found)] as const),
  );
  const wrong = told.filter(([, problems]) => problems.length > 0);
  if (wrong.length > 0) throw new MistakesError(wrong);
}

async function problemsOf(found: Place): Promise<readonly string[]> {
  if (!(found instanceof Promise)) return found;
  try {
    await found;
    return [];
  } catch (error) {
    if (tellsProblems(error)) return error.problems;
    throw error;
  }
}

/** Errors about files and settings tell their problems one by one, whatever their class. */
function tellsProblems(error: unknown): error is { readonly problems: readonly string[] } {
  return error instanceof Error && 'problems' in error && Array.isArray(error.problems);
}
