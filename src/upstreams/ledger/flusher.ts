export interface FlusherOptions {
  readonly everyMs: number;
  readonly isBehind: () => boolean;
  /** Never rejects. */
  readonly flush: () => Promise<void>;
}

/** Flushes a while after something was done, and again for as long as something is left. */
export function createFlusher({ everyMs, isBehind, flush }: FlusherOptions) {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const wake = () => {
    if (timer !== undefined || isStopped || !isBehind()) return;
    // Unreferenced: it must not keep a process alive that has nothing else to do.
    timer = setTimeout(() => {
      void flush().then(() => {
        timer = undefined;
        wake();
      });
    }, everyMs).unref();
  };

  return {
    wake,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
