import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const manifest = new URL('../package.json', import.meta.url);

/** The version of this gateway. */
export async function readVersion(): Promise<string> {
  const json: unknown = JSON.parse(await readFile(manifest, 'utf8'));
  return z.object({ version: z.string() }).parse(json).version;
}
