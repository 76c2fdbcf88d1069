import { randomUUID } from 'node:crypto';
import type { RedisClient } from '../../redis/client.ts';
import type { Rest } from '../../redis/rest.ts';
import type { Account, Spender } from './account.ts';
import { createAttribution } from './attribution.ts';
import { createBoundedRedis, type LedgerLog } from './bounded-redis.ts';
import { type Step, stepAt, type StepShares, stepShares } from './brown-out.ts';
import { createBudget } from './budget.ts';
import type { Limits } from './demand.ts';
import { createFlusher } from './flusher.ts';
import { openAccount } from './open-account.ts';
import { createRedisBooks } from './redis-books.ts';
import { createRedisBudget } from './redis-budget.ts';
import type { Spending, SpendingQuery } from './spending.ts';
import { endOf, type WindowName, windowNames, windowsAt } from './windows.ts';

export interface LedgerOptions {
  readonly upstream: string;
  /** Tells its books in Redis from those of another account with the same upstream. */
  readonly account?: string | undefined;
  /** Credits per UTC minute and UTC calendar month; without a limit they are only counted. */
  readonly perMinute?: number | undefined;
  readonly perMonth?: number | undefined;
  readonly now: () => number;
  readonly log: LedgerLog;
  /** Shares the ledger among all processes that have it. */
  readonly redis?: RedisClient | undefined;
  /** How long an operation waits for Redis at most, in milliseconds. */
  readonly deadlineMs?: number | undefined;
  /** Shared with whoever else asks the same Redis; nobody's own unless told. */
  readonly rest?: Rest | undefined;
  /** Of the books, which wait longer. */
  readonly booksRest?: Rest | undefined;
  readonly steps?: Partial<StepShares> | undefined;
  /** Distinct lines of attribution a day. */
  readonly linesMax?: number | undefined;
}

export interface WindowStatus {
  readonly limit: number | null;
  readonly used: number;
  readonly left: number | null;
  /** RFC 3339. */
  readonly resetAt: string;
}

export interface LedgerStatus {
  readonly upstream: string;
  readonly minute: WindowStatus;
  readonly month: WindowStatus;
  readonly step: Step;
  /** Credits reserved and not drawn, by operations of this process. */
  readonly reserved: number;
  /** Credits of requests sent, and those operations have borne, by this process since it started. */
  readonly drawn: number;
  readonly borne: number;
  readonly redis: 'none' | 'used' | 'away';
}

export interface Ledger {
  open(spender: Spender): Account;
  /** What is given up at the moment, as far as this process has seen. */
  step(): Step;
  /** As far as this process has seen; `refresh` first to see what others have taken. */
  status(): LedgerStatus;
  /** Brings the counters up to date. Never rejects. */
  refresh(): Promise<void>;
  spending(query: SpendingQuery): Promise<Spending>;
  /** Tells Redis what it was not told yet. Never rejects. */
  close(): Promise<void>;
}

const FLUSH_EVERY_MS = 1_000;
/** Nobody waits for the books but who reads them. */
const BOOKS_DEADLINE_MS = 1_000;

/** A demand may wait for the question before its own: both together stay within the deadline. */
export const budgetDeadlineOf = (deadlineMs: number): number => deadlineMs / 2;

/** The ledger of one upstream: what may be spent, what was, and by whom. */
export function createLedger(options: LedgerOptions): Ledger {
  const { upstream, perMinute, perMonth, now, redis, log } = options;
  const { deadlineMs = 100, linesMax = 10_000 } = options;
  const limits: Limits = { minute: checked(perMinute), month: checked(perMonth) };
  const shares = stepShares(options.steps);
  const process = randomUUID();
  const name = options.account === undefined ? upstream : `${upstream}:${options.account}`;
  const counters = bounded(`the budget of ${upstream}`, budgetDeadlineOf(deadlineMs), options.rest);
  const books = bounded(`the spending of ${upstream}`, BOOKS_DEADLINE_MS, options.booksRest);

  const budget = createBudget({
    limits,
    shared:
      counters && createRedisBudget({ redis: counters, upstream: name, process, limits, now }),
    now,
  });
  const attribution = createAttribution({
    linesMax,
    share:
      books &&
      ((book) => createRedisBooks({ redis: books, upstream: name, process, linesMax, now, book })),
    onBooked: () => flusher.wake(),
    now,
  });
  const flush = async () => {
    await Promise.all([attribution.flush(), budget.isBehind() && budget.refresh()]);
  };
  const isBehind = () => attribution.isBehind() || budget.isBehind();
  const flusher = createFlusher({ everyMs: FLUSH_EVERY_MS, isBehind, flush });
  let reserved = 0;

  function bounded(purpose: string, ms: number, rest: Rest | undefined) {
    return redis && createBoundedRedis({ redis, purpose, deadlineMs: ms, rest, log });
  }

  const shareOf = (name: WindowName) => {
    const limit = limits[name];
    if (limit === undefined) return 0;
    return limit === 0 ? 1 : budget.used(name) / limit;
  };
  const step = () => stepAt(Math.max(...windowNames.map(shareOf)), shares);

  const windowStatus = (name: WindowName): WindowStatus => {
    const limit = limits[name] ?? null;
    const used = budget.used(name);
    return {
      limit,
      used,
      left: limit === null ? null : Math.max(0, limit - used),
      resetAt: new Date(endOf(name, windowsAt(now())[name])).toISOString(),
    };
  };

  return {
    open: (spender) =>
      openAccount({
        ...{ upstream, spender, budget, shares, attribution, now },
        reservationMax: Math.min(limits.minute ?? Infinity, limits.month ?? Infinity),
        onReserved: (credits) => {
          reserved += credits;
          flusher.wake();
        },
      }),
    step,
    status: () => ({
      upstream,
      minute: windowStatus('minute'),
      month: windowStatus('month'),
      step: step(),
      reserved,
      ...attribution.sinceStart(),
      redis: counters === undefined ? 'none' : counters.isUsed() ? 'used' : 'away',
    }),
    refresh: budget.refresh,
    spending: attribution.spending,
    close: async () => {
      flusher.stop();
      counters?.wake();
      books?.wake();
      await flush();
    },
  };
}

/** A limit that is no number would refuse nothing. */
function checked(limit: number | undefined): number | undefined {
  if (limit === undefined || (Number.isSafeInteger(limit) && limit >= 0)) return limit;
  throw new RangeError(`a limit of ${limit} credits`);
}
