import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { codeOf } from '../told-error.ts';
import { type FoundManifest, indexManifests } from './manifest.ts';

/** The documents of manifests in files; rejects with a `ManifestError` that names every bad file. */
export async function readManifests(files: readonly string[]) {
  return indexManifests(await Promise.all(files.map(readManifest)));
}

async function readManifest(file: string): Promise<FoundManifest> {
  try {
    return { name: basename(file), text: await readFile(file, 'utf8') };
  } catch (error) {
    return { problem: `${file}: cannot be read (${codeOf(error) ?? 'no code'})` };
  }
}
