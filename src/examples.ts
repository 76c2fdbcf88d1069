import { readdir, readFile } from 'node:fs/promises';

/** A published operation: its file's name without the ending, and its text with the comment above. */
export interface Example {
  readonly name: string;
  readonly text: string;
}

const folder = new URL('../schema/operations/', import.meta.url);

/** What a newcomer sees first; the others follow by name. */
const opening = 'top-tokens';

/** The operations this project publishes, as GraphiQL's tabs show them. */
export async function loadExamples(): Promise<readonly Example[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.graphql')).sort();
  const examples = await Promise.all(
    files.map(async (file) => ({
      name: file.replace(/\.graphql$/, ''),
      text: await readFile(new URL(file, folder), 'utf8'),
    })),
  );
  const first = examples.filter(({ name }) => name === opening);
  return [...first, ...examples.filter(({ name }) => name !== opening)];
}
