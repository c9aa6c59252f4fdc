import { OPEN_UNITS } from './open-units.lua.ts'

// What Redis does in one step. Time is the caller's, because tests move it; keys expire only to be cleared away. KEYS of all:
//  1 holds     JSON by id                        2 ends      ids by the end of their time
//  3 units     held of each item, of all as '*'  4 slots     who has which hold
//  5 marks     of a hold: longer (it was extended), since (when its buyer first had one), order (what it is kept for),
//              until (its own end meanwhile), record (the key that placed it)
//  6 begun     how many batches of orders have begun: 'all', and by item when the last hold of it was given
//  7 batches   that are under way: which it is, and the units that it may take by item, beyond holds and out of holds ('held')
//  8 ends of batches   by the time when they are over for sure
//  9 sold      how many were ever sold, by item 10 lately    what batches sold that is not yet in there, JSON of each
// 11 record    of one idempotency key            12 and 13 bytes that one network has taken, narrowly and widely seen

// Whatever looks first drops what is over, so that nothing needs to sweep.
const OPEN = `${OPEN_UNITS}
local now = tonumber(ARGV[1])
local function take(key, field, count)
  if redis.call('HINCRBY', key, field, -count) <= 0 then redis.call('HDEL', key, field) end
end
local function count(key, field) return tonumber(redis.call('HGET', key, field) or 0) end
local function drop(id)
  redis.call('ZREM', KEYS[2], id)
  local text = redis.call('HGET', KEYS[1], id)
  if not text then return end
  local hold = cjson.decode(text)
  for item, units in pairs(hold.units) do
    take(KEYS[3], item, units)
    take(KEYS[3], '*', units)
  end
  for _, slot in ipairs(hold.slots) do
    if redis.call('HGET', KEYS[4], slot) == id then redis.call('HDEL', KEYS[4], slot) end
  end
  for _, network in ipairs(hold.open or {}) do closeOpen(network[1], id) end
  redis.call('HDEL', KEYS[1], id)
  redis.call('HDEL', KEYS[5], 'longer ' .. id, 'since ' .. id, 'order ' .. id, 'until ' .. id, 'record ' .. id)
end
local function land(id)
  redis.call('ZREM', KEYS[8], id)
  redis.call('HDEL', KEYS[7], id)
end
-- Added up only when somebody asks: sales without holds are what there is most of.
local function addSold()
  local sold = {}
  for _, text in ipairs(redis.call('LRANGE', KEYS[10], 0, -1)) do
    for item, units in pairs(cjson.decode(text)) do sold[item] = (sold[item] or 0) + units end
  end
  for item, units in pairs(sold) do redis.call('HINCRBY', KEYS[9], item, units) end
  redis.call('DEL', KEYS[10])
  redis.call('PEXPIRE', KEYS[9], 3600000)
end
local function flying(see)
  for _, text in ipairs(redis.call('HVALS', KEYS[7])) do
    local which, json = string.match(text, '^(%d+) (.*)$')
    see(cjson.decode(json), tonumber(which))
  end
end
-- A Redis that is full may have evicted a part of it. What is left would count for nobody, as when no batch is under way. The
-- slots may be gone alone, which leaves a buyer more than one hold.
if redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3], KEYS[5]) < 4 then redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]) end
if redis.call('EXISTS', KEYS[6], KEYS[7], KEYS[8]) < 3 then redis.call('DEL', KEYS[6], KEYS[7], KEYS[8]) end
local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1])
for _, id in ipairs(over) do drop(id) end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[8], '-inf', ARGV[1])) do land(id) end
local function say(...) return {#over, redis.call('ZCARD', KEYS[2]), count(KEYS[3], '*'), ...} end
`

