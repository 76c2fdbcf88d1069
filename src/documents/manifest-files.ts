import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { codeOf } from '../told-error.ts';
import { sha256Hex } from './hash.ts';
import {
  type FoundManifest,
  indexManifests,
  ManifestError,
  type TrustedDocument,
} from './manifest.ts';

/** Manifests as they were at one time. */
export interface SeenManifests {
  /** The same for the same texts. */
  readonly mark: string;
  readonly manifests: readonly FoundManifest[];
}

/** What is in the files. The log has no use for the folders of this machine, a terminal has. */
export async function lookAtManifests(
  files: readonly string[],
  placeOf: (file: string) => string,
): Promise<SeenManifests> {
  const manifests = await Promise.all(files.map((file) => readManifest(file, placeOf(file))));
  return { mark: sha256Hex(JSON.stringify(manifests)), manifests };
}

async function readManifest(file: string, place: string): Promise<FoundManifest> {
  try {
    return { name: basename(file), text: await readFile(file, 'utf8') };
  } catch (error) {
    return { problem: `${place}: cannot be read (${codeOf(error) ?? 'no code'})` };
  }
}

/** Their documents; throws a `ManifestError` that names every bad file, or that there is none to allow. */
export function trustedIn(
  { manifests }: SeenManifests,
  mode: 'open' | 'apq' | 'trusted',
): ReadonlyMap<string, TrustedDocument> {
  const trusted = indexManifests(manifests);
  // Where none are named, the environment is what is wrong.
  if (mode === 'trusted' && manifests.length > 0 && trusted.size === 0) {
    throw new ManifestError(['expected a document, got none: DOCUMENTS=trusted would allow none']);
  }
  return trusted;
}
