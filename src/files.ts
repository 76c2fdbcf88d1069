import { createFileStore } from './callers/keys/file-store.ts';
import type { Look } from './callers/keys/store.ts';
import type { PlanDefaults } from './callers/plans/plans.ts';
import { type PlansFile, readPlansFile } from './callers/plans/read-plans.ts';
import type { Config } from './config.ts';
import { lookAtManifests, trustedIn } from './documents/manifest-files.ts';
import { refuseMistakes } from './mistakes.ts';

/** What the configuration names and was found there; undefined where it names none. */
export interface CallersFiles {
  readonly plans: PlansFile | undefined;
  readonly keys: Look | undefined;
}

/**
 * Reads all files that are named, and opens nothing that would have to be closed. Rejects with all
 * mistakes together, those of the environment (`problems`) among them.
 */
export async function readFiles(
  { documents, callers: { plansFile, keysFile } }: Config,
  planDefaults: PlanDefaults,
  problems: readonly string[],
) {
  const none = Promise.resolve(undefined);
  const trusted = readTrusted(documents);
  const plans = plansFile === undefined ? none : readPlansFile(plansFile, planDefaults);
  const keys = keysFile === undefined ? none : createFileStore(keysFile).look();
  await refuseMistakes({
    'The environment': problems,
    'The manifests': trusted,
    [`The plans file ${plansFile ?? ''}`]: plans,
    'The keys file': keys,
  });
  const callers: CallersFiles = { plans: await plans, keys: await keys };
  return { trusted: await trusted, callers };
}

async function readTrusted({ mode, manifests }: Config['documents']) {
  const seen = await lookAtManifests(manifests, (file) => file);
  return { mark: seen.mark, documents: trustedIn(seen, mode) };
}