// ARGV[2] is the hash of the input. The record is kept until the hold ends or would have ended: guests make as many as they like.
const KEYED = `${OPEN}
local before = redis.call('GET', KEYS[11])
if before then
  local hash, ends, text = string.match(before, '^(%S+) (%S+) (.*)$')
  if hash ~= ARGV[2] then return say('conflict') end
  return say('replayed', ends, text)
end
local function done(ends, text)
  local life = string.format('%.0f', math.max(1, ends - now))
  ends = string.format('%.0f', ends)
  redis.call('SET', KEYS[11], ARGV[2] .. ' ' .. ends .. ' ' .. text, 'PX', life)
  return say('done', ends, text)
end
local function keep(ends)
  for n = 1, 5 do
    if redis.call('PTTL', KEYS[n]) < ends - now + 300000 then redis.call('PEXPIRE', KEYS[n], string.format('%.0f', ends - now + 600000)) end
  end
end
local function mark(name, id) return tonumber(redis.call('HGET', KEYS[5], name .. id)) end
`

/**
 * Before the database is read for a new hold. ARGV: now, hash, items. Gives what the key had for an answer,
 * or how many of each item were ever sold.
 */
export const ASK = `${KEYED}
addSold()
local sold = {}
for n = 3, #ARGV do sold[n - 2] = redis.call('HGET', KEYS[9], ARGV[n]) or '0' end
return say('open', sold)
`

/**
 * All of it or nothing. ARGV: now, hash, end, id, the hold's JSON, how many bytes one network may take narrowly and widely
 * seen, then by turns item, what the database had left of it, and how many were sold when that was not yet read. Holds in the
 * same slots are the buyer's own: they make room, and go only if the new one can be had. One that an order is being placed with
 * is the order's. A network that has taken its bytes is told 'full', and when they are counted anew; one that holds or has not paid
 * as much of the event as it may is told 'crowded', how much that is, and when a part of it is over.
 *
 * What was sold since the first question, and what orders under way may take, is not for sale, whether or not the database
 * had it counted: a hold that is given is one that can be had. So it may be too few by a little: then it is 'unsure'.
 */
