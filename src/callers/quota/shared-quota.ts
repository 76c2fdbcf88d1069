import type { RedisClient } from '../../redis/client.ts';
import type { ScriptCall } from '../../redis/scripts.ts';
import { createBoundedRedis } from '../../upstreams/ledger/bounded-redis.ts';
import type { Rest } from '../../redis/rest.ts';
import { type Cost, type Decision, type Limits, refusalOf } from './allowance.ts';
import type { Holding, LocalHoldings, Refund } from './local-holdings.ts';
import type { Months } from './months.ts';
import { chargeCommand, refundCommand, sendAll, toldOf } from './redis-holdings.ts';

export interface QuotaLog {
  readonly info: (object: object, message: string) => void;
  readonly warn: (object: object, message: string) => void;
}

export interface SharedQuotaOptions {
  readonly redis: RedisClient;
  readonly deadlineMs: number;
  readonly rest: Rest;
  readonly log: QuotaLog;
  readonly local: LocalHoldings;
  readonly monthsAt: (ms: number) => Months;
}

type Waiting =
  | { readonly id: string; readonly refund: Refund }
  | {
      readonly id: string;
      readonly cost: Cost;
      readonly limits: Limits;
      readonly resolve: (decision: Decision | undefined) => void;
    };

interface Asked {
  readonly told: (reply: unknown) => () => void;
  readonly failed: () => void;
  readonly command: ScriptCall;
}

/** A refund waits so long for a charge to go along with: it is no hurry of its own. */
const refundLingerMs = 50;

/** Counts in Redis; what comes in one turn of the event loop goes out in one write. */
export function createSharedQuota(options: SharedQuotaOptions) {
  const { redis, deadlineMs, rest, log, local, monthsAt } = options;
  const purpose = 'the quota of callers';
  const bounded = createBoundedRedis({ redis, purpose, deadlineMs, rest, log });
  let waiting: Waiting[] = [];
  let isFlushing = false;
  let linger: NodeJS.Timeout | undefined;

  const ask = (one: Waiting): Asked => {
    if ('refund' in one) {
      return {
        command: refundCommand(one.id, one.refund),
        told: () => () => {},
        failed: () => {},
      };
    }
    const { id, cost, limits, resolve } = one;
    const known: Holding = local.see(id, limits);
    return {
      command: chargeCommand(id, cost, limits, known, monthsAt(known.atMs)),
      told: (reply) => {
        const { isAllowed, msToMonthEnd, ...used } = toldOf(reply);
        const refusal = isAllowed ? undefined : refusalOf(used, cost, limits, msToMonthEnd);
        if (!isAllowed && refusal === undefined) {
          throw new Error('unexpected reply of the quota script: refused without a reason');
        }
        return () => {
          local.adopt(id, used, known);
          resolve({ used, refusal, msToMonthEnd });
        };
      },
      failed: () => resolve(undefined),
    };
  };

  const flush = async () => {
    clearTimeout(linger);
    linger = undefined;
    isFlushing = false;
    if (waiting.length === 0) return;
    const asked = waiting.map(ask);
    waiting = [];
    try {
      const commands = asked.map(({ command }) => command);
      const answers = await bounded.ask(async (client) => {
        const replies = await sendAll(client, commands);
        return asked.map(({ told }, index) => told(replies[index]));
      });
      for (const answer of answers) answer();
    } catch {
      for (const { failed } of asked) failed();
    }
  };

  return {
    /** Undefined where Redis does not say in time. Never rejects. */
    charge: (id: string, cost: Cost, limits: Limits): Promise<Decision | undefined> =>
      new Promise((resolve) => {
        waiting.push({ id, cost, limits, resolve });
        // After the I/O of this turn: what arrived together goes out together.
        if (!isFlushing) setImmediate(() => void flush());
        isFlushing = true;
      }),
    /** Lost where Redis is away. */
    refund: (id: string, refund: Refund) => {
      waiting.push({ id, refund });
      linger ??= setTimeout(() => void flush(), refundLingerMs);
    },
    /** Tells Redis what it was not told yet. Never rejects. */
    close: flush,
  };
}
