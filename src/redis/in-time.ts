/** An answer that did not come in time; it may still come. */
export class LateAnswer extends Error {}

/** A deadline is waited for in so many parts. */
const parts = 5;

/**
 * What was asked for, or a `LateAnswer` after so many milliseconds in which this process could have
 * read it: a process that is busy for long finds its timers due before the answers that have arrived,
 * and must not take its own stall for the other's.
 */
export function inTime<T>(ms: number, ask: (isGivenUp: () => boolean) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let left = parts;
    let isGivenUp = false;
    const giveUp = () => {
      isGivenUp = true;
      reject(new LateAnswer(`no answer within ${ms} ms`));
    };
    const onPart = () => {
      left -= 1;
      // The sockets are read between a timer and an immediate.
      if (left === 0) setImmediate(giveUp);
      else timer = setTimeout(onPart, ms / parts);
    };
    let timer = setTimeout(onPart, ms / parts);
    ask(() => isGivenUp)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