export const PLACE = `
-- A Redis that is full refuses a step at its first write, or not at all. To clear away is never refused, so this comes first; it
-- writes nothing.
redis.call('ZADD', KEYS[2], 'XX', 0, '')
${KEYED}
local id, hold = ARGV[4], cjson.decode(ARGV[5])
local standing = redis.call('HGET', KEYS[1], id)
if standing then return done(tonumber(redis.call('ZSCORE', KEYS[2], id)), standing) end
local ends, since, longer, own, former = tonumber(ARGV[3]), now, false, {}, {}
local most, latest = 2 * (ends - now), 0
for _, slot in ipairs(hold.slots) do
  local old = redis.call('HGET', KEYS[4], slot)
  if old and not former[old] and redis.call('HEXISTS', KEYS[5], 'order ' .. old) == 0 then
    former[old] = true
    for item, units in pairs(cjson.decode(redis.call('HGET', KEYS[1], old)).units) do own[item] = (own[item] or 0) + units end
    since = math.min(since, mark('since ', old) or now)
    longer = longer or redis.call('HEXISTS', KEYS[5], 'longer ' .. old) == 1
    latest = math.max(latest, tonumber(redis.call('ZSCORE', KEYS[2], old)))
  end
end
addSold()
local unsure, taking = nil, {}
flying(function(batch) for field, units in pairs(batch) do taking[field] = (taking[field] or 0) + units end end)
for n = 8, #ARGV, 3 do
  local item, left, gone = ARGV[n], tonumber(ARGV[n + 1]), count(KEYS[9], ARGV[n]) - tonumber(ARGV[n + 2])
  local mine, taken = own[item] or 0, taking[item] or 0
  local others = math.max(0, count(KEYS[3], item) - mine)
  local free = math.max(0, left - gone - others - taken, math.min(mine, left - gone))
  if gone < 0 or free < hold.units[item] then
    -- As if no order under way came about but those with a hold.
    local best = math.max(left - math.max(0, others - (taking[item .. ' held'] or 0)), math.min(mine, left))
    local held = left > 0 and others + taken > 0 and 1 or 0
    if best < hold.units[item] then return say('short', item, free, held) end
    unsure = unsure or say('unsure', item, free, held)
  end
end
if unsure then return unsure end
-- The hold and its three records, to place, extend and release it, with the keys and fields around each.
local bytes = 4 * (#ARGV[5] + 300)
for n = 12, 13 do
  if tonumber(redis.call('GET', KEYS[n]) or 0) + bytes > tonumber(ARGV[n - 6]) then
    return say('full', math.max(1, redis.call('PTTL', KEYS[n])))
  end
end
-- What the former holds of its buyer have there is free with them. Ends for sure when the hold does, or is dropped.
local networks, caps, checked, all = {}, {}, {}, 0
for _, units in pairs(hold.units) do all = all + units end
for n, network in ipairs(hold.open) do
  networks[n], caps[n], checked[n] = network[1], network[2], all
  for old in pairs(former) do
    local entry = redis.call('HGET', network[1], old)
    if entry then checked[n] = checked[n] - tonumber(string.match(entry, '^%d+')) end
  end
end
local wait, full = addOpen(networks, caps, id, all, checked, now + most + 60000, now)
if wait > 0 then return say('crowded', caps[full], wait) end
for n = 12, 13 do
  -- No hold that was counted is there longer than this.
  if redis.call('INCRBY', KEYS[n], bytes) == bytes then redis.call('PEXPIRE', KEYS[n], string.format('%.0f', most)) end
end
for old in pairs(former) do drop(old) end
-- Changing one's mind is no way to hold for ever: from the first hold on it is as long as one that was made longer.
ends = math.max(latest, math.min(ends, since + most))
for item, units in pairs(hold.units) do
  redis.call('HINCRBY', KEYS[3], item, units)
  redis.call('HINCRBY', KEYS[3], '*', units)
end
-- Orders under way do not know of this hold. Who comes behind them leaves them what they may take.
for item in pairs(hold.units) do
  if taking[item] then redis.call('HSET', KEYS[6], item, count(KEYS[6], 'all')) end
end
for _, slot in ipairs(hold.slots) do redis.call('HSET', KEYS[4], slot, id) end
redis.call('HSET', KEYS[1], id, ARGV[5])
redis.call('HSET', KEYS[5], 'since ' .. id, string.format('%.0f', since), 'record ' .. id, KEYS[11])
if longer then redis.call('HSET', KEYS[5], 'longer ' .. id, '1') end
redis.call('ZADD', KEYS[2], string.format('%.0f', ends), id)
keep(ends)
return done(ends, ARGV[5])
`

/** ARGV: now, hash, id, owner, release or extend, new end. */
export const CHANGE = `${KEYED}
local id = ARGV[3]
local text = redis.call('HGET', KEYS[1], id)
if not text then return say('none') end
local owner = cjson.decode(text).owner
if owner ~= '' and owner ~= ARGV[4] then return say('none') end
local ends = mark('until ', id) or tonumber(redis.call('ZSCORE', KEYS[2], id))
if ARGV[5] == 'release' then
  if redis.call('HEXISTS', KEYS[5], 'order ' .. id) == 1 then return say('none') end
  drop(id)
  return done(ends, text)
end
if redis.call('HSETNX', KEYS[5], 'longer ' .. id, '1') == 0 then return say('extended') end
local longest = tonumber(ARGV[6])
ends = math.max(ends, math.min(longest, (mark('since ', id) or now) + 2 * (longest - now)))
if redis.call('HEXISTS', KEYS[5], 'until ' .. id) == 1 then redis.call('HSET', KEYS[5], 'until ' .. id, string.format('%.0f', ends)) end
redis.call('ZADD', KEYS[2], string.format('%.0f', math.max(ends, tonumber(redis.call('ZSCORE', KEYS[2], id)))), id)
keep(ends)
-- The key that placed it answers for as long as there is a hold to answer with. All records stand in one slot.
local placed = redis.call('HGET', KEYS[5], 'record ' .. id)
if placed then redis.call('PEXPIRE', placed, string.format('%.0f', math.max(1, ends - now))) end
return done(ends, text)
`

