/**
 * What of an event one network holds or has not paid, in a hash a network: units and end by id, the sum as '*', and as '!' until
 * when it is surely full. Ends are a backstop: whatever is over sooner is closed.
 */
export const OPEN_UNITS = `
local function closeOpen(key, id)
  local entry = redis.call('HGET', key, id)
  if not entry then return end
  redis.call('HDEL', key, id, '!')
  if redis.call('HINCRBY', key, '*', -tonumber(string.match(entry, '^%d+'))) <= 0 then redis.call('DEL', key) end
end
local function waitFor(key, cap, units, now)
  if tonumber(redis.call('HGET', key, '*') or 0) + units <= cap then return nil end
  local known = tonumber(redis.call('HGET', key, '!') or 0)
  if known > now then return known - now end
  local soonest = nil
  local fields = redis.call('HGETALL', key)
  for n = 1, #fields, 2 do
    local ends = tonumber(string.match(fields[n + 1], '^%d+ (%d+)$') or 0)
    if ends > now then soonest = math.min(soonest or ends, ends)
    elseif fields[n] ~= '*' and fields[n] ~= '!' then closeOpen(key, fields[n]) end
  end
  if tonumber(redis.call('HGET', key, '*') or 0) + units <= cap then return nil end
  if not soonest then return 1000 end
  redis.call('HSET', key, '!', string.format('%.0f', soonest))
  return soonest - now
end
-- Gives how long to wait, -1 where it is in and half of a cap is taken, else 0. The same id is counted once.
local function addOpen(keys, caps, id, units, checked, ends, now)
  for n, key in ipairs(keys) do
    if redis.call('HEXISTS', key, id) == 1 then return 0 end
    local wait = checked[n] > 0 and waitFor(key, caps[n], checked[n], now)
    if wait then return math.max(1, wait), n end
  end
  local told = 0
  for n, key in ipairs(keys) do
    if 2 * redis.call('HINCRBY', key, '*', units) > caps[n] then told = -1 end
    redis.call('HSET', key, id, units .. ' ' .. string.format('%.0f', ends))
    if redis.call('PTTL', key) < ends - now then redis.call('PEXPIRE', key, string.format('%.0f', ends - now + 60000)) end
  end
  return told
end
`

/**
 * ARGV: now, then of each order its id, units, units beyond its hold, its hold's id or '', end, how many of KEYS are its own, and
 * the cap of each. A hold makes room only in a network where it is counted: held from one address and ordered from another, all
 * units are new to the second.
 */
export const ADD_OPEN = `${OPEN_UNITS}
local now, at, nextKey, answers = tonumber(ARGV[1]), 2, 1, {}
while ARGV[at] do
  local keys, caps, checked, networks = {}, {}, {}, tonumber(ARGV[at + 5])
  local units, unheld, hold = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 3]
  for n = 1, networks do
    keys[n], caps[n] = KEYS[nextKey], tonumber(ARGV[at + 5 + n])
    checked[n] = hold ~= '' and redis.call('HEXISTS', keys[n], hold) == 1 and unheld or units
    nextKey = nextKey + 1
  end
  answers[#answers + 1] = addOpen(keys, caps, ARGV[at], units, checked, tonumber(ARGV[at + 4]), now)
  at = at + 6 + networks
end
return answers
`

/** ARGV: the id to close under each of KEYS. */
export const CLOSE_OPEN = `${OPEN_UNITS}
for n, key in ipairs(KEYS) do closeOpen(key, ARGV[n]) end
return 0
`
