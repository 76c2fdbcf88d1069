/** Timers that keep no process alive and can all be stopped at once. */
export interface Timers {
  /** Runs the task later; the returned function stops it. */
  after(ms: number, task: () => void): () => void;
  stop(): void;
}

/** A set of timers. */
export function createTimers(): Timers {
  const running = new Set<NodeJS.Timeout>();
  return {
    after(ms, task) {
      const timer = setTimeout(() => {
        running.delete(timer);
        task();
      }, ms);
      timer.unref();
      running.add(timer);
      return () => {
        clearTimeout(timer);
        running.delete(timer);
      };
    },
    stop() {
      for (const timer of running) clearTimeout(timer);
      running.clear();
    },
  };
}
