export interface SlotsOptions {
  /** Requests at once. */
  readonly concurrency: number;
  /** Requests that may wait for one of them to end. */
  readonly queueMax: number;
}

/**
 * Who may send now: first come, first served. Not cockatiel's bulkhead: there a waiter that has gone
 * keeps its place until its turn comes.
 */
export function createSlots({ concurrency, queueMax }: SlotsOptions) {
  let running = 0;
  const queue = new Set<() => void>();

  return {
    get running() {
      return running;
    },
    get queued() {
      return queue.size;
    },
    /** True with a slot, to be given back with `leave`; false when the queue is full. */
    async take(signal: AbortSignal): Promise<boolean> {
      signal.throwIfAborted();
      if (running < concurrency) {
        running += 1;
        return true;
      }
      if (queue.size >= queueMax) return false;
      return new Promise((resolve, reject) => {
        const enter = () => {
          signal.removeEventListener('abort', abandon);
          resolve(true);
        };
        const abandon = () => {
          queue.delete(enter);
          reject(new Error('left the queue'));
        };
        signal.addEventListener('abort', abandon, { once: true });
        queue.add(enter);
      });
    },
    leave(): void {
      const [next] = queue;
      if (next === undefined) {
        running -= 1;
        return;
      }
      queue.delete(next);
      next();
    },
  };
}
