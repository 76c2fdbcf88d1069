import { basename } from 'node:path';
import { follow, type Followed } from '../followed-files.ts';
import { kindOf } from '../told-error.ts';
import { ManifestError, type TrustedDocument } from './manifest.ts';
import { lookAtManifests, trustedIn } from './manifest-files.ts';

export interface ManifestBookOptions {
  readonly files: readonly string[];
  readonly mode: 'open' | 'apq' | 'trusted';
  /** The mark of what is in force. */
  readonly mark: string;
  /** Told of what is in force from now on. */
  readonly onRead: (trusted: ReadonlyMap<string, TrustedDocument>) => void;
  readonly log: { readonly [level in 'info' | 'warn']: (fields: object, message: string) => void };
  readonly pollMs?: number;
}

/** Keeps up with the manifests: all of them are taken, or those of before stay. */
export function createManifestBook(options: ManifestBookOptions): Followed {
  const { files, mode, mark, onRead, log, pollMs } = options;
  if (files.length === 0) return { reload: () => Promise.resolve(), close: () => {} };
  return follow({
    ...{ files, mark, pollMs },
    look: () => lookAtManifests(files, basename),
    take: (seen) => {
      const trusted = trustedIn(seen, mode);
      onRead(trusted);
      const documents = new Set([...trusted.values()]).size;
      log.info({ documents }, 'The manifests were read anew.');
    },
    problemsOf: (error) => (error instanceof ManifestError ? error.problems : [kindOf(error)]),
    onRefused: (problems) =>
      log.warn(
        { problems },
        'The manifests were refused; the documents before them stay in force.',
      ),
  });
}