/**
 * For which order a hold is: the first that asks, so that two at once do not both use it. It does not end while that is
 * under way. ARGV: now, id, owner, event, the order's claim, until when it is kept at least. Gives the hold's JSON, or
 * nothing.
 */
export const TAKE = `${OPEN}
local id = ARGV[2]
local text = redis.call('HGET', KEYS[1], id)
if not text then return say() end
local hold = cjson.decode(text)
if (hold.owner ~= '' and hold.owner ~= ARGV[3]) or hold.eventId ~= ARGV[4] then return say() end
redis.call('HSETNX', KEYS[5], 'order ' .. id, ARGV[5])
if redis.call('HGET', KEYS[5], 'order ' .. id) ~= ARGV[5] then return say() end
local ends = redis.call('ZSCORE', KEYS[2], id)
if tonumber(ends) < tonumber(ARGV[6]) then
  redis.call('HSETNX', KEYS[5], 'until ' .. id, ends)
  redis.call('ZADD', KEYS[2], ARGV[6], id)
end
return say(text)
`

/** The order did not come about. ARGV: now, id, the order's claim. */
export const GIVE_BACK = `${OPEN}
local id = ARGV[2]
if redis.call('HGET', KEYS[5], 'order ' .. id) == ARGV[3] then
  local ends = redis.call('HGET', KEYS[5], 'until ' .. id)
  if ends then redis.call('ZADD', KEYS[2], 'XX', ends, id) end
  redis.call('HDEL', KEYS[5], 'order ' .. id, 'until ' .. id)
end
return say()
`

/**
 * Of batches of orders: some have ended, and one may begin. ARGV: now, how many have ended, of each its id, the holds that it
 * used and the units that it sold by item, both as JSON; then of the one that begins when it is over for sure, its id, what it
 * may take and its items, both as JSON. Gives how many of each item are not for it: held, or left to orders under way that
 * began before somebody was given a hold of it. Nothing where that is none of any.
 */
export const BATCHES = `${OPEN}
local at = 3
for _ = 1, tonumber(ARGV[2]) do
  land(ARGV[at])
  for _, id in ipairs(cjson.decode(ARGV[at + 1])) do drop(id) end
  if ARGV[at + 2] ~= '{}' then
    if redis.call('RPUSH', KEYS[10], ARGV[at + 2]) >= 100 then addSold() else redis.call('PEXPIRE', KEYS[10], 3600000) end
  end
  at = at + 3
end
if not ARGV[at] then return say() end
-- With the last batch under way goes what was counted for those.
if redis.call('EXISTS', KEYS[7]) == 0 then redis.call('DEL', KEYS[6]) end
local units = {}
local anyGiven = redis.call('HLEN', KEYS[6]) > 1
if anyGiven or redis.call('EXISTS', KEYS[3]) == 1 then
  local items = cjson.decode(ARGV[at + 3])
  local held, given = redis.call('HMGET', KEYS[3], unpack(items)), redis.call('HMGET', KEYS[6], unpack(items))
  for n = 1, #items do
    units[n], given[n] = tonumber(held[n] or 0), tonumber(given[n] or 0)
  end
  if anyGiven then
    flying(function(batch, which)
      for n, item in ipairs(items) do
        if which <= given[n] then units[n] = units[n] + (batch[item] or 0) end
      end
    end)
  end
end
redis.call('HSET', KEYS[7], ARGV[at + 1], redis.call('HINCRBY', KEYS[6], 'all', 1) .. ' ' .. ARGV[at + 2])
redis.call('ZADD', KEYS[8], ARGV[at], ARGV[at + 1])
for n = 6, 8 do redis.call('PEXPIRE', KEYS[n], 3600000) end
return say(units)
`
