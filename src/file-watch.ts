import { watch } from 'node:fs';
import { dirname } from 'node:path';

export interface FileWatchOptions {
  readonly files: readonly string[];
  /** Where the system tells of no changes (network mounts), they are looked for this often. */
  readonly pollMs: number;
  /** Called when one of the files may have changed. */
  readonly onChange: () => void;
}

/** Watches without keeping the process alive; returns how to stop. */
export function watchFiles({ files, pollMs, onChange }: FileWatchOptions): () => void {
  const poll = setInterval(onChange, pollMs).unref();
  const folders = new Set(files.map((file) => dirname(file)));
  const watchers = [...folders].map((folder) => watcherOf(folder, onChange));
  return () => {
    clearInterval(poll);
    for (const watcher of watchers) watcher?.close();
  };
}

/** The folder and any name in it: editors replace the file, mounted secrets turn a link beside it. */
function watcherOf(folder: string, onChange: () => void) {
  try {
    const watcher = watch(folder, { persistent: false }, () => onChange());
    // The folder went, or the system has no watches left: polling goes on.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
