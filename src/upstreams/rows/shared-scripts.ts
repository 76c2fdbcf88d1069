import { createScript } from '../../redis/scripts.ts';

/*
 * What is done to shared rows, each in one step of the server. A claim's place holds `held <token>`
 * while a gateway fetches, and `failed <note>` for a moment after it could not.
 */

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
 * KEYS: an entry and its claim, one after the other. ARGV: now, token, milliseconds a claim lasts.
 * Answers kind, entry and note, one after the other, per entry.
 */
export const CLAIM = createScript(`${READ}
local now, held, lasts = tonumber(ARGV[1]), 'held ' .. ARGV[2], ARGV[3]
local reply = {}
for i = 1, #KEYS, 2 do
  local text, claim = get(KEYS[i]), KEYS[i + 1]
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
 * KEYS: an entry and its claim, one after the other. ARGV: now; then token, text and milliseconds to
 * keep it ('' for ever, 0 not at all) per entry. What was fetched later than ours stays, and of what was
 * fetched in the same millisecond a fresh row stays rather than its absence.
 */
export const LAND = createScript(`${READ}
local now = tonumber(ARGV[1])
local function isBetter(there, ours, text)
  if there.fetched ~= ours.fetched then return there.fetched > ours.fetched end
  return there.fresh > now and string.sub(text, -5) == ' null'
end
for i = 1, #KEYS / 2 do
  local row, claim = KEYS[2 * i - 1], KEYS[2 * i]
  local token, text, keep = ARGV[3 * i - 1], ARGV[3 * i], ARGV[3 * i + 1]
  local there = read(get(row))
  if keep ~= '0' and not (there and isBetter(there, read(text), text)) then
    if keep == '' then redis.call('set', row, text)
    else redis.call('set', row, text, 'px', keep) end
  end
  if get(claim) == 'held ' .. token then redis.call('del', claim) end
end
return #KEYS`);

/** KEYS: claims. ARGV: note ('' for none), milliseconds it lasts; then a token per key. */
export const LET_GO = createScript(`${READ}
for i, claim in ipairs(KEYS) do
  if get(claim) == 'held ' .. ARGV[i + 2] then
    if ARGV[1] == '' then redis.call('del', claim)
    else redis.call('set', claim, 'failed ' .. ARGV[1], 'px', ARGV[2]) end
  end
end
return #KEYS`);

/** KEYS: claims. ARGV: milliseconds a claim lasts; then a token per key. Answers 1 where it is held. */
export const RENEW = createScript(`${READ}
local reply = {}
for i, claim in ipairs(KEYS) do
  local isHeld = get(claim) == 'held ' .. ARGV[i + 1]
  reply[i] = isHeld and redis.call('pexpire', claim, ARGV[1]) or 0
end
return reply`);
