import type { Cluster, Redis } from 'ioredis';

import { runScript, type ScriptCall } from './shared-scripts.ts';

export interface ImpatientRedisOptions {
  readonly redis: Redis | Cluster;
  readonly now: () => number;
  /** The longest a caller waits for one answer. */
  readonly deadlineMs: number;
  /** How long Redis is left alone after it failed or was late. */
  readonly restMs: number;
  readonly log: {
    readonly info: (object: object, message: string) => void;
    readonly warn: (object: object, message: string) => void;
  };
}

export type ImpatientRedis = ReturnType<typeof createImpatientRedis>;

/** A Redis that costs one deadline per rest when it is slow, and not one per request. */
export function createImpatientRedis(options: ImpatientRedisOptions) {
  const { redis, now, deadlineMs, restMs, log } = options;
  let failedAtMs: number | undefined;
  const failures = { errors: 0, timeouts: 0 };

  function isResting(sinceMs: number): boolean {
    const restedMs = now() - sinceMs;
    // A clock that is set back must not prolong the rest.
    return restedMs >= 0 && restedMs < restMs;
  }

  function onFailure(error: unknown): void {
    failures[error instanceof LateAnswer ? 'timeouts' : 'errors'] += 1;
    // The message only: an error of AUTH carries the password among its arguments.
    const reason = error instanceof Error ? error.message : String(error);
    if (failedAtMs === undefined) log.warn({ reason }, 'rows are not shared: Redis is left alone');
    failedAtMs = now();
  }

  function onProbeAnswered(): void {
    if (failedAtMs !== undefined) log.info({}, 'rows are shared through Redis again');
    failedAtMs = undefined;
  }

  return {
    /**
     * The script's reply; `undefined` where Redis failed, was late or is left alone. A call that
     * failed may have been carried out all the same: `undo` follows it on the same connection.
     */
    async run(call: ScriptCall, undo?: ScriptCall): Promise<unknown> {
      const isProbe = failedAtMs !== undefined;
      if (failedAtMs !== undefined) {
        if (isResting(failedAtMs)) return undefined;
        // One call finds out whether Redis is back; those beside it do not wait for that.
        failedAtMs = now();
      }
      try {
        const reply = await answerWithin(deadlineMs, (isGivenUp) =>
          runScript(redis, call, isGivenUp),
        );
        if (isProbe) onProbeAnswered();
        return reply;
      } catch (error) {
        onFailure(error);
        if (undo !== undefined && undo.keys.length > 0) runScript(redis, undo).catch(() => {});
        return undefined;
      }
    },

    status: () => ({ isUsed: failedAtMs === undefined, ...failures }),
  };
}

class LateAnswer extends Error {}

function answerWithin<T>(
  deadlineMs: number,
  ask: (isGivenUp: () => boolean) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let isGivenUp = false;
    const giveUp = () => {
      isGivenUp = true;
      reject(new LateAnswer(`no answer within ${deadlineMs} ms`));
    };
    // An answer that arrived while this process was busy is read before the immediate runs.
    const timer = setTimeout(() => setImmediate(giveUp), deadlineMs);
    ask(() => isGivenUp)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
