import { watchFiles, type FileWatchOptions } from './file-watch.ts';

export type WatchFiles = (options: FileWatchOptions) => () => void;

export interface FollowOptions<Seen extends { readonly mark: string }> {
  readonly files: readonly string[];
  /** What was there when they were read first. */
  readonly mark: string;
  /** What is there now; those that look alike have one mark. */
  readonly look: () => Promise<Seen>;
  /** Puts what was seen in force; throws, without having changed anything, where it cannot be. */
  readonly take: (seen: Seen) => void;
  readonly problemsOf: (error: unknown) => readonly string[];
  /** Told once for each sight that cannot be used. */
  readonly onRefused: (problems: readonly string[]) => void;
  readonly pollMs?: number | undefined;
  readonly watch?: WatchFiles | undefined;
}

export interface Followed {
  /** Looks now; settles when what was there then is in force or refused. */
  readonly reload: () => Promise<void>;
  readonly close: () => void;
}

/** Keeps up with files while the process runs. */
export function follow<Seen extends { readonly mark: string }>(
  options: FollowOptions<Seen>,
): Followed {
  const { files, look, take, onRefused, problemsOf, pollMs = 5_000, watch = watchFiles } = options;
  let { mark } = options;
  let refused: string | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function load(): Promise<void> {
    let seen: Seen | undefined;
    try {
      seen = await look();
      if (seen.mark !== mark) {
        take(seen);
        mark = seen.mark;
      }
      refused = undefined;
    } catch (error) {
      const problems = problemsOf(error);
      // The poll finds the same bad file again and again.
      const sight = JSON.stringify([seen?.mark, problems]);
      if (sight !== refused) onRefused(problems);
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

  return { reload, close: watch({ files, pollMs, onChange: () => void reload() }) };
}
