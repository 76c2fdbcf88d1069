import { watchFile, type FileWatchOptions } from './file-watch.ts';
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
  readonly watch?: (options: FileWatchOptions) => () => void;
}

export interface PlanBook {
  readonly current: () => Plans;
  readonly planOf: (name: string | undefined) => PlanChoice;
  /** Reads the file now; settles when what it held then is in force or refused. */
  readonly reload: () => Promise<void>;
  readonly close: () => void;
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
  pollMs = 5_000,
  read,
  watch = watchFile,
}: PlanBookOptions): Promise<PlanBook> {
  let { text, plans } = first ?? (await readPlansFile(file, defaults, read));
  let refused: string | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function load(): Promise<void> {
    let found: string | undefined;
    try {
      found = await readText(file, read);
      if (found !== text) {
        plans = readPlans(found, defaults);
        text = found;
        log.info({ plans: [...plans.byName.keys()] }, 'The plans were read anew.');
      }
      refused = undefined;
    } catch (error) {
      const problems = error instanceof PlansError ? error.problems : ['cannot be used'];
      // The poll finds the same bad file again and again.
      const sight = JSON.stringify([found, problems]);
      if (sight !== refused)
        log.warn({ problems }, 'The plans file was refused; the plans before it stay in force.');
      refused = sight;
    }
  }

  /** One reading at a time; those who ask meanwhile share the one after it. */
  function reload(): Promise<void> {
    if (running === undefined) {
      running = load().finally(() => {
        running = undefined;
      });
      return running;
    }
    next ??= running.then(() => {
      next = undefined;
      return reload();
    });
    return next;
  }

  const stop = watch({ file, pollMs, onChange: () => void reload() });
  return {
    current: () => plans,
    planOf: (name) => planOf(plans, name),
    reload,
    close: stop,
  };
}
