// What Redis does in one step. KEYS of all: holds (JSON by id), ends (a sorted set of ids by end), units (held, by item),
// slots (who has which hold), marks (what became of a hold: made longer, or which order it is for), record (of one
// idempotency key). Time is the caller's, because tests move it; keys expire only to be cleared away.

// Whatever looks first drops what is over, so that nothing needs to sweep.
const OPEN = `
local now = tonumber(ARGV[1])
local function drop(id)
  redis.call('ZREM', KEYS[2], id)
  local text = redis.call('HGET', KEYS[1], id)
  if not text then return end
  local hold = cjson.decode(text)
  for item, units in pairs(hold.units) do
    if redis.call('HINCRBY', KEYS[3], item, -units) <= 0 then redis.call('HDEL', KEYS[3], item) end
  end
  for _, slot in ipairs(hold.slots) do
    if redis.call('HGET', KEYS[4], slot) == id then redis.call('HDEL', KEYS[4], slot) end
  end
  redis.call('HDEL', KEYS[1], id)
  redis.call('HDEL', KEYS[5], 'longer ' .. id, 'order ' .. id)
end
-- A Redis that is full may have thrown out a part of it. What is left would count for nobody.
if redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3]) < 3 then redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]) end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1])) do drop(id) end
`

// ARGV[2] is the hash of the input, ARGV[3] how long the record is kept, in ms. The record lives and dies with its effect.
const KEYED = `${OPEN}
local before = redis.call('GET', KEYS[6])
if before then
  local hash, ends, text = string.match(before, '^(%S+) (%S+) (.*)$')
  if hash ~= ARGV[2] then return {'conflict'} end
  return {'replayed', ends, text}
end
local function done(ends, text)
  redis.call('SET', KEYS[6], ARGV[2] .. ' ' .. ends .. ' ' .. text, 'PX', ARGV[3])
  return {'done', ends, text}
end
local function keep(ends)
  for n = 1, 5 do
    if redis.call('PTTL', KEYS[n]) < ends - now + 3600000 then redis.call('PEXPIRE', KEYS[n], ends - now + 7200000) end
  end
end
`

/**
 * All of it or nothing. ARGV: now, hash, record's life, end, id, the hold's JSON, then item and what the database has left
 * of it by turns. Holds in the same slots are the buyer's own: they make room, and go only if the new one can be had.
 */
export const PLACE = `${KEYED}
local hold = cjson.decode(ARGV[6])
local own, former = {}, {}
for _, slot in ipairs(hold.slots) do
  local id = redis.call('HGET', KEYS[4], slot)
  if id and not former[id] then
    former[id] = true
    for item, units in pairs(cjson.decode(redis.call('HGET', KEYS[1], id)).units) do own[item] = (own[item] or 0) + units end
  end
end
for n = 7, #ARGV, 2 do
  local item = ARGV[n]
  local free = tonumber(ARGV[n + 1]) - tonumber(redis.call('HGET', KEYS[3], item) or 0) + (own[item] or 0)
  if free < hold.units[item] then return {'short', item, math.max(free, 0)} end
end
for id in pairs(former) do drop(id) end
drop(ARGV[5])
for item, units in pairs(hold.units) do redis.call('HINCRBY', KEYS[3], item, units) end
for _, slot in ipairs(hold.slots) do redis.call('HSET', KEYS[4], slot, ARGV[5]) end
redis.call('HSET', KEYS[1], ARGV[5], ARGV[6])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[5])
keep(tonumber(ARGV[4]))
return done(ARGV[4], ARGV[6])
`

/** ARGV: now, hash, record's life, id, owner, release or extend, new end. */
export const CHANGE = `${KEYED}
local id = ARGV[4]
local text = redis.call('HGET', KEYS[1], id)
if not text then return {'none'} end
local owner = cjson.decode(text).owner
if owner ~= '' and owner ~= ARGV[5] then return {'none'} end
local ends = redis.call('ZSCORE', KEYS[2], id)
if ARGV[6] == 'release' then
  drop(id)
  return done(string.format('%.0f', tonumber(ends)), text)
end
if redis.call('HSETNX', KEYS[5], 'longer ' .. id, '1') == 0 then return {'extended'} end
redis.call('ZADD', KEYS[2], ARGV[7], id)
keep(tonumber(ARGV[7]))
return done(ARGV[7], text)
`

/**
 * For which order a hold is: the first that asks, so that two at once do not both use it. ARGV: now, id, owner, event,
 * the order's claim. Gives the hold's JSON, or nothing.
 */
export const TAKE = `${OPEN}
local text = redis.call('HGET', KEYS[1], ARGV[2])
if not text then return false end
local hold = cjson.decode(text)
if (hold.owner ~= '' and hold.owner ~= ARGV[3]) or hold.eventId ~= ARGV[4] then return false end
redis.call('HSETNX', KEYS[5], 'order ' .. ARGV[2], ARGV[5])
if redis.call('HGET', KEYS[5], 'order ' .. ARGV[2]) ~= ARGV[5] then return false end
return text
`

/** The order did not come about. ARGV: now, id, the order's claim. */
export const GIVE_BACK = `
if redis.call('HGET', KEYS[5], 'order ' .. ARGV[2]) == ARGV[3] then redis.call('HDEL', KEYS[5], 'order ' .. ARGV[2]) end
return 1
`

/** ARGV: now, ids of holds that orders have used up. */
export const USED = `${OPEN}
for n = 2, #ARGV do drop(ARGV[n]) end
return 1
`

/** How many of each item are held. ARGV: now, items. Nothing when nothing is. */
export const LOOK = `
if redis.call('EXISTS', KEYS[2]) == 0 then return {} end
${OPEN}
local units = {}
for n = 2, #ARGV do units[n - 1] = redis.call('HGET', KEYS[3], ARGV[n]) or '0' end
return units
`
