import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { indexManifests, ManifestError } from './manifest.ts';

/** The documents of manifests in files; rejects with a `ManifestError` that names a file. */
export async function readManifests(files: readonly string[]) {
  const manifests = await Promise.all(
    files.map(async (file) => {
      try {
        return { name: basename(file), text: await readFile(file, 'utf8') };
      } catch (error) {
        throw new ManifestError([`${file}: cannot be read: ${String(error)}`]);
      }
    }),
  );
  return indexManifests(manifests);
}
