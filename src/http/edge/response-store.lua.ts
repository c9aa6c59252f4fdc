// What Redis does in one step. All keys of one call stand in one hash slot. Time is the server's own, in microseconds. A shard has
// these keys, any of which Redis may evict at any time:
//
//  clock         last: keeps time from going back, for a purge and a fill are compared by it and a failover may bring another
//                server's. since: from when on the shard remembers; what is older is not good. purged: the time of the last purge;
//                what is younger needs no look at its tags, and that is nearly all. asked: how many stand in `asked`.
//  tags          a sorted set of tags by the time of their purge. =purged: the clock's, or else the tags are not all there.
//                =since: from when on they are.
//  asked, asked-before   two generations of a filter by two bits: which keys were looked for and not found.
//
// A moment is since-time-asked. It counts only while the same memory lasts: a Redis that was emptied knows of no purge. Asked is
// 1 where the key was asked for before: an answer that nobody asks for again is not kept.

const MEMORY_SECONDS = 3_600
// Half a megabyte a generation. Of keys that were never asked for it takes one in forty for known when both are full.
const FILTER_BITS = 4_194_304
const FILTER_KEYS = 250_000

const NOW = `
local function text(number) return string.format('%.0f', number) end
local function now(clock)
  local time = redis.call('TIME')
  local us = time[1] * 1000000 + time[2]
  local last = tonumber(redis.call('HGET', clock, 'last') or '0')
  if us <= last then us = last + 1 end
  redis.call('HSETNX', clock, 'since', text(us))
  redis.call('HSET', clock, 'last', text(us))
  redis.call('EXPIRE', clock, ${MEMORY_SECONDS})
  return us
end
`

// Whether none of the tags was purged since `at`: also false where nobody knows.
const UNTOUCHED = `
local function untouched(clock, tags, list, at)
  local last = redis.call('HMGET', clock, 'since', 'purged')
  if not last[1] or tonumber(last[1]) > at then return false end
  local purged = tonumber(last[2] or '0')
  if purged < at then return true end
  local known = redis.call('ZMSCORE', tags, '=purged', '=since')
  if tonumber(known[1] or '0') ~= purged or tonumber(known[2]) >= at then return false end
  for tag in string.gmatch(list, '[^ ]+') do
    local gone = redis.call('ZSCORE', tags, tag)
    if gone and tonumber(gone) >= at then return false end
  end
  return true
end
`

/**
 * What is under a key: `at about`, a line feed and the body. The description is `created hash tags`. A key ends in 64
 * hexadecimal digits.
 *
 * KEYS: clock, tags, asked, asked-before, entries. Gives for each entry what is under its key, or the moment when there is
 * nothing that is good.
 */
export const READ = `${NOW}${UNTOUCHED}
local function askedBefore(key)
  local known = true
  local bits = {}
  for n = 1, 2 do
    bits[n] = tonumber(string.sub(key, 8 * n - 72, 8 * n - 67), 16) % ${FILTER_BITS}
    if redis.call('SETBIT', KEYS[3], bits[n], 1) == 0 then known = false end
  end
  if known then return true end
  local count = redis.call('HINCRBY', KEYS[1], 'asked', 1)
  redis.call('EXPIRE', KEYS[3], ${MEMORY_SECONDS})
  known = redis.call('GETBIT', KEYS[4], bits[1]) == 1 and redis.call('GETBIT', KEYS[4], bits[2]) == 1
  if count >= ${FILTER_KEYS} then
    redis.call('RENAME', KEYS[3], KEYS[4])
    redis.call('HDEL', KEYS[1], 'asked')
  end
  return known
end
local found, moment = {}, nil
for n = 5, #KEYS do
  local entry = redis.call('GET', KEYS[n])
  local at, tags = string.match(entry or '', '^(%d+) %S+ %S+ ([^\\n]*)\\n')
  if at and untouched(KEYS[1], KEYS[2], tags, tonumber(at)) then
    found[n - 4] = {entry}
  else
    if not moment then
      local us = now(KEYS[1])
      moment = redis.call('HGET', KEYS[1], 'since') .. '-' .. text(us)
    end
    if entry then redis.call('DEL', KEYS[n]) end
    -- What was kept was asked for twice.
    local known = askedBefore(KEYS[n])
    found[n - 4] = moment .. ((entry or known) and '-1' or '-0')
  end
end
return found
`

/**
 * KEYS: entry, clock, tags. ARGV: moment at which the fill began, how long before that its data may have been old, life in ms,
 * tags, about, body. Gives 1, or 0 when one of the tags was purged since or nobody knows. What was asked for once is not kept.
 */
export const WRITE = `${UNTOUCHED}
local since, at, asked = string.match(ARGV[1], '^(%d+)-(%d+)-(%d)$')
if redis.call('HGET', KEYS[2], 'since') ~= since then return 0 end
if not untouched(KEYS[2], KEYS[3], ARGV[4], tonumber(at) - tonumber(ARGV[2])) then return 0 end
if asked == '1' then redis.call('SET', KEYS[1], at .. ' ' .. ARGV[5] .. '\\n' .. ARGV[6], 'PX', ARGV[3]) end
return 1
`

/**
 * KEYS: clock, tags. ARGV: tags. A Redis that is full forgets what it remembers, for it may always delete: what is there is then
 * good no more, as if all of it was purged.
 */
export const PURGE = `${NOW}
local function purge()
  local before = redis.call('HGET', KEYS[1], 'purged')
  local us = now(KEYS[1])
  if (before or '') ~= (redis.call('ZSCORE', KEYS[2], '=purged') or '') then redis.call('DEL', KEYS[2]) end
  local known = redis.call('ZSCORE', KEYS[2], '=since') or (before and text(us) or '0')
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(us - ${MEMORY_SECONDS} * 1000000))
  redis.call('ZADD', KEYS[2], text(us), '=purged', known, '=since')
  for tag in string.gmatch(ARGV[1], '[^ ]+') do redis.call('ZADD', KEYS[2], text(us), tag) end
  redis.call('EXPIRE', KEYS[2], ${MEMORY_SECONDS})
  redis.call('HSET', KEYS[1], 'purged', text(us))
  return text(us)
end
local done, answer = pcall(purge)
if done then return answer end
redis.call('DEL', KEYS[1])
return '0'
`
