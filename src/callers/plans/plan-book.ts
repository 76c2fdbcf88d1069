import { follow, type Followed, type WatchFiles } from '../../followed-files.ts';
import { planOf, type PlanChoice, type PlanDefaults, type Plans } from './plans.ts';
import {
  PlansError,
  readPlans,
  readPlansFile,
  readText,
  type PlansFile,
  type ReadFile,
} from './read-plans.ts';

export interface PlanBookOptions {
  readonly file: string;
  /** What was read of it a moment ago; without it the book reads it itself. */
  readonly first?: PlansFile | undefined;
  readonly defaults: PlanDefaults;
  readonly log: { readonly [level in 'info' | 'warn']: (fields: object, message: string) => void };
  readonly pollMs?: number;
  readonly read?: ReadFile;
  readonly watch?: WatchFiles;
}

export interface PlanBook extends Followed {
  readonly current: () => Plans;
  readonly planOf: (name: string | undefined) => PlanChoice;
}

/** A book that never changes: that of a gateway without a file. */
export function fixedPlanBook(plans: Plans): PlanBook {
  return {
    current: () => plans,
    planOf: (name) => planOf(plans, name),
    reload: () => Promise.resolve(),
    close: () => {},
  };
}

/** The plans of a file as it is now; rejects with a `PlansError` when the first reading fails. */
export async function createPlanBook({
  file,
  first,
  defaults,
  log,
  read,
  ...watching
}: PlanBookOptions): Promise<PlanBook> {
  const begun = first ?? (await readPlansFile(file, defaults, read));
  let { plans } = begun;
  const followed = follow({
    ...watching,
    files: [file],
    mark: begun.text,
    look: async () => ({ mark: await readText(file, read) }),
    take: ({ mark }) => {
      plans = readPlans(mark, defaults);
      log.info({ plans: [...plans.byName.keys()] }, 'The plans were read anew.');
    },
    problemsOf: (error) => (error instanceof PlansError ? error.problems : ['cannot be used']),
    onRefused: (problems) =>
      log.warn({ problems }, 'The plans file was refused; the plans before it stay in force.'),
  });
  return {
    current: () => plans,
    planOf: (name) => planOf(plans, name),
    ...followed,
  };
}
