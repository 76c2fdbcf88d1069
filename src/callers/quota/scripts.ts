/**
 * One caller is one hash: what is `missing` of the buckets as of `at`, the credits of `month`, and
 * `life`, the microsecond in which it came to be. Whoever has seen another life of it, or none, or has
 * charged in memory since, says so, and what it knows is the least that is missing: a Redis that was
 * wiped or away hands nothing out twice. All by the clock of the server; those of processes differ.
 *
 * A bucket is full after a minute at the latest, and so is whatever any process remembers of it: only
 * then may the hash go. With credits in it, it stays for the month.
 *
 * ARGV: limits of requests, points, credits (-1: none), cost in points and credits, life seen, least
 * missing of requests and points, month and credits known, first milliseconds of four months.
 */
export const CHARGE = `
local arg, unit = {}, 60000
for i, text in ipairs(ARGV) do arg[i] = tonumber(text) end
local clock = redis.call('time')
local time = clock[1] * 1000 + math.floor(clock[2] / 1000)
local stored = redis.call('hmget', KEYS[1], 'at', 'requests', 'points', 'month', 'credits', 'life')
for i = 1, 6 do stored[i] = tonumber(stored[i] or 0) end
local elapsed, life = math.max(0, time - stored[1]), stored[6]
if life == 0 then life = clock[1] * 1000000 + clock[2] end

local function refilled(units, limit)
  if limit < 0 then return 0 end
  return math.min(math.max(0, units - limit * elapsed), limit * unit)
end
local requests, points = refilled(stored[2], arg[1]), refilled(stored[3], arg[2])

local month, ends = arg[11], arg[12]
for i = 12, 13 do
  if time >= arg[i] then month, ends = arg[i], arg[i + 1] end
end
local credits = stored[5]
if stored[4] < month then credits = 0 else month = stored[4] end

local isNews = life ~= arg[6]
if isNews then
  requests, points = math.max(requests, arg[7]), math.max(points, arg[8])
  if arg[9] == month then credits = math.max(credits, arg[10]) end
end

local function fits(units, cost, limit)
  return limit < 0 or units + cost * unit <= limit * unit
end
local isAllowed = fits(requests, 1, arg[1]) and fits(points, arg[4], arg[2])
  and (arg[3] < 0 or arg[5] == 0 or credits + arg[5] <= arg[3])
if isAllowed then
  if arg[1] >= 0 then requests = requests + unit end
  if arg[2] >= 0 then points = points + arg[4] * unit end
  credits = credits + arg[5]
end
-- A clock that was set back is not waited for.
if isAllowed or isNews or time < stored[1] then
  redis.call('hset', KEYS[1], 'at', time, 'requests', requests, 'points', points,
    'month', month, 'credits', credits, 'life', life)
  redis.call('pexpire', KEYS[1], math.max(unit + 1000, credits > 0 and ends - time or 0))
end
return {isAllowed and 1 or 0, requests, points, credits, month, life, ends - time}`;

/**
 * Gives back units of requests and points, and credits of a month. Less is missing as of then is less
 * missing now, so no clock is asked.
 */
export const REFUND = `
local stored = redis.call('hmget', KEYS[1], 'requests', 'points', 'credits', 'month')
if not stored[1] then return 0 end
local function less(i) return math.max(0, stored[i] - ARGV[i]) end
local credits = stored[3]
if stored[4] == ARGV[4] then credits = less(3) end
redis.call('hset', KEYS[1], 'requests', less(1), 'points', less(2), 'credits', credits)
return 1`;
