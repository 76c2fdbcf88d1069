import { createHash } from 'node:crypto';

import type { Cluster, Redis } from 'ioredis';

/**
 * What is done to shared rows, each in one step of the server. A claim's place holds `held <token>`
 * while a gateway fetches, and `failed <note>` for a moment after it could not.
 */
export interface Script {
  readonly text: string;
  readonly sha1: string;
}

function script(text: string): Script {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/** A key may hold what is not ours, of any type: it counts as empty. */
const READ = `
local function get(key)
  local text = redis.pcall('get', key)
  return type(text) == 'string' and text or ''
end
local function read(text)
  local fetched, fresh, kept, again = string.match(text, '^(%S+) (%S+) (%S+) (%S+) ')
  local entry = {
    fetched = tonumber(fetched or ''), fresh = tonumber(fresh or ''),
    kept = tonumber(kept or ''), again = tonumber(again or ''),
  }
  if entry.fetched and entry.fresh and entry.kept and entry.again then return entry end
end`;

/**
 * KEYS: entries, then claims. ARGV: now, token, milliseconds a claim lasts. Answers kind, entry and
 * note, one after the other, per key.
 */
export const CLAIM = script(`${READ}
local now, held, lasts = tonumber(ARGV[1]), 'held ' .. ARGV[2], ARGV[3]
local count = #KEYS / 2
local reply = {}
for i = 1, count do
  local text, claim = get(KEYS[i]), KEYS[count + i]
  local entry = read(text)
  local isFresh = entry and entry.fresh > now
  local isUsable = isFresh or entry and entry.kept > now
  local kind, note = 'kept', ''
  if not (isFresh or isUsable and entry.again > now) then
    local holder = get(claim)
    if string.sub(holder, 1, 5) == 'held ' then
      kind = 'theirs'
    elseif string.sub(holder, 1, 7) == 'failed ' then
      kind, note = 'failed', string.sub(holder, 8)
    else
      kind = 'mine'
      redis.call('set', claim, held, 'px', lasts)
    end
  end
  reply[#reply + 1] = kind
  reply[#reply + 1] = isUsable and text or ''
  reply[#reply + 1] = note
end
return reply`);

/**
 * KEYS: entries, then claims. ARGV: now; then token, text and milliseconds to keep it ('' for ever, 0
 * not at all) per key. What was fetched later than ours stays, and of what was fetched in the same
 * millisecond a fresh row stays rather than its absence.
 */
export const LAND = script(`${READ}
local now = tonumber(ARGV[1])
local count = #KEYS / 2
local function isBetter(there, ours, text)
  if there.fetched ~= ours.fetched then return there.fetched > ours.fetched end
  return there.fresh > now and string.sub(text, -5) == ' null'
end
for i = 1, count do
  local token, text, keep = ARGV[3 * i - 1], ARGV[3 * i], ARGV[3 * i + 1]
  local there = read(get(KEYS[i]))
  if keep ~= '0' and not (there and isBetter(there, read(text), text)) then
    if keep == '' then redis.call('set', KEYS[i], text)
    else redis.call('set', KEYS[i], text, 'px', keep) end
  end
  local claim = KEYS[count + i]
  if get(claim) == 'held ' .. token then redis.call('del', claim) end
end
return count`);

/** KEYS: claims. ARGV: note ('' for none), milliseconds it lasts; then a token per key. */
export const LET_GO = script(`${READ}
for i, claim in ipairs(KEYS) do
  if get(claim) == 'held ' .. ARGV[i + 2] then
    if ARGV[1] == '' then redis.call('del', claim)
    else redis.call('set', claim, 'failed ' .. ARGV[1], 'px', ARGV[2]) end
  end
end
return #KEYS`);

/** KEYS: claims. ARGV: milliseconds a claim lasts; then a token per key. Answers 1 where it is held. */
export const RENEW = script(`${READ}
local reply = {}
for i, claim in ipairs(KEYS) do
  local isHeld = get(claim) == 'held ' .. ARGV[i + 1]
  reply[i] = isHeld and redis.call('pexpire', claim, ARGV[1]) or 0
end
return reply`);

export interface ScriptCall {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** Runs a script; one that the server has forgotten is sent in full, unless nobody waits any more. */
export async function runScript(
  redis: Redis | Cluster,
  { script: { text, sha1 }, keys, args }: ScriptCall,
  isGivenUp = () => false,
): Promise<unknown> {
  try {
    return await redis.evalsha(sha1, keys.length, ...keys, ...args);
  } catch (error) {
    const isMissing = error instanceof Error && error.message.startsWith('NOSCRIPT');
    if (!isMissing || isGivenUp()) throw error;
    return redis.eval(text, keys.length, ...keys, ...args);
  }
}
