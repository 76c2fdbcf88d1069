import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { creation } from '../../src/callers/keys/edits.ts';
import { createFileStore } from '../../src/callers/keys/file-store.ts';

export interface CallersFiles<Name extends string> {
  /** A key for each plan, by the plan's name. */
  readonly keys: Readonly<Record<Name, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/** A folder with plans, a key for each of them, and manifests. */
export async function writeCallers<Name extends string>(
  plans: Readonly<Record<Name, object>>,
  { anonymous = null, documents = {}, name = 'assay-callers-' }: WrittenBeside<NoInfer<Name>> = {},
): Promise<CallersFiles<Name>> {
  const folder = await mkdtemp(join(tmpdir(), name));
  const env = {
    KEYS_FILE: join(folder, 'keys.json'),
    PLANS_FILE: join(folder, 'plans.json'),
    DOCUMENTS_MANIFESTS: join(folder, 'manifest.json'),
  };
  const store = createFileStore(env.KEYS_FILE);
  const made: [string, string][] = [];
  for (const plan of Object.keys(plans)) {
    const { key } = await store.change(creation({ name: plan, plan }, Date.now()));
    made.push([plan, key]);
  }
  await writeFile(env.PLANS_FILE, JSON.stringify({ anonymous, plans }));
  await writeFile(env.DOCUMENTS_MANIFESTS, JSON.stringify(documents));
  return {
    keys: Object.fromEntries(made) as Record<Name, string>,
    ...{ env, folder },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

interface WrittenBeside<Name extends string> {
  readonly anonymous?: Name | null;
  readonly documents?: Readonly<Record<string, string>>;
  /** What the folder's name begins with. */
  readonly name?: string;
}
