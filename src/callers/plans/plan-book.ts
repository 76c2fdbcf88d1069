import { readFile } from 'node:fs/promises';
import { watchFile, type FileWatchOptions } from './file-watch.ts';
import { planOf, type PlanChoice, type PlanDefaults, type Plans } from './plans.ts';
import { PlansError, readPlans } from './read-plans.ts';

export interface PlanBookOptions {
  readonly file: string;
  readonly defaults: PlanDefaults;
  readonly log: { readonly [level in 'info' | 'warn']: (fields: object, message: string) => void };
  readonly pollMs?: number;
  readonly read?: (file: string) => Promise<string>;
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
  defaults,
  log,
  pollMs = 5_000,
  read = readText,
  watch = watchFile,
}: PlanBookOptions): Promise<PlanBook> {
  let text = await read(file).catch((error: unknown) => {
    throw unreadable(error);
  });
  let plans = readPlans(text, defaults);
  let refused: string | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function load(): Promise<void> {
    let found: string | undefined;
    try {
      found = await read(file).catch((error: unknown) => {
        throw unreadable(error);
      });
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

const bytesMax = 4 * 1024 * 1024;

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file);
  if (bytes.length > bytesMax) throw new PlansError([`expected at most ${bytesMax} bytes`]);
  return bytes.toString('utf8');
}

/** The code only: the message of the system names the path. */
function unreadable(error: unknown): PlansError {
  if (error instanceof PlansError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return new PlansError([`expected a file that can be read, got ${code}`]);
}
