import { createHash } from 'node:crypto';

import type { ChainableCommander, Redis } from 'ioredis';

import {
  counterName,
  type RateCounters,
  type RateDemand,
  type RateGrant,
  type RateGrants,
} from './rate-counters.ts';

const PREFIX = 'assay:rate:';

/**
 * Takes what is left of each counter, or gives back, in one step of the server: gateways that share a Redis share
 * the limit. Answers granted, used and milliseconds to reset, one after the other, per counter.
 */
const TAKE = `
local limit, duration = tonumber(ARGV[1]), tonumber(ARGV[2])
local reply = {}
for i, key in ipairs(KEYS) do
  local used = tonumber(redis.call('get', key) or '0')
  local granted = math.max(-used, math.min(tonumber(ARGV[i + 2]), limit - used))
  if granted ~= 0 then used = redis.call('incrby', key, granted) end
  local reset = redis.call('pttl', key)
  if reset < 0 then
    redis.call('pexpire', key, duration)
    reset = duration
  end
  reply[#reply + 1] = granted
  reply[#reply + 1] = used
  reply[#reply + 1] = reset
end
return reply`;

const TAKE_SHA1 = createHash('sha1').update(TAKE).digest('hex');

/** Counters in Redis, shared by all gateways: one command per demand, all in one round trip. */
export function createRedisCounters(redis: Redis): RateCounters {
  return {
    take: async (demands) => {
      const replies = await send(redis, demands, (pipeline, keys, args) =>
        pipeline.evalsha(TAKE_SHA1, keys.length, ...keys, ...args),
      );
      if (!replies.some(isScriptMissing)) return readAll(demands, replies);

      // A server that was restarted has forgotten the script. It took nothing for these demands.
      const missing = demands.filter((_, index) => isScriptMissing(replies[index]));
      const again = await send(redis, missing, (pipeline, keys, args) =>
        pipeline.eval(TAKE, keys.length, ...keys, ...args),
      );
      const merged = replies.map((reply) => (isScriptMissing(reply) ? again.shift() : reply));
      return readAll(demands, merged);
    },
  };
}

type Enqueue = (
  pipeline: ChainableCommander,
  keys: readonly string[],
  args: readonly number[],
) => ChainableCommander;

/** The reply or the error of each demand's command. */
async function send(
  redis: Redis,
  demands: readonly RateDemand[],
  enqueue: Enqueue,
): Promise<unknown[]> {
  const pipeline = redis.pipeline();
  for (const demand of demands) {
    const keys = [...demand.wanted.keys()].map((key) => `${PREFIX}${counterName(demand, key)}`);
    const args = [demand.limit, demand.durationSeconds * 1000, ...demand.wanted.values()];
    enqueue(pipeline, keys, args);
  }
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, reply]) => error ?? reply);
}

function isScriptMissing(reply: unknown): boolean {
  return reply instanceof Error && reply.message.startsWith('NOSCRIPT');
}

function readAll(demands: readonly RateDemand[], replies: readonly unknown[]): RateGrants {
  return demands.map(({ wanted }, index) => read(wanted, replies[index]));
}

function read(wanted: RateDemand['wanted'], reply: unknown): ReadonlyMap<string, RateGrant> {
  if (reply instanceof Error) throw reply;
  const numbers = Array.isArray(reply) ? reply.map(Number) : [];
  if (numbers.length !== wanted.size * 3) throw new Error('unexpected reply of the rate script');
  return new Map(
    [...wanted.keys()].map((key, index) => {
      const [granted = 0, used = 0, msToReset = 0] = numbers.slice(index * 3, index * 3 + 3);
      return [key, { granted, used, msToReset }] as const;
    }),
  );
}
