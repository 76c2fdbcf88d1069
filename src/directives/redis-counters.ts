import type { RedisClient } from '../redis/client.ts';
import { createScript, runScripts, type ScriptCall } from '../redis/scripts.ts';
import {
  counterName,
  type RateCounters,
  type RateDemand,
  type RateGrant,
} from './rate-counters.ts';

const PREFIX = 'assay:rate:';

/**
 * Takes what is left of each counter, or gives back, in one step of the server: gateways that share a Redis share
 * the limit. Answers granted, used and milliseconds to reset, one after the other, per counter.
 */
const TAKE = createScript(`
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
return reply`);

/** Counters in Redis, shared by all gateways: one command per demand, all in one round trip. */
export function createRedisCounters(redis: RedisClient): RateCounters {
  return {
    take: async (demands) => {
      const asked = demands.map((demand) => callsOf(demand, redis.isCluster));
      const replies = await runScripts(redis, asked.flat());
      return demands.map(({ wanted }, index) =>
        read(wanted, replies.splice(0, asked[index]?.length)),
      );
    },
  };
}

/** The counters of a limit are spread over all slots of a Cluster, where each takes a command. */
function callsOf(demand: RateDemand, isCluster: boolean): readonly ScriptCall[] {
  const all = [...demand.wanted];
  const groups = isCluster ? all.map((one) => [one]) : [all];
  return groups.map((wanted) => ({
    script: TAKE,
    keys: wanted.map(([key]) => `${PREFIX}${counterName(demand, key)}`),
    args: [demand.limit, demand.durationSeconds * 1000, ...wanted.map(([, uses]) => uses)],
  }));
}

function read(
  wanted: RateDemand['wanted'],
  replies: readonly unknown[],
): ReadonlyMap<string, RateGrant> {
  const numbers = replies.flatMap(numbersOf);
  if (numbers.length !== wanted.size * 3) throw new Error('unexpected reply of the rate script');
  return new Map(
    [...wanted.keys()].map((key, index) => {
      const [granted = 0, used = 0, msToReset = 0] = numbers.slice(index * 3, index * 3 + 3);
      return [key, { granted, used, msToReset }] as const;
    }),
  );
}

function numbersOf(reply: unknown): readonly number[] {
  if (reply instanceof Error) throw reply;
  return Array.isArray(reply) ? reply.map(Number) : [];
}
