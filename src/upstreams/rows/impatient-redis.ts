import { reasonOf } from '../../redis-reason.ts';
import type { RedisClient } from '../../redis/client.ts';
import { inTime, LateAnswer } from '../../redis/in-time.ts';
import type { Rest } from '../../redis/rest.ts';
import { type RowsCall, runRows } from './rows-call.ts';

export interface ImpatientRedisOptions {
  readonly redis: RedisClient;
  /** The longest a caller waits for one answer. */
  readonly deadlineMs: number;
  /** Shared with whoever else asks the same Redis. */
  readonly rest: Rest;
  readonly log: {
    readonly info: (object: object, message: string) => void;
    readonly warn: (object: object, message: string) => void;
  };
}

export type ImpatientRedis = ReturnType<typeof createImpatientRedis>;

/** A Redis that costs one deadline when it gets slow, and not one per request. */
export function createImpatientRedis(options: ImpatientRedisOptions) {
  const { redis, deadlineMs, rest, log } = options;
  let hasFailed = false;
  const failures = { errors: 0, timeouts: 0 };

  function onFailure(error: unknown): void {
    failures[error instanceof LateAnswer ? 'timeouts' : 'errors'] += 1;
    if (!hasFailed)
      log.warn({ reason: reasonOf(error) }, 'rows are not shared: Redis is left alone');
    hasFailed = true;
    rest.begin();
  }

  function onAnswer(): void {
    // Asked before the failure, it says nothing of now.
    if (!hasFailed || rest.isOn()) return;
    log.info({}, 'rows are shared through Redis again');
    hasFailed = false;
  }

  return {
    /**
     * The script's reply; `undefined` where Redis failed, was late or is left alone. A call that
     * failed may have been carried out all the same: `undo` follows it on the same connection.
     */
    async run(call: RowsCall, undo?: RowsCall): Promise<unknown> {
      if (rest.isOn()) return undefined;
      try {
        const reply = await inTime(deadlineMs, (isGivenUp) => runRows(redis, call, isGivenUp));
        onAnswer();
        return reply;
      } catch (error) {
        onFailure(error);
        if (undo !== undefined && undo.rows.length > 0) runRows(redis, undo).catch(() => {});
        return undefined;
      }
    },

    status: () => ({ isUsed: !rest.isOn(), ...failures }),
  };
}
