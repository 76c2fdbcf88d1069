import { createScript, runScript } from '../../redis/scripts.ts';
import type { BoundedRedis } from './bounded-redis.ts';
import {
  type Agreement,
  type Demand,
  KEEP_MS,
  type Limits,
  type SharedBudget,
  type Tally,
  type Verdict,
} from './demand.ts';
import { windowNames } from './windows.ts';

/**
 * A window is a hash: `used` by all, and what each process has taken of it. A process's own number is
 * the truth, so being told it twice changes nothing. Where its field is missing although it had one,
 * the server has lost the window: then what the process has seen of `used` is the least it was.
 *
 * ARGV: process, number of demands, per window mine, agreed mine, agreed used, ms to live and limit
 * (-1: none), per demand credits and share (-1: none). Answers used per window, then per demand 0 when
 * granted, or the number of the window that refuses.
 */
const agreeScript = createScript(`
local process, demands = ARGV[1], tonumber(ARGV[2])
local mine, used, limit, at = {}, {}, {}, 2
for i, key in ipairs(KEYS) do
  local agreedMine, agreedUsed = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  mine[i], limit[i] = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 5])
  local stored = redis.call('hmget', key, 'used', process)
  local total, known = tonumber(stored[1] or '0'), tonumber(stored[2] or '-1')
  if known < 0 then total, known = math.max(total, agreedUsed), agreedMine end
  used[i] = math.max(0, total + mine[i] - known)
  at = at + 5
end
local verdicts = {}
for demand = 1, demands do
  local credits, share, verdict = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), 0
  for i = 1, 2 do
    if limit[i] >= 0 and (used[i] + credits > limit[i]
      or (share >= 0 and used[i] / limit[i] >= share)) then verdict = i end
  end
  if verdict == 0 then
    for i = 1, 2 do used[i], mine[i] = used[i] + credits, mine[i] + credits end
  end
  verdicts[demand] = verdict
  at = at + 2
end
for i, key in ipairs(KEYS) do
  redis.call('hset', key, 'used', used[i], process, mine[i])
  redis.call('pexpire', key, ARGV[2 + (i - 1) * 5 + 4])
  table.insert(verdicts, i, used[i])
end
return verdicts`);

export interface RedisBudgetOptions {
  readonly redis: BoundedRedis;
  readonly upstream: string;
  /** Names this process among all that share the counters, and no other ever. */
  readonly process: string;
  readonly limits: Limits;
  readonly now: () => number;
}

/** Counters in Redis. The braces are a Redis Cluster hash tag: an upstream's windows share a slot. */
export function createRedisBudget(options: RedisBudgetOptions): SharedBudget {
  const { redis, upstream, process, limits, now } = options;

  return {
    agree: (tallies, demands) => {
      const keys = tallies.map(({ name, id }) => `assay:budget:{${upstream}}:${name}:${id}`);
      const time = now();
      const args = [
        ...[process, demands.length],
        ...tallies.flatMap(({ name, mine, agreed, endsAt }) => {
          return [
            mine,
            agreed.mine,
            agreed.used,
            Math.ceil(endsAt + KEEP_MS - time),
            limits[name] ?? -1,
          ];
        }),
        ...demands.flatMap(({ credits, belowShare }) => [credits, belowShare ?? -1]),
      ];
      return redis.ask(async (client) =>
        read(await runScript(client, { script: agreeScript, keys, args }), tallies, demands),
      );
    },
  };
}

function read(reply: unknown, tallies: readonly Tally[], demands: readonly Demand[]): Agreement {
  const numbers = Array.isArray(reply) ? reply.map(Number) : [];
  if (numbers.length !== tallies.length + demands.length || !numbers.every(Number.isSafeInteger)) {
    throw new Error('unexpected reply of the budget script');
  }
  return {
    used: numbers.slice(0, tallies.length),
    verdicts: numbers
      .slice(tallies.length)
      .map((window): Verdict => windowNames[window - 1] ?? 'granted'),
  };
}
