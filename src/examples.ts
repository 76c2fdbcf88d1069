import { readdir, readFile } from 'node:fs/promises';

/** A published operation: its file's name without the ending, and its text with the comment above. */
export interface Example {
  readonly name: string;
  readonly text: string;
}

const folder = new URL('../schema/operations/', import.meta.url);
const ending = '.graphql';

/** What a newcomer sees first; the others follow by name. */
const opening = ['top-tokens', 'token-page', 'grade-history', 'signal-feed'];

/** The operations this project publishes, as GraphiQL's tabs show them. */
export async function loadExamples(): Promise<readonly Example[]> {
  const names = (await readdir(folder))
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();
  const ordered = [...new Set([...opening.filter((name) => names.includes(name)), ...names])];
  return Promise.all(
    ordered.map(async (name) => ({
      name,
      text: await readFile(new URL(`${name}${ending}`, folder), 'utf8'),
    })),
  );
}
